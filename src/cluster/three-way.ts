import { isDeepStrictEqual } from 'node:util';
import { isMap, type Json } from './json.ts';

/**
 * What the API says of how a patch changes a value: `x-kubernetes-patch-strategy` and `x-kubernetes-patch-merge-key`.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
export interface Shape {
  /** `merge`, `replace`, `retainKeys`. */
  readonly strategies: readonly string[];
  /** What names the items of a list that is merged; without one they are plain values. */
  readonly mergeKey?: string;
  field(name: string): Shape | undefined;
  item(): Shape | undefined;
}

export interface ThreeWay {
  /** What was applied before: of it goes what is no longer desired. */
  readonly before: readonly Json[];
  readonly desired: Json;
  readonly live: Json;
  /** The kind's. Without it the patch is a JSON merge patch, with it a strategic one. */
  readonly shape?: Shape;
}

/**
 * The patch that gives a live object the content of a manifest: what the manifest says, without what was applied before and
 * is not in it; what others set stays. Undefined where there is nothing to change.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#how-apply-calculates-differences-and-merges-changes
 */
export function threeWayPatch({ before, desired, live, shape }: ThreeWay): Json | undefined {
  const patch = mapPatch(before, desired, live, shape);
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function mapPatch(before: readonly unknown[], desired: Json, live: Json, shape: Shape | undefined): Json {
  const maps = before.filter(isMap);
  const changes = Object.entries(desired).flatMap(([name, wanted]) =>
    fieldPatch({ name, before: maps.map((map) => own(map, name)), wanted, live: own(live, name) }, shape?.field(name)),
  );
  const known = new Set(maps.flatMap((map) => Object.keys(map).filter((name) => isSaid(map[name]))));
  const gone = [...known].filter((name) => !Object.hasOwn(desired, name) && isSaid(own(live, name)));
  return Object.fromEntries([...changes, ...gone.map((name) => [name, null] as const)]);
}

/** One field of the three sides. */
interface Field {
  readonly name: string;
  readonly before: readonly unknown[];
  readonly wanted: unknown;
  readonly live: unknown;
}

type Entries = readonly (readonly [name: string, value: unknown])[];

function fieldPatch({ name, before, wanted, live }: Field, shape: Shape | undefined): Entries {
  if (!isSaid(wanted)) return isSaid(live) ? [[name, null]] : [];
  if (!isSaid(live)) return [[name, withoutNulls(wanted)]];
  if (isMap(wanted) && isMap(live) && !has(shape, 'replace')) {
    const patch = retaining(mapPatch(before, wanted, live, shape), wanted, live, shape);
    return Object.keys(patch).length === 0 ? [] : [[name, patch]];
  }
  if (Array.isArray(wanted) && Array.isArray(live) && has(shape, 'merge')) {
    const items = before.flatMap((list) => (Array.isArray(list) ? list : []));
    return shape?.mergeKey === undefined
      ? valuesPatch(name, items, wanted, live)
      : itemsPatch({ name, before: items, wanted, live }, shape.mergeKey, shape);
  }
  return isDeepStrictEqual(wanted, live) ? [] : [[name, wanted]];
}

/** With `retainKeys` only the fields of the patch stay: a volume is of one type, a strategy too. */
function retaining(patch: Json, wanted: Json, live: Json, shape: Shape | undefined): Json {
  const differs = Object.keys(patch).length > 0 || Object.keys(live).some((name) => !Object.hasOwn(wanted, name));
  return has(shape, 'retainKeys') && differs ? { ...patch, $retainKeys: Object.keys(wanted).sort() } : patch;
}

/** A list of plain values that is a set: finalizers. */
function valuesPatch(
  name: string,
  before: readonly unknown[],
  wanted: readonly unknown[],
  live: readonly unknown[],
): Entries {
  const added = wanted.filter((value) => !live.includes(value));
  const removed = [...new Set(before)].filter((value) => live.includes(value) && !wanted.includes(value));
  if (added.length === 0 && removed.length === 0) return [];
  return [
    ...(added.length === 0 ? [] : [[name, added] as const]),
    ...(removed.length === 0 ? [] : [[`$deleteFromPrimitiveList/${name}`, removed] as const]),
    [`$setElementOrder/${name}`, wanted],
  ];
}

interface Items extends Field {
  readonly wanted: readonly unknown[];
  readonly live: readonly unknown[];
}

function itemsPatch({ name, before, wanted, live }: Items, key: string, shape: Shape): Entries {
  const [wantedItems, liveItems] = [byKey(wanted, key), byKey(live, key)];
  if (wantedItems === undefined || liveItems === undefined) {
    // A key that stands twice (one port for TCP and UDP) names nothing, so the list goes as a whole
    if (isDeepStrictEqual(wanted, live)) return [];
    return [[name, wanted.every(isMap) ? [...wanted, { $patch: 'replace' }] : wanted]];
  }
  const old = Map.groupBy(before.filter(isMap), (item) => item[key]);
  const changed = [...wantedItems].flatMap(([id, item]) => {
    const there = liveItems.get(id);
    if (there === undefined) return [item];
    const retained: Shape = { ...itemShape(shape), strategies: shape.strategies };
    const patch = retaining(mapPatch(old.get(id) ?? [], item, there, itemShape(shape)), item, there, retained);
    return Object.keys(patch).length === 0 ? [] : [{ ...patch, [key]: id }];
  });
  const gone = [...old.keys()].filter((id) => liveItems.has(id) && !wantedItems.has(id));
  const order = [...wantedItems.keys()].filter((id) => liveItems.has(id));
  const liveOrder = [...liveItems.keys()].filter((id) => wantedItems.has(id));
  if (changed.length === 0 && gone.length === 0 && isDeepStrictEqual(order, liveOrder)) return [];
  const items = [...changed, ...gone.map((id) => ({ $patch: 'delete', [key]: id }))];
  return [
    ...(items.length === 0 ? [] : [[name, items] as const]),
    [`$setElementOrder/${name}`, [...wantedItems.keys()].map((id) => ({ [key]: id }))],
  ];
}

const NO_SHAPE: Shape = { strategies: [], field: () => undefined, item: () => undefined };

function itemShape(list: Shape): Shape {
  return list.item() ?? NO_SHAPE;
}

/** The items of a list by their key; undefined where one has none, or two have the same. */
function byKey(list: readonly unknown[], key: string): ReadonlyMap<unknown, Json> | undefined {
  const items = new Map<unknown, Json>();
  for (const item of list) {
    if (!isMap(item) || !isSaid(own(item, key)) || items.has(item[key])) return undefined;
    items.set(item[key], item);
  }
  return items;
}

/** In a patch null means to take away: a field that comes anew has none of it. */
function withoutNulls(value: unknown): unknown {
  if (!isMap(value)) return value;
  const said = Object.entries(value).filter(([, inner]) => isSaid(inner));
  return Object.fromEntries(said.map(([name, inner]) => [name, withoutNulls(inner)]));
}

function has(shape: Shape | undefined, strategy: string): boolean {
  return shape?.strategies.includes(strategy) ?? false;
}

function own(map: Json, name: string): unknown {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null;
}
