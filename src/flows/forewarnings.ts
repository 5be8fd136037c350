import type { Application } from '../spec/application.ts';
import { isHook } from '../spec/hook.ts';
import type { Manifest } from '../spec/manifest.ts';
import type { ApplicationPreview } from '../spec/preview.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { isUnusual, pruneLimit, unknownResourceOptions, unknownSyncOptions } from '../sync/index.ts';

/** A chart writes one mistake into everything that it renders: so many stand for all. */
const MOST_ODD = 3;

/** Sync options of an application and of what it renders to that have no effect: who wrote them trusts in them. */
export function oddOptions({ spec }: Application, manifests: readonly Manifest[]): readonly Problem[] {
  const own = unknownSyncOptions(spec.syncPolicy?.syncOptions ?? [], { field: 'spec.syncPolicy.syncOptions' });
  return [...own, ...unknownResourceOptions(manifests).slice(0, MOST_ODD)];
}

/** What a change leaves of an application. Hooks do not count. */
export interface Holding {
  readonly application: Application;
  /** How many resources it has before. */
  readonly held: number;
  /** Whether it has none after it. */
  readonly isEmpty: boolean;
}

/** What a change leaves of an application, by what it is rendered to before and after. */
export function holdingOf(application: Application, before: readonly Manifest[], after: readonly Manifest[]): Holding {
  const [held = 0, left = 0] = [before, after].map((side) => side.filter((one) => !isHook(one)).length);
  return { application, held, isEmpty: left === 0 };
}

/**
 * The warning that the sync after the merge would stop before it deletes anything, by the rule of `pruneTasks`, and how to let
 * it go. Nothing where the merge prunes nothing, or all that leaves stays or moves to another application.
 */
export function brakeWarning({ application, held, isEmpty }: Holding, preview: ApplicationPreview): readonly Problem[] {
  const { automated, prunes, lifecycle, leaving = [] } = preview;
  const lost = leaving.filter(({ fate }) => fate === 'goes' || fate === 'asks').length;
  if (!automated || !prunes || lifecycle !== 'changed' || lost === 0) return [];
  try {
    if (isEmpty) {
      const mayBe = application.spec.syncPolicy?.automated?.allowEmpty === true;
      return mayBe ? [] : [stops(application, 'it renders to no resource')];
    }
    const unusual = isUnusual(lost, held, pruneLimit(application));
    return unusual ? [stops(application, `it would delete ${lost} of ${held} resources`)] : [];
  } catch (thrown) {
    return [asProblem(thrown)];
  }
}

function stops({ metadata: { name } }: Application, because: string): Problem {
  return new Problem('limit-exceeded', `the sync after the merge would stop: ${because}`, {
    fix: `If that is meant, set the label trimtab/allow-prune on this pull request before the merge, or say \`/sync ${name} --prune\` after it.`,
  });
}
