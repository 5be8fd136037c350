import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { rehearseSync } from '../flows/plan-operation.ts';
import { newOperation, type WantedOperation } from '../flows/start-operation.ts';
import { checkWindows } from '../flows/windows.ts';
import { resourceText } from '../spec/manifest.ts';
import type { Operation } from '../spec/operation.ts';
import { parseResourcePattern, type ResourcePattern } from '../spec/resource-pattern.ts';
import { kubeconfigOption, type OperationOptions, openDesk } from './operations.ts';
import { mapOption, repoOption } from './options.ts';
import { createProgress, taskLine } from './progress.ts';
import { EXIT } from './show-problem.ts';

interface SyncOptions extends OperationOptions {
  readonly dryRun?: true;
  readonly prune?: true;
  readonly resource: readonly ResourcePattern[];
  readonly output: 'text' | 'json';
}

/** Adds `trimtab sync APP`. */
export function addSync(program: Command): void {
  program
    .command('sync')
    .description('bring the cluster to what Git says: phases, waves, hooks, health, prune')
    .argument('<app>', 'name of an application in the repository, or the path of an Application manifest')
    .addOption(repoOption())
    .option('--revision <rev>', 'branch, tag or SHA to sync to (default: the commit that is checked out)')
    .addOption(mapOption())
    .addOption(kubeconfigOption())
    .option('--dry-run', "show what would be done, checked by the API server's own dry run; nothing is changed")
    .option('--prune', 'delete what the application no longer has, also when that is most of it')
    .addOption(
      new Option(
        '--resource <group:kind:namespace/name>',
        'sync these alone, without hooks; may be given several times',
      )
        .argParser(addPattern)
        .default([], 'everything'),
    )
    .addOption(
      new Option('-o, --output <format>', 'for people or for programs').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
Runs the same steps as the deployed functions, over a state in the cache folder. Ctrl-C interrupts: the same command goes on.

Examples:
  trimtab sync payments --dry-run
  trimtab sync payments --prune --kubeconfig ~/.kube/staging
  trimtab sync payments --resource apps:Deployment:payments/web --resource :ConfigMap:payments/web
`,
    )
    .action((app: string, options: SyncOptions) => syncApplication(app, options));
}

function addPattern(text: string, before: readonly ResourcePattern[]): readonly ResourcePattern[] {
  const pattern = parseResourcePattern(text);
  if (pattern !== undefined) return [...before, pattern];
  throw new InvalidArgumentError(
    'Write it as GROUP:KIND:NAMESPACE/NAME: apps:Deployment:shop/web, :ConfigMap:shop/web',
  );
}

async function syncApplication(app: string, options: SyncOptions): Promise<void> {
  const desk = await openDesk(app, options);
  try {
    const { found, ports } = desk;
    const { application, revisions, definition, from, catalogue } = found;
    const wanted: WantedOperation = {
      application,
      revisions,
      definition,
      from,
      trigger: { kind: 'cli', actor: userInfo().username },
      prune: options.prune === true || application.spec.syncPolicy?.automated?.prune === true,
      allowDelete: options.prune === true,
      ...(options.resource.length === 0 ? {} : { only: options.resource }),
    };
    if (options.dryRun === true) {
      return showPlan(await rehearseSync(newOperation(wanted, ports.clock()), ports), options.output);
    }
    checkWindows(application, catalogue, ports.clock());
    await desk.begin(wanted);
    finish(await desk.drive(createProgress(options.output === 'json')), options.output);
  } finally {
    await desk.close();
  }
}

function showPlan({ tasks = [], ...operation }: Operation, output: SyncOptions['output']): void {
  const failed = tasks.some((task) => task.status === 'Failed');
  process.stdout.write(
    output === 'json'
      ? `${JSON.stringify({ ...operation, tasks }, null, 2)}\n`
      : tasks.map((task) => `${taskLine(task, task.message === '' ? 'would run' : task.message)}\n`).join(''),
  );
  if (failed) process.exitCode = EXIT.problem;
}

/** Says how an operation ended; one that failed fails the command. */
export function finish(operation: Operation, output: 'text' | 'json'): void {
  const { application, phase, message, startedAt, finishedAt = startedAt, tasks = [] } = operation;
  const seconds = Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
  const failed = tasks.filter((task) => task.status === 'Failed').map((task) => resourceText(task.key));
  const unnamed = failed.filter((name) => !message.includes(name));
  const names = unnamed.length === 0 ? '' : ` (failed: ${unnamed.join(', ')})`;
  process.stdout.write(
    output === 'json'
      ? `${JSON.stringify(operation, null, 2)}\n`
      : `${application}: ${phase} after ${seconds} s: ${message}${names}\n`,
  );
  if (phase !== 'Succeeded') process.exitCode = EXIT.problem;
}
