import type { ClustersGenerator } from '../../spec/applicationset.ts';
import type { FieldPath } from '../../spec/documents.ts';
import { type ClusterRegistration, IN_CLUSTER } from '../../spec/settings.ts';
import type { Asking, GeneratorContext, Params } from './context.ts';
import { normalizeName } from './normalize-name.ts';
import { matchesSelector, selectsAll } from './selector.ts';
import { withValues } from './with-values.ts';

/**
 * The cluster that Argo CD runs in, then the registered ones that carry the labels. The first has no Secret and so no
 * labels: any selector leaves it out. `flatList` gives one element, whose `clusters` is the list.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Cluster/
 */
export function* clusterElements(
  generator: ClustersGenerator,
  path: FieldPath,
  context: GeneratorContext,
): Asking<readonly Params[]> {
  const { selector, values, flatList } = generator;
  const registered = context.clusters.filter((cluster) => matchesSelector(selector, cluster.labels));
  const own = context.clusters.some(({ server }) => server.replace(/\/+$/, '') === IN_CLUSTER.server);
  const local = context.inCluster && !own && selectsAll(selector) ? [LOCAL] : [];
  const found = [...local, ...registered.map((cluster) => paramsOf(cluster, context.goTemplate))];
  const elements = yield* withValues(found, values, [...path, 'values'], context);
  return flatList === true ? [{ clusters: elements }] : elements;
}

const LOCAL: Params = {
  name: IN_CLUSTER.name,
  nameNormalized: IN_CLUSTER.name,
  server: IN_CLUSTER.server,
  project: '',
};

function paramsOf(cluster: ClusterRegistration, goTemplate: boolean): Params {
  const { name, server, project = '', labels, annotations = {} } = cluster;
  const plain = { name, nameNormalized: normalizeName(name), server, project };
  if (goTemplate) {
    const metadata = { ...ifAny('annotations', annotations), ...ifAny('labels', labels) };
    return { ...plain, metadata };
  }
  return { ...plain, ...prefixed('metadata.annotations.', annotations), ...prefixed('metadata.labels.', labels) };
}

function ifAny(name: string, map: Readonly<Record<string, string>>): Params {
  return Object.keys(map).length === 0 ? {} : { [name]: map };
}

function prefixed(prefix: string, map: Readonly<Record<string, string>>): Params {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [`${prefix}${key}`, value]));
}
