import { deployable } from '../catalog/rendered-definitions.ts';
import { type Application, type ApplicationSource, applicationName, sourcesOf } from '../spec/application.ts';
import type { ApplicationStatus } from '../spec/operation.ts';
import type { ClusterReader } from '../spec/ports.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { repositoryOf } from '../spec/repo-url.ts';
import type { ClusterRegistration } from '../spec/settings.ts';
import { childrenOf } from './children.ts';
import { conditionsOf } from './conditions.ts';
import { renderDesired, revisionsOf } from './desired.ts';
import { managed, withoutExcluded } from './excluded.ts';
import { integrityConditions } from './integrity.ts';
import type { Control } from './read-control.ts';
import type { RefreshPorts } from './refresh-ports.ts';
import { sourceFor } from './source-for.ts';
import { asApplied, type Wanted } from './wanted.ts';

/** What Git wants of an application, or why that can't be said. */
export type Want =
  | { readonly application: Application; readonly wanted: Wanted; readonly problem?: undefined }
  | { readonly application: Application; readonly problem: Problem };

/** Finds out what Git wants of an application now; what goes wrong is in the answer. `before` is its last status. */
export async function want(
  application: Application,
  before: ApplicationStatus | undefined,
  {
    cluster,
    reader,
    control,
  }: { readonly cluster: ClusterRegistration; readonly reader: ClusterReader; readonly control: Control },
  ports: RefreshPorts,
): Promise<Want> {
  try {
    // A repository elsewhere that the project does not permit is not even asked.
    const isElsewhere = ({ repoURL, chart }: ApplicationSource): boolean =>
      chart !== undefined || repositoryOf(repoURL, ports.host) === undefined;
    const [refused] = sourcesOf(application).some(isElsewhere)
      ? conditionsOf(application, [], cluster, control.catalogue)
      : [];
    if (refused !== undefined) throw new Problem('forbidden', refused.message);
    const source = sourceFor(application, control.catalogue, control.source);
    const revisions = await revisionsOf(application, source, control.pin);
    const rendered = await renderDesired(application, revisions, await reader.facts(), { ...ports, source });
    const { customisations } = control.catalogue.settings;
    const defined = asApplied(application, rendered, await reader.kinds(), customisations.tracking);
    const { manifests: desired, warnings } = withoutExcluded(deployable(defined, cluster), cluster, customisations);
    const applied = (await ports.store.inventories.load(applicationName(application))) ?? [];
    const inventory = managed(applied, cluster, customisations);
    const broken = conditionsOf(application, defined, cluster, control.catalogue);
    const outside = broken.find(({ type }) => type === 'ComparisonError');
    if (outside !== undefined) throw new Problem('forbidden', outside.message);
    const unsigned = isVerified(application, before, revisions, control)
      ? []
      : await integrityConditions(application, revisions, control.catalogue, { ...ports, forge: control.forge });
    const conditions = [...broken, ...unsigned, ...warnings];
    const children = await childrenOf(application, control.catalogue, ports.store);
    return { application, wanted: { application, revisions, desired, inventory, conditions, children } };
  } catch (thrown) {
    return { application, problem: asProblem(thrown) };
  }
}

/**
 * The same commits under the same rules were good before: nobody needs to be asked again. A project that comes out of
 * another application may have other rules now.
 */
function isVerified(
  { spec }: Application,
  before: ApplicationStatus | undefined,
  revisions: readonly string[],
  { revision, catalogue }: Control,
): boolean {
  if (before?.definition !== revision || before.revisions.join() !== revisions.join()) return false;
  const project = catalogue.projects.find(({ value }) => value.metadata.name === spec.project);
  if (project?.parents !== undefined) return false;
  return !before.conditions.some(({ type }) => type === 'ComparisonError');
}
