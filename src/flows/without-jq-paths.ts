import { ignoreFilter, ignoreFilters } from '../diff/index.ts';
import type { IgnoreDifference } from '../spec/application.ts';
import type { Manifest } from '../spec/manifest.ts';
import type { Engines } from '../spec/ports.ts';

/** What taking jq paths out needs. */
interface JqPorts {
  readonly engines: Pick<Engines, 'jq'>;
  /** RFC 3339. */
  readonly at: string;
}

/**
 * Manifests without what `jqPathExpressions` ignore. All expressions of a manifest are one program, which is quick; where
 * that fails (one of them is no jq, or never ends) each is run by itself, so that one that is wrong ignores nothing and
 * the others still count.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/#application-level-configuration
 */
export async function withoutJqPaths(
  manifests: readonly Manifest[],
  ignoreDifferences: readonly IgnoreDifference[],
  ports: JqPorts,
): Promise<readonly Manifest[]> {
  const results = [...manifests];
  const all = manifests.flatMap((input, index) => {
    const filter = ignoreFilter(input, ignoreDifferences);
    return filter === undefined ? [] : [{ index, filter, input }];
  });
  const failed = await filtered(all, results, ports);
  const each = failed.map(({ index, input }) => ({ index, filters: ignoreFilters(input, ignoreDifferences) }));
  const most = Math.max(0, ...each.map(({ filters }) => filters.length));
  for (let round = 0; round < most; round++) {
    const items = each.flatMap(({ index, filters }) => {
      const [filter, input] = [filters[round], results[index]];
      return filter === undefined || input === undefined ? [] : [{ index, filter, input }];
    });
    await filtered(items, results, ports);
  }
  return results;
}

interface Item {
  readonly index: number;
  readonly filter: string;
  readonly input: Manifest;
}

/** Puts what the filters leave into `results`; returns the items whose filter failed. */
async function filtered(
  items: readonly Item[],
  results: Manifest[],
  { engines, at }: JqPorts,
): Promise<readonly Item[]> {
  if (items.length === 0) return [];
  const outcomes = await engines.jq(items, at);
  return items.filter(({ index }, position) => {
    const outcome = outcomes[position];
    if (outcome?.ok !== true || outcome.value.length !== 1) return true;
    results[index] = outcome.value[0] as Manifest;
    return false;
  });
}
