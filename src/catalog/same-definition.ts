import type { Application } from '../spec/application.ts';

/** Whether two Applications say the same of how they are rendered, synced and told of. Where they stand does not count. */
export function sameDefinition(a: Application, b: Application): boolean {
  const [one, other] = [a, b].map(({ spec, metadata }) => [
    spec,
    metadata.annotations ?? {},
    metadata.labels ?? {},
    metadata.finalizers ?? [],
    metadata.namespace ?? '',
  ]);
  return sameData(one, other);
}

/** Deep equality of plain data; the order of keys does not count, that of lists does. */
export function sameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameData(Reflect.get(a, key), Reflect.get(b, key)))
  );
}
