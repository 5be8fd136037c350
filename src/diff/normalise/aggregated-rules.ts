import { type JsonMap, without } from '../json.ts';

/**
 * A ClusterRole whose rules a controller gathers from other roles, without them: whatever Git says there is overwritten.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/#ignoring-rbac-changes-made-by-aggregateroles
 */
export function withoutAggregatedRules(manifest: JsonMap): JsonMap {
  const aggregates = manifest['kind'] === 'ClusterRole' && manifest['aggregationRule'] !== undefined;
  return aggregates ? without(manifest, (key) => key === 'rules') : manifest;
}
