import { randomBytes } from 'node:crypto';
import { type Command, Option } from 'commander';
import { compareLive, createMarks, withNamespace } from '../diff/index.ts';
import { asApplied } from '../flows/wanted.ts';
import { ANNOTATION } from '../spec/annotations.ts';
import { type Application, type ApplicationSpec, applicationName } from '../spec/application.ts';
import { keyOf, keyText, type Manifest, resourceText } from '../spec/manifest.ts';
import type { Task } from '../spec/operation.ts';
import { Problem } from '../spec/problem.ts';
import {
  inventoryFromLive,
  isClientSide,
  isTracked,
  plan,
  readSyncOptions,
  unknownResourceOptions,
  unknownSyncOptions,
} from '../sync/index.ts';
import { readApplicationFile } from './find-application.ts';
import { readManifests } from './manifests.ts';
import { say, warn } from './show-problem.ts';
import { table } from './table.ts';

interface PlanOptions {
  readonly live?: string;
  readonly application?: string;
  readonly output: 'table' | 'json';
}

/** Adds `trimtab plan MANIFESTS`. */
export function addPlan(program: Command): void {
  program
    .command('plan')
    .description('print the tasks of a sync of some manifests, in the order in which they run')
    .argument('<manifests>', 'YAML or JSON file, several documents and Lists included; - for stdin')
    .option('--live <file>', 'live objects, as kubectl get -o yaml prints them: what is not desired is pruned')
    .option('--application <file>', 'the Application: its name, destination and sync options')
    .addOption(
      new Option('-o, --output <format>', 'for people or for programs').choices(['table', 'json']).default('table'),
    )
    .addHelpText(
      'after',
      `
Looks at files only. Order: phase, wave, kind, name; what a Namespace or CustomResourceDefinition is needed by comes
after it. Live objects are pruned when they carry the application's tracking id; without --application, that of the one
application they name.

Examples:
  trimtab plan manifests.yaml
  helm template ./chart | trimtab plan - --application argocd/payments.yaml
  trimtab plan manifests.yaml --live live.yaml -o json | jq -r '.[] | select(.action == "prune") | .name'
`,
    )
    .action((manifests: string, options: PlanOptions) => planOf(manifests, options));
}

async function planOf(path: string, options: PlanOptions): Promise<void> {
  const rendered = await readManifests(path);
  const live = options.live === undefined ? [] : await readManifests(options.live);
  const application = await applicationOf(options, live);
  for (const odd of unknownResourceOptions(rendered)) warn(odd);
  const tasks = tasksOf(application, rendered, live, options.live !== undefined);
  for (const task of tasks) if (task.status === 'Skipped') say(`${resourceText(task.key)} stays: ${task.message}.`);
  const rows = tasks.filter((task) => task.status !== 'Skipped').map(rowOf);
  process.stdout.write(options.output === 'json' ? `${JSON.stringify(rows, null, 2)}\n` : tableOf(rows));
}

/** The Application that was given, or one of the name that the live objects are tracked by. */
async function applicationOf(options: PlanOptions, live: readonly Manifest[]): Promise<Application> {
  if (options.application !== undefined) {
    const { value, warnings, where } = await readApplicationFile(options.application);
    for (const warning of warnings) warn(warning);
    for (const odd of unknownSyncOptions(value.spec.syncPolicy?.syncOptions ?? [], where)) warn(odd);
    return value;
  }
  const [name = '', ...others] = new Set(live.flatMap(trackedBy));
  if (others.length > 0) {
    throw new Problem(
      'bad-command',
      `The live objects belong to several applications: ${[name, ...others].join(', ')}.`,
      {
        fix: 'Say which one is synced: --application FILE.',
      },
    );
  }
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name },
    spec: { project: '', destination: {} },
  };
}

function trackedBy(object: Manifest): readonly string[] {
  const id = object.metadata.annotations?.[ANNOTATION.trackingId] ?? '';
  const name = id.slice(0, Math.max(0, id.indexOf(':')));
  return name !== '' && isTracked(object, name) ? [name] : [];
}

function tasksOf(
  application: Application,
  rendered: readonly Manifest[],
  given: readonly Manifest[],
  isLiveKnown: boolean,
): readonly Task[] {
  const { destination, syncPolicy } = application.spec;
  const name = applicationName(application);
  const live = withNamespace(given, [], '');
  const desired = asApplied(application, rendered, []);
  return plan({
    operation: { application: name, prune: true },
    desired,
    live: new Map(live.map((object) => [keyText(keyOf(object)), object])),
    inventory: inventoryFromLive(name, live),
    options: readSyncOptions(syncPolicy?.syncOptions ?? []),
    namespace: destination.namespace ?? '',
    ...(isLiveKnown ? { outOfSync: differing(desired, live, application.spec) } : {}),
    // Nothing is deleted by looking at a plan
    allowDelete: true,
  });
}

function differing(
  desired: readonly Manifest[],
  live: readonly Manifest[],
  { syncPolicy, ignoreDifferences = [] }: ApplicationSpec,
): ReadonlySet<string> {
  const options = readSyncOptions(syncPolicy?.syncOptions ?? []);
  const rules = {
    marks: createMarks(randomBytes(32).toString('hex')),
    ignoreDifferences,
    isClientSide: (manifest: Manifest) => isClientSide(manifest, options),
  };
  return new Set(compareLive(desired, live, rules).map((change) => keyText(change.key)));
}

interface Row {
  readonly phase: string;
  readonly wave: number;
  readonly action: string;
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

function rowOf({ phase, wave, action, key }: Task): Row {
  const { group, kind, namespace, name } = key;
  return { phase, wave, action, group, kind, namespace, name };
}

function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.phase,
    String(row.wave),
    row.action,
    row.group,
    row.kind,
    row.namespace,
    row.name,
  ]);
  return table(['PHASE', 'WAVE', 'ACTION', 'GROUP', 'KIND', 'NAMESPACE', 'NAME'], cells);
}
