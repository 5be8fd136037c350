import pMap from 'p-map';
import { keptByChange } from '../catalog/kept-by-change.ts';
import { ANNOTATION } from '../spec/annotations.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { ApplicationPreview, Preview } from '../spec/preview.ts';
import { Problem, whereText } from '../spec/problem.ts';
import type { ComparePorts, Revisions } from './compare-ports.ts';
import { brakeWarning, type Holding } from './forewarnings.ts';
import { serverOf, withMoves } from './leaving.ts';
import { type Compared, previewApplication } from './preview-application.ts';
import { touchedBy } from './touched-by.ts';

/** Programs run at most two a core's worth; this many applications are in flight, so that downloads overlap renders. */
const IN_FLIGHT = 8;

/**
 * What the change from `base` to `head` does to every application that it touches: the middle of a preview. An
 * application that fails is told of with its problem; the others go on. Throws only when the repository can't be read.
 */
export async function compareRevisions(
  revisions: Revisions,
  ports: ComparePorts,
): Promise<Pick<Preview, 'applications' | 'problems' | 'kept'>> {
  const { touched, sides, base, head } = await touchedBy(revisions, ports);
  const previews = await pMap(
    touched,
    async (found) => {
      const compared = await previewApplication(found, sides.get(found.application) ?? {}, { base, head }, ports);
      return found.because.unnamed === true ? unnamed(compared) : [compared];
    },
    { concurrency: IN_FLIGHT },
  );
  const found = previews.flat();
  const arrivals = found.flatMap(({ arrival }) => arrival ?? []);
  const applications = found.map(({ preview, holding }) => {
    const before = sides.get(preview.application)?.base?.definition.value;
    return warned(withMoves(preview, serverOf(before, base.catalogue), arrivals), holding);
  });
  const problems = newProblems(base.catalogue, head.catalogue);
  const kept = keptByChange(base.catalogue, head.catalogue);
  return {
    applications,
    problems: problems.filter((problem) => !isToldBy(problem, applications)),
    ...(kept.length === 0 ? {} : { kept }),
  };
}

/** A preview that says, too, whether the sync after the merge would stop. */
function warned(preview: ApplicationPreview, holding: Holding | undefined): ApplicationPreview {
  const brake = holding === undefined ? [] : brakeWarning(holding, preview);
  return brake.length === 0 ? preview : { ...preview, warnings: [...preview.warnings, ...brake] };
}

/**
 * `manifest-generate-paths` says that the change does not concern the application: so it is left out, unless it is wrong,
 * and something does change. Then the reader is told what Argo CD would have missed.
 */
function unnamed({ preview, ...rest }: Compared): readonly Compared[] {
  if (preview.changes.length === 0 && preview.problem === undefined) return [];
  const field = `metadata.annotations["${ANNOTATION.manifestGeneratePaths}"]`;
  const warning = new Problem(
    'misconfigured',
    `${field} does not name ${preview.because}, which this application is rendered from.`,
    {
      where: { application: preview.application, field },
      fix: "Add the path, or remove the annotation: Argo CD's webhook would miss this change, trimtab finds it by what the render reads.",
    },
  );
  return [{ ...rest, preview: { ...preview, warnings: [...preview.warnings, warning] } }];
}

/** Problems that the change brings; those that the base has as well are not this pull request's. */
function newProblems(base: Catalogue, head: Catalogue): readonly Problem[] {
  const key = (problem: Problem): string =>
    `${problem.where.file ?? ''} ${problem.where.field ?? ''} ${problem.message}`;
  const old = new Set(base.problems.map(key));
  return head.problems.filter((problem) => !old.has(key(problem)) && whereText(problem.where) !== '');
}

/** Whether an application of the preview says the same of itself: a reader is told of one mistake once. */
function isToldBy({ message, where }: Problem, applications: readonly ApplicationPreview[]): boolean {
  return applications.some(({ application, problem, conditions }) => {
    if (problem?.message === message) {
      const samePlace = problem.where.file === where.file && problem.where.line === where.line;
      if (samePlace || where.parent === application) return true;
    }
    return application === where.application && where.field === 'spec.project' && conditions.length > 0;
  });
}
