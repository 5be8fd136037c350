import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Installation } from '../local/installation.ts';
import { createStory } from '../local/story.ts';
import { parsePort } from './options.ts';
import { showProblem } from './show-problem.ts';
import { untilInterrupted } from './until-interrupted.ts';

interface DemoOptions {
  readonly serve?: true;
  readonly port: number;
}

/** Adds `trimtab demo`. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description("play a day of a small team's repository: preview, merge, sync, drift, rollback; all of it embedded")
    .option('--serve', 'keep everything running afterwards, and print where')
    .option('--port <number>', 'port of the embedded GitHub', parsePort, 0)
    .addHelpText(
      'after',
      `
Needs nothing but Node and git: GitHub, the cluster, Slack, the table and the queues are in this process. helm and
kubectl are real. Exits 1 when a step is not as it should be.

Examples:
  trimtab demo
  trimtab demo --serve --port 8080
`,
    )
    .action((options: DemoOptions) => demo(options));
}

async function demo(options: DemoOptions): Promise<void> {
  // Loaded for this verb only: the functions bring the AWS SDK, the forge and the cluster.
  const { playDemo } = await import('../local/demo.ts');
  const began = performance.now();
  const installation = await playDemo(createStory(console.log), options.port);
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`\nAll steps are as they should be, in ${seconds} s.`);
  try {
    if (options.serve === true) await serve(installation);
    else console.log('Look around yourself: trimtab demo --serve');
  } finally {
    await installation.close();
  }
}

/** How often the schedule runs while somebody plays; in the cloud it is every three minutes. */
const SCHEDULE_SECONDS = 30;

async function serve({ forge, cluster, webhookUrl, schedule }: Installation): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'trimtab-demo-'));
  const kubeconfig = join(folder, 'kubeconfig');
  try {
    await writeFile(kubeconfig, cluster.kubeconfig(), { mode: 0o600 });
    console.log(`
It keeps running; the schedule looks every ${SCHEDULE_SECONDS} s. Ctrl-C ends it.

  GitHub    ${forge.url}/acme/platform/pulls
            read, comment (/help) and merge there
  cluster   kubectl --kubeconfig ${kubeconfig} get deploy -A
  webhooks  ${webhookUrl}
`);
    await untilInterrupted(SCHEDULE_SECONDS, () => schedule().catch(showProblem));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
