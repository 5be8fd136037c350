import { canonical, isList, isMap, type JsonMap } from './json.ts';
import { identify } from './lists.ts';
import { isBlank } from './normalise/blank.ts';
import { sameScalar } from './normalise/same.ts';
import { into, type Place, pathText, type Step } from './place.ts';

/** One place at which two manifests say different things; undefined where one says nothing. */
export interface Difference {
  readonly steps: readonly Step[];
  readonly from: unknown;
  readonly to: unknown;
}

/**
 * Every place at which two values mean something different to the API server, in the order of `to`. What is there on
 * one side only is one difference, as a whole. Items of lists are matched by what names them; where nothing does, by
 * position, and a list whose length changed differs as a whole.
 */
export function differences(from: unknown, to: unknown, place: Place): readonly Difference[] {
  if (isBlank(place, from) && isBlank(place, to)) return [];
  if (isMap(from) && isMap(to)) return mapDifferences(from, to, place);
  if (isList(from) && isList(to)) return listDifferences(from, to, place);
  return sameScalar(place, from, to) ? [] : [{ steps: place.steps, from: told(from), to: told(to) }];
}

function told(value: unknown): unknown {
  return value === null ? undefined : value;
}

function mapDifferences(from: JsonMap, to: JsonMap, place: Place): readonly Difference[] {
  const fields = new Set([...Object.keys(to), ...Object.keys(from)]);
  return [...fields].flatMap((field) => differences(own(from, field), own(to, field), into(place, { field })));
}

function own(map: JsonMap, field: string): unknown {
  return Object.hasOwn(map, field) ? map[field] : undefined;
}

function listDifferences(from: readonly unknown[], to: readonly unknown[], place: Place): readonly Difference[] {
  const fromSteps = identify(place, from);
  const toSteps = identify(place, to);
  if (fromSteps !== undefined && toSteps !== undefined) return matched(from, fromSteps, to, toSteps, place);
  if (from.length !== to.length) return [{ steps: place.steps, from, to }];
  return to.flatMap((item, index) => differences(from[index], item, into(place, { index })));
}

function matched(
  from: readonly unknown[],
  fromSteps: readonly Step[],
  to: readonly unknown[],
  toSteps: readonly Step[],
  place: Place,
): readonly Difference[] {
  const fromItems = itemsByStep(from, fromSteps);
  const toItems = itemsByStep(to, toSteps);
  const found = toSteps.flatMap((step) => {
    const id = canonical(step);
    return differences(fromItems.get(id), toItems.get(id), into(place, step));
  });
  const gone = fromSteps.filter((step) => !toItems.has(canonical(step)));
  const removed = gone.flatMap((step) => differences(fromItems.get(canonical(step)), undefined, into(place, step)));
  return [...found, ...removed, ...orderDifference(fromSteps, toSteps, place)];
}

function itemsByStep(items: readonly unknown[], steps: readonly Step[]): ReadonlyMap<string, unknown> {
  return new Map(steps.map((step, index) => [canonical(step), items[index]]));
}

/** The order of what is on both sides: init containers run in it, and a variable may use only those above it. */
function orderDifference(from: readonly Step[], to: readonly Step[], place: Place): readonly Difference[] {
  if (to.some((step) => 'value' in step)) return [];
  const fromIds = new Set(from.map((step) => canonical(step)));
  const toIds = new Set(to.map((step) => canonical(step)));
  const before = from.filter((step) => toIds.has(canonical(step)));
  const after = to.filter((step) => fromIds.has(canonical(step)));
  if (before.every((step, index) => canonical(step) === canonical(after[index]))) return [];
  return [{ steps: place.steps, from: before.map(nameOf), to: after.map(nameOf) }];
}

function nameOf(step: Step): string {
  return pathText([step]).slice(1, -1);
}
