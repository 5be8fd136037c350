/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** True for a JSON object: not for null, not for a list. */
export function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of what should be an object; none where it is something else. */
export function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** What should be a text; '' where it is something else. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
