import pMap from 'p-map';
import { orphansOf } from '../access/orphans.ts';
import { isResourcePermitted } from '../access/resource-rules.ts';
import { projectOf } from '../catalog/project-of.ts';
import { type Application, applicationName } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { isExcluded } from '../spec/customisations.ts';
import { keyOf, keyText, type Manifest, type ResourceKey, resourceText } from '../spec/manifest.ts';
import type { ApplicationStatus, Condition } from '../spec/operation.ts';
import type { ApiKind, ClusterReader, Store } from '../spec/ports.ts';
import { asProblem } from '../spec/problem.ts';
import type { AppProject } from '../spec/project.ts';
import type { ClusterRegistration } from '../spec/settings.ts';
import { trackedBy } from '../sync/index.ts';
import { askedOnce } from './asked-once.ts';

/** Lists in flight at a time, as for what is compared. */
const LISTS_IN_FLIGHT = 4;

/** So many are named; the number says how many there are. */
const MOST_NAMES = 10;

/** A namespace is gone through kind by kind, which is dear: so no more often than this. */
const LOOK_SECONDS = 600;

/** An application, and what it wants of the cluster. */
interface Wanted {
  readonly application: Application;
  readonly desired: readonly Manifest[];
}

/** Where orphans are looked for. */
export interface OrphanWatch {
  readonly reader: Pick<ClusterReader, 'kinds' | 'list'>;
  readonly cluster: ClusterRegistration;
  readonly catalogue: Pick<Catalogue, 'projects' | 'settings' | 'applications'>;
}

/**
 * Finds the warning of an application whose namespace holds resources that belong to no application, where its project
 * asks for that (`orphanedResources.warn`); else nothing. What is asked of the cluster grows with the kinds that the project
 * permits, and is asked once for all applications of a namespace. A kind that may not be listed is left out. With a store
 * it is looked for every ten minutes, and is in between what it was `before`.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/orphaned-resources/
 */
export function createOrphanWatch(
  { reader, cluster, catalogue }: OrphanWatch,
  store?: Pick<Store, 'once'>,
): (wanted: Wanted, before?: ApplicationStatus) => Promise<readonly Condition[]> {
  const { customisations } = catalogue.settings;
  const known = new Set(catalogue.applications.map((one) => applicationName(one.value)));
  const lists = askedOnce<Promise<readonly Manifest[]>>();
  const listed = (kind: ApiKind, namespace: string): Promise<readonly Manifest[]> =>
    lists(`${kind.group}/${kind.kind}:${namespace}`, () => listPermitted(reader, kind, namespace));
  const look = async ({ desired }: Wanted, project: AppProject, namespace: string): Promise<readonly Condition[]> => {
    const kinds = permittedKinds(await reader.kinds(), project).filter(
      (kind) => !isExcluded(kind, cluster.server, customisations),
    );
    const objects = await pMap(kinds, (kind) => listed(kind, namespace), { concurrency: LISTS_IN_FLIGHT });
    const own = new Set(desired.map((manifest) => keyText(keyOf(manifest))));
    const belongs = (object: Manifest): boolean =>
      known.has(trackedBy(object, customisations.tracking) ?? '') || own.has(keyText(keyOf(object)));
    return warning(orphansOf({ project, cluster, objects: objects.flat(), belongs }));
  };
  return async (wanted, before) => {
    const { project: name, destination } = wanted.application.spec;
    const project = projectOf(name, catalogue);
    const { namespace = '' } = destination;
    if (project?.spec.orphanedResources?.warn !== true || namespace === '') return [];
    const last = (before?.conditions ?? []).filter(({ type }) => type === 'OrphanedResourceWarning');
    const mark = `orphans:${applicationName(wanted.application)}`;
    if (store !== undefined && !(await store.once(mark, LOOK_SECONDS))) return last;
    // Orphans are told beside what matters more: a cluster that does not answer now is asked again later.
    return await look(wanted, project, namespace).catch(() => last);
  };
}

async function listPermitted(
  reader: Pick<ClusterReader, 'list'>,
  kind: ApiKind,
  namespace: string,
): Promise<readonly Manifest[]> {
  try {
    return await reader.list(kind, { namespace });
  } catch (thrown) {
    const { code } = asProblem(thrown);
    if (code === 'forbidden' || code === 'not-found') return [];
    throw thrown;
  }
}

/** Kinds with a namespace that can be listed, each once, in the version that its group prefers. */
function permittedKinds(kinds: readonly ApiKind[], project: AppProject): readonly ApiKind[] {
  const seen = new Set<string>();
  return kinds.filter(({ group, kind, namespaced, verbs }) => {
    const key = { group, kind, namespace: '', name: '' };
    const isNew = !seen.has(`${group}/${kind}`);
    seen.add(`${group}/${kind}`);
    return isNew && namespaced && verbs.includes('list') && isResourcePermitted(project, { key, namespaced: true });
  });
}

function warning(orphans: readonly ResourceKey[]): readonly Condition[] {
  const names = orphans.map(resourceText);
  if (names.length === 0) return [];
  const shown = names.toSorted().slice(0, MOST_NAMES).join(', ');
  const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : '';
  const message = `Application has ${names.length} orphaned resource${names.length === 1 ? '' : 's'}: ${shown}${more}`;
  return [{ type: 'OrphanedResourceWarning', message }];
}
