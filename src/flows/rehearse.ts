import pMap from 'p-map';
import type { Manifest } from '../spec/manifest.ts';
import type { Operation } from '../spec/operation.ts';
import type { ClusterReader } from '../spec/ports.ts';
import { asProblem, type Problem } from '../spec/problem.ts';
import { doubted, recreating, refused, rehearsals, type SyncRules } from '../sync/index.ts';

/** Dry runs in flight at a time. */
const IN_FLIGHT = 16;

/**
 * Asks the API server for a dry run of all that a planned operation applies, before it applies anything; one that would be
 * refused for what it is (its schema, an admission policy, a field that can't change) fails the operation; `Force=true` has
 * an object created anew of which a field can't change. Other failures
 * fail nothing yet, and are what the task says until its wave comes: a right, a quota or a webhook may be there by then.
 */
export async function rehearse(
  operation: Operation,
  world: {
    readonly reader: Pick<ClusterReader, 'kinds' | 'dryRun'>;
    readonly desired: ReadonlyMap<string, Manifest>;
    readonly live: ReadonlyMap<string, Manifest>;
  },
  rules: SyncRules,
): Promise<Operation> {
  const { desired, live } = world;
  const plan = rehearsals({ operation, desired, live, kinds: await world.reader.kinds() }, rules);
  const refusals = new Map<number, Problem>(plan.unserved);
  const doubts = new Map<number, Problem>();
  const uids = new Map<number, string>();
  await pMap(
    plan.rehearse,
    async ({ task, manifest, options, recreates }) => {
      try {
        await world.reader.dryRun(manifest, options);
      } catch (thrown) {
        const problem = asProblem(thrown);
        if (problem.code === 'immutable-field' && recreates !== undefined) uids.set(task, recreates);
        else if (problem.code === 'cluster-refused' || problem.code === 'immutable-field') refusals.set(task, problem);
        else doubts.set(task, problem);
      }
    },
    { concurrency: IN_FLIGHT },
  );
  return refused(doubted(recreating(operation, uids), doubts), refusals);
}
