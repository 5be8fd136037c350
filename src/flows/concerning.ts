import { applicationName } from '../spec/application.ts';
import { keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import { BY_ANNOTATION, type Tracking } from '../spec/tracking.ts';
import { isTracked, trackedBy } from '../sync/index.ts';
import type { Wanted } from './wanted.ts';

/** Of everything that was listed, what concerns one application: what it desires, and what carries its tracking id. */
export function concerning(
  { application, desired }: Pick<Wanted, 'application' | 'desired'>,
  live: ReadonlyMap<string, Manifest>,
  tracking: Tracking = BY_ANNOTATION,
): readonly Manifest[] {
  const name = applicationName(application);
  const keys = new Set(desired.map((manifest) => keyText(keyOf(manifest))));
  const wanted = [...keys].flatMap((key) => live.get(key) ?? []);
  const tracked = (byTracking(live, tracking).get(name) ?? []).filter((object) => isTracked(object, name, tracking));
  return [...wanted, ...tracked.filter((object) => !keys.has(keyText(keyOf(object))))];
}

const indexes = new WeakMap<ReadonlyMap<string, Manifest>, ReadonlyMap<string | undefined, readonly Manifest[]>>();

/** A thousand applications look at one list: what says to belong to whom is found out once. */
function byTracking(
  live: ReadonlyMap<string, Manifest>,
  tracking: Tracking,
): ReadonlyMap<string | undefined, readonly Manifest[]> {
  const index = indexes.get(live) ?? Map.groupBy(live.values(), (object) => trackedBy(object, tracking));
  indexes.set(live, index);
  return index;
}
