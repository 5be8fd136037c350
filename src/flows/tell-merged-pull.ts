import { waitingText } from '../../templates/answers.ts';
import { policyOf } from '../catalog/rolling-sync.ts';
import { type Application, applicationName, type Parsed } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { Push, RepoName } from '../spec/event.ts';
import type { Forge, Pull, Renderer, Source, Store } from '../spec/ports.ts';
import { applicationsOfPull } from './applications-of-pull.ts';
import type { Control } from './read-control.ts';

/** By this line the note on a merged pull request is found again. */
const WAITING_MARKER = '<!-- trimtab:waiting -->';

/** The merged pull request that brought a commit. */
export async function mergedPull(
  { repo, sha }: { readonly repo: RepoName; readonly sha: string },
  forge: Pick<Forge, 'pullsOf'>,
): Promise<Pull | undefined> {
  const pulls = await forge.pullsOf(repo, sha);
  return pulls.find((pull) => pull.merged);
}

/**
 * Applications that do not sync by themselves wait for a person: the merged pull request that touches them says how. Those
 * that were told of before stay among them while they wait: of some their source may have answered later.
 */
export async function tellMergedPull(
  waiting: readonly string[],
  push: Push | undefined,
  { catalogue }: Pick<Control, 'catalogue'>,
  ports: {
    readonly forge: Forge;
    readonly source: Source;
    readonly renderer: Pick<Renderer, 'closure' | 'parameters'>;
    readonly store: Pick<Store, 'statuses'>;
    readonly host: string;
  },
): Promise<void> {
  if (waiting.length === 0 || push === undefined) return;
  const pull = await mergedPull(push, ports.forge);
  if (pull === undefined) return;
  const names: string[] = [];
  for (const one of await applicationsOfPull(pull, catalogue.applications, ports)) {
    const name = applicationName(one.value);
    if (waiting.includes(name) || (await waits(one, catalogue, ports.store))) names.push(name);
  }
  if (!names.some((name) => waiting.includes(name))) return;
  const body = `${WAITING_MARKER}\n${waitingText(names)}\n`;
  await ports.forge.upsertComment(pull.repo, pull.number, WAITING_MARKER, body);
}

async function waits(
  application: Parsed<Application>,
  catalogue: Catalogue,
  store: Pick<Store, 'statuses'>,
): Promise<boolean> {
  const automated = policyOf(application, catalogue)?.automated;
  if (automated !== undefined && automated.enabled !== false) return false;
  return (await store.statuses.load(applicationName(application.value)))?.sync === 'OutOfSync';
}
