/** A piece of raw JSON; whatever a cluster holds may stand in it, so every look at it asks for the type. */
export type Fields = Readonly<Record<string, unknown>>;

/** The map at a path; empty where there is none. */
export function mapAt(value: unknown, ...path: readonly string[]): Fields {
  const found = at(value, path);
  return isMap(found) ? found : {};
}

/** The maps in the list at a path; empty where there is none. */
export function mapsAt(value: unknown, ...path: readonly string[]): readonly Fields[] {
  const found = at(value, path);
  return Array.isArray(found) ? found.filter(isMap) : [];
}

/** The string at a path; '' where there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = at(value, path);
  return typeof found === 'string' ? found : '';
}

/** The number at a path; undefined where there is none. */
export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, path);
  return typeof found === 'number' ? found : undefined;
}

/** The number of a counter of a status, which the API server leaves out while it is 0. */
export function countAt(value: unknown, ...path: readonly string[]): number {
  return numberAt(value, ...path) ?? 0;
}

/** `status.conditions`, as most kinds have them; a status that somebody wrote without quotes is the word that it means. */
export function conditionsOf(object: unknown): readonly Fields[] {
  return mapsAt(object, 'status', 'conditions').map((condition) => {
    const { status } = condition;
    return typeof status === 'boolean' ? { ...condition, status: status ? 'True' : 'False' } : condition;
  });
}

/** The condition of a type; undefined where there is none. */
export function conditionOf(object: unknown, type: string): Fields | undefined {
  return conditionsOf(object).find((condition) => condition['type'] === type);
}

/**
 * Whether a controller has seen the newest spec. A spec that is newer than the status makes every count in the status a
 * count of yesterday.
 */
export function isObserved(object: unknown): boolean {
  return countAt(object, 'metadata', 'generation') <= countAt(object, 'status', 'observedGeneration');
}

/**
 * Whether the status says that it is of an older spec. Of an object without a generation (it comes from a file), and of a
 * status that names none, nothing follows; some controllers write the number as text.
 */
export function isBehind(object: unknown, status: Fields = mapAt(object, 'status')): boolean {
  const generation = numberAt(object, 'metadata', 'generation');
  const observed = status['observedGeneration'];
  return generation !== undefined && observed !== undefined && Number(observed) < generation;
}

/** What is said of such an object. */
export const BEHIND = 'Waiting for the controller to see the new spec';

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (isMap(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
    value,
  );
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
