import { waitingText } from '../../templates/answers.ts';
import { applicationName } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { RefreshJob } from '../spec/event.ts';
import type { Forge, Pull, Renderer, Source } from '../spec/ports.ts';
import { applicationsOfPull } from './applications-of-pull.ts';

/** By this line the note on a merged pull request is found again. */
const WAITING_MARKER = '<!-- trimtab:waiting -->';

/** The merged pull request that brought what a branch was pushed to. */
export async function mergedPull(job: RefreshJob, forge: Pick<Forge, 'pullsOf'>): Promise<Pull | undefined> {
  if (job.scope.of !== 'branch') return undefined;
  const pulls = await forge.pullsOf(job.scope.repo, job.scope.sha);
  return pulls.find((pull) => pull.merged);
}

/** Applications that do not sync by themselves wait for a person: the merged pull request that touches them says how. */
export async function tellMergedPull(
  waiting: readonly string[],
  job: RefreshJob,
  control: { readonly catalogue: Catalogue },
  ports: {
    readonly forge: Forge;
    readonly source: Source;
    readonly renderer: Pick<Renderer, 'closure' | 'parameters'>;
    readonly host: string;
  },
): Promise<void> {
  if (waiting.length === 0) return;
  const pull = await mergedPull(job, ports.forge);
  if (pull === undefined) return;
  const touched = await applicationsOfPull(pull, control.catalogue.applications, ports);
  const names = touched.map((one) => applicationName(one.value)).filter((name) => waiting.includes(name));
  if (names.length === 0) return;
  const body = `${WAITING_MARKER}\n${waitingText(names)}\n`;
  await ports.forge.upsertComment(pull.repo, pull.number, WAITING_MARKER, body);
}
