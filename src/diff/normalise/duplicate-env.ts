import { isList, isMap, type JsonMap } from '../json.ts';

/**
 * A manifest in which each environment variable of a container stands once: of several with one name the last counts,
 * as it does in the container. https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/
 */
export function withoutDuplicateEnv(manifest: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(manifest).map(([key, value]) => [key, child(key, value)]));
}

function child(key: string, value: unknown): unknown {
  if (isMap(value)) return withoutDuplicateEnv(value);
  if (!isList(value)) return value;
  const items = value.map((item) => (isMap(item) ? withoutDuplicateEnv(item) : item));
  return key === 'env' ? lastOfEach(items) : items;
}

function lastOfEach(items: readonly unknown[]): readonly unknown[] {
  const last = new Map(items.map((item, index) => [nameOf(item) ?? index, index]));
  return items.filter((item, index) => last.get(nameOf(item) ?? index) === index);
}

function nameOf(item: unknown): string | undefined {
  return isMap(item) && typeof item['name'] === 'string' ? item['name'] : undefined;
}
