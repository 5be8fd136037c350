import { type FieldSet, fieldIn, itemIn, ownedPart } from '../spec/field-set.ts';
import type { Manifest } from '../spec/manifest.ts';
import { canonical, isList, isMap, type JsonMap } from './json.ts';
import { identify, listRule } from './lists.ts';
import { isDefaulted } from './normalise/defaulted.ts';
import { foldStringData } from './normalise/string-data.ts';
import { into, type Place, rootOf } from './place.ts';

/**
 * The part of a live object that is ours to compare: what the desired manifest speaks of, and what `owned` says that we
 * applied before. Defaults, injected sidecars and other people's labels fall away. A list that the API server replaces
 * as a whole is ours as a whole, with each item narrowed to what we say of it.
 */
export function project(live: unknown, desired: unknown, owned: FieldSet | undefined, place: Place): unknown {
  if (desired === undefined || desired === null) return owned === undefined ? undefined : ownedPart(live, owned);
  if (isMap(live) && isMap(desired)) return projectMap(live, desired, owned, place);
  if (isList(live) && isList(desired)) return projectList(live, desired, owned, place);
  return isDefaulted(place, desired, live) ? desired : live;
}

/**
 * What a dry run says of the fields that the desired manifest speaks of: what admission adds elsewhere falls away.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/diff-strategies/#mutation-webhooks
 */
export function narrowed(become: Manifest, desired: Manifest): Manifest {
  // Its names are among what the desired manifest says; the API server keeps stringData as data
  return project(become, foldStringData(desired), undefined, rootOf(desired)) as Manifest;
}

function projectMap(live: JsonMap, desired: JsonMap, owned: FieldSet | undefined, place: Place): JsonMap {
  const entries = Object.entries(live).flatMap(([field, value]) => {
    const wanted = Object.hasOwn(desired, field) ? desired[field] : undefined;
    const below = owned === undefined ? undefined : fieldIn(owned, field);
    const part = project(value, wanted, below, into(place, { field }));
    return part === undefined ? [] : [[field, part] as const];
  });
  return Object.fromEntries(entries);
}

function projectList(
  live: readonly unknown[],
  desired: readonly unknown[],
  owned: FieldSet | undefined,
  place: Place,
): readonly unknown[] {
  const liveSteps = identify(place, live);
  const desiredSteps = identify(place, desired);
  const whole = listRule(place).type === 'atomic';
  if (liveSteps === undefined || desiredSteps === undefined) {
    if (live.length !== desired.length) return live;
    return live.map((item, index) => project(item, desired[index], undefined, into(place, { index })) ?? item);
  }
  const wanted = new Map(desiredSteps.map((step, index) => [canonical(step), desired[index]]));
  return live.flatMap((item, index) => {
    const step = liveSteps[index] ?? { index };
    const id = canonical(step);
    const below = owned === undefined ? undefined : itemIn(owned, item);
    if (wanted.has(id)) return [project(item, wanted.get(id), below, into(place, step))];
    if (whole) return [item];
    const part = below === undefined ? undefined : ownedPart(item, below);
    return part === undefined ? [] : [part];
  });
}
