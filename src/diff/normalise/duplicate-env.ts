import { isList, isMap, type JsonMap } from '../json.ts';

/**
 * A manifest in which each environment variable of a container stands once: of several with one name the last counts,
 * as it does in the container. Server-side apply refuses a list that repeats a name. The very same manifest where none does.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/
 */
export function withoutDuplicateEnv<T extends JsonMap>(manifest: T): T {
  return repeats('', manifest) ? (cleaned(manifest) as T) : manifest;
}

function repeats(key: string, value: unknown): boolean {
  if (isMap(value)) return Object.entries(value).some(([name, member]) => repeats(name, member));
  if (!isList(value)) return false;
  const names = key === 'env' ? value.map(nameOf).filter((name) => name !== undefined) : [];
  return new Set(names).size < names.length || value.some((item) => repeats('', item));
}

function cleaned(map: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, child(key, value)]));
}

function child(key: string, value: unknown): unknown {
  if (isMap(value)) return cleaned(value);
  if (!isList(value)) return value;
  const items = value.map((item) => (isMap(item) ? cleaned(item) : item));
  return key === 'env' ? lastOfEach(items) : items;
}

function lastOfEach(items: readonly unknown[]): readonly unknown[] {
  const last = new Map(items.map((item, index) => [nameOf(item) ?? index, index]));
  return items.filter((item, index) => last.get(nameOf(item) ?? index) === index);
}

function nameOf(item: unknown): string | undefined {
  return isMap(item) && typeof item['name'] === 'string' ? item['name'] : undefined;
}
