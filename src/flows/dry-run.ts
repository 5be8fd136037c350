import { type DryRun, dryRunAnswer } from '../../templates/dry-run-answer.ts';
import { unifiedDiff } from '../diff/index.ts';
import { type Application, applicationName } from '../spec/application.ts';
import type { Command } from '../spec/command.ts';
import { resourceText } from '../spec/manifest.ts';
import type { ApplicationStatus } from '../spec/operation.ts';
import type { Store } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { isSelected, type ResourcePattern } from '../spec/resource-pattern.ts';
import { checkSelection } from './selection.ts';

/** What `/sync --dry-run` answers: what a sync as it was asked for would do, as applications were seen last. */
export async function dryRun(
  { prune, resources }: Extract<Command, { readonly name: 'sync' }>,
  applications: readonly Application[],
  store: Pick<Store, 'statuses'>,
): Promise<string> {
  const runs: DryRun[] = [];
  for (const application of applications) {
    const status = await store.statuses.load(applicationName(application));
    if (status === undefined) continue;
    if (resources !== undefined) checkSelection(status.application, resources, status.resources);
    const prunes = prune || application.spec.syncPolicy?.automated?.prune === true;
    runs.push(runOf(status, { only: resources, prunes }));
  }
  if (runs.length === 0) throw new Problem('not-found', 'These applications have not been looked at yet.');
  return dryRunAnswer(runs);
}

function runOf(
  { application, conditions, drift, resources }: ApplicationStatus,
  { only, prunes }: { readonly only: readonly ResourcePattern[] | undefined; readonly prunes: boolean },
): DryRun {
  const chosen = only === undefined ? drift : drift.filter(({ key }) => isSelected(key, only));
  const done = chosen.filter(({ action }) => action !== 'delete' || prunes);
  return {
    application,
    conditions,
    changes: done.map((change) => ({ change, diff: unifiedDiff(change) })),
    kept: chosen.filter((change) => !done.includes(change)).map(({ key }) => resourceText(key)),
    hooks: only === undefined ? resources.filter(({ hook }) => hook).map(({ key }) => resourceText(key)) : [],
  };
}
