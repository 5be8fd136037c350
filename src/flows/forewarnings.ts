import type { Application } from '../spec/application.ts';
import { isHook } from '../spec/hook.ts';
import { keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import type { ApplicationPreview } from '../spec/preview.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import {
  isKept,
  isUnusual,
  pruneLimit,
  readSyncOptions,
  unknownResourceOptions,
  unknownSyncOptions,
} from '../sync/index.ts';

/** A chart writes one mistake into everything that it renders: so many stand for all. */
const MOST_ODD = 3;

/** Sync options of an application and of what it renders to that have no effect: who wrote them trusts in them. */
export function oddOptions({ spec }: Application, manifests: readonly Manifest[]): readonly Problem[] {
  const own = unknownSyncOptions(spec.syncPolicy?.syncOptions ?? [], { field: 'spec.syncPolicy.syncOptions' });
  return [...own, ...unknownResourceOptions(manifests).slice(0, MOST_ODD)];
}

/** What an application loses by a change: what its sync would prune, of how many resources. */
export interface Losses {
  readonly application: Application;
  /** `keyText` of what Git no longer has, and nothing keeps. */
  readonly going: readonly string[];
  readonly held: number;
  readonly isEmpty: boolean;
}

/** What a change takes from an application; hooks do not count, nor what says `Prune=false`. */
export function lossesOf(application: Application, before: readonly Manifest[], after: readonly Manifest[]): Losses {
  const options = readSyncOptions(application.spec.syncPolicy?.syncOptions ?? []);
  const left = new Set(after.filter((one) => !isHook(one)).map((one) => keyText(keyOf(one))));
  const had = before.filter((one) => !isHook(one));
  const going = had.filter((one) => !isKept(one, options)).map((one) => keyText(keyOf(one)));
  return { application, going: going.filter((key) => !left.has(key)), held: had.length, isEmpty: left.size === 0 };
}

/**
 * The warning that the sync after the merge would stop before it deletes anything, by the rule of `pruneTasks`, and how to let
 * it go. What another application of the same change takes over does not go. Nothing where the merge prunes nothing.
 */
export function brakeWarning(
  { application, going, held, isEmpty }: Losses,
  preview: ApplicationPreview,
  others: readonly ApplicationPreview[],
): readonly Problem[] {
  const { automated, prunes, lifecycle } = preview;
  if (!automated || !prunes || lifecycle !== 'changed' || going.length === 0) return [];
  const taken = takenBy(others.filter((other) => other !== preview && clusterText(other) === clusterText(preview)));
  const lost = going.filter((key) => !taken.has(key)).length;
  try {
    if (isEmpty) {
      const mayBe = lost === 0 || application.spec.syncPolicy?.automated?.allowEmpty === true;
      return mayBe ? [] : [stops(application, 'it renders to no resource')];
    }
    const unusual = isUnusual(lost, held, pruneLimit(application));
    return unusual ? [stops(application, `it would delete ${lost} of ${held} resources`)] : [];
  } catch (thrown) {
    return [asProblem(thrown)];
  }
}

function takenBy(previews: readonly ApplicationPreview[]): ReadonlySet<string> {
  const created = previews.flatMap(({ changes }) => changes.filter(({ action }) => action === 'create'));
  return new Set(created.map(({ key }) => keyText(key)));
}

function clusterText({ destination }: ApplicationPreview): string {
  return destination.split(', ')[0] ?? '';
}

function stops({ metadata: { name } }: Application, because: string): Problem {
  return new Problem('limit-exceeded', `the sync after the merge would stop: ${because}`, {
    fix: `If that is meant, set the label trimtab/allow-prune on this pull request before the merge, or say \`/sync ${name} --prune\` after it.`,
  });
}
