import { type Command, Option } from 'commander';
import { healthsInOrder } from '../flows/healths.ts';
import { keyOf, type ResourceKey } from '../spec/manifest.ts';
import type { Health } from '../spec/operation.ts';
import { readManifests } from './manifests.ts';
import { clock, engines } from './repository.ts';
import { readSettingsFile } from './settings-file.ts';
import { table } from './table.ts';

interface HealthOptions {
  readonly customizations?: string;
  readonly output: 'table' | 'json';
}

/** Adds `trimtab health RESOURCES`. */
export function addHealth(program: Command): void {
  program
    .command('health')
    .description('print how live objects are, as Argo CD would judge them')
    .argument('<resources>', 'live objects, as kubectl get -o yaml (or json) prints them; - for stdin')
    .option('--customizations <file>', 'the ConfigMap argocd-cm, with health scripts in Lua')
    .addOption(
      new Option('-o, --output <format>', 'for people or for programs').choices(['table', 'json']).default('table'),
    )
    .addHelpText(
      'after',
      `
Looks at files only. A kind that has no health (a ConfigMap) is Healthy when it is there; a kind that nobody told us of
goes by observedGeneration and the conditions Ready, Reconciling and Stalled.

Examples:
  kubectl get deployments,certificates -A -o yaml | trimtab health -
  trimtab health live.yaml --customizations argocd/argocd-cm.yaml
  trimtab health live.yaml -o json | jq '.[] | select(.status != "Healthy")'
`,
    )
    .action((resources: string, options: HealthOptions) => health(resources, options));
}

async function health(path: string, options: HealthOptions): Promise<void> {
  const customisations = await readSettingsFile(options.customizations);
  const objects = await readManifests(path);
  const healths = await healthsInOrder(objects, { customisations, engines: engines(), at: clock() });
  const rows = objects.map((object, index) => ({ ...keyOf(object), ...(healths[index] ?? PRESENT) }));
  process.stdout.write(options.output === 'json' ? `${JSON.stringify(rows, null, 2)}\n` : tableOf(rows));
}

/** What has no health of its own weighs like what is healthy. */
const PRESENT: Health = { status: 'Healthy', message: '' };

function tableOf(rows: readonly (ResourceKey & Health)[]): string {
  return table(
    ['GROUP', 'KIND', 'NAMESPACE', 'NAME', 'STATUS', 'MESSAGE'],
    rows.map(({ group, kind, namespace, name, status, message }) => [
      group,
      kind,
      namespace,
      name,
      status,
      message.replaceAll('\n', ' '),
    ]),
  );
}
