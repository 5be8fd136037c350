/** A JSON object, as far as a comparison looks at it. */
export type JsonMap = Readonly<Record<string, unknown>>;

/** True for a JSON object: not for null, not for a list. */
export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a JSON list. (`Array.isArray` would make `any[]` of an unknown.) */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** JSON text with sorted keys: equal values give equal text, whatever the order of their keys. */
export function canonical(value: unknown): string {
  if (isList(value)) return `[${value.map(canonical).join(',')}]`;
  if (isMap(value)) {
    const entries = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
    return `{${entries.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** A map without the fields for which `drop` says yes; the same map when there are none. */
export function without(map: JsonMap, drop: (key: string, value: unknown) => boolean): JsonMap {
  const entries = Object.entries(map);
  const kept = entries.filter(([key, value]) => !drop(key, value));
  // fromEntries defines own properties: a key named __proto__ in somebody's manifest stays a key
  return kept.length === entries.length ? map : Object.fromEntries(kept);
}
