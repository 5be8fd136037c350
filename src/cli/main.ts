import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { asProblem } from '../spec/problem.ts';
import { cacheDir } from './cache-dir.ts';
import { EXIT, showProblem } from './show-problem.ts';

const { version, description }: { readonly version: string; readonly description: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

/**
 * The verbs, each loaded when it is asked for: what one needs, the others need not wait for. Anything else that is asked for
 * (help, a typing error) loads all.
 */
const VERBS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  preview: async () => (await import('./preview.ts')).addPreview,
  affected: async () => (await import('./affected.ts')).addAffected,
  render: async () => (await import('./render.ts')).addRender,
  plan: async () => (await import('./plan.ts')).addPlan,
  health: async () => (await import('./health.ts')).addHealth,
  diff: async () => (await import('./diff.ts')).addDiff,
  sync: async () => (await import('./sync.ts')).addSync,
  get: async () => (await import('./get.ts')).addGet,
  history: async () => (await import('./history.ts')).addHistory,
  rollback: async () => (await import('./rollback.ts')).addRollback,
  delete: async () => (await import('./delete.ts')).addDelete,
  terminate: async () => (await import('./terminate.ts')).addTerminate,
  list: async () => (await import('./list.ts')).addList,
  generate: async () => (await import('./generate.ts')).addGenerate,
  validate: async () => (await import('./validate.ts')).addValidate,
  doctor: async () => (await import('./doctor.ts')).addDoctor,
  access: async () => (await import('./access.ts')).addAccess,
  windows: async () => (await import('./windows.ts')).addWindows,
  demo: async () => (await import('./demo.ts')).addDemo,
  dev: async () => (await import('./dev.ts')).addDev,
};

/** Runs one verb, and sets the exit code: 0 fine, 1 a problem was found and said, 2 wrong usage. */
async function main(): Promise<void> {
  const program = new Command('trimtab')
    .description(description)
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError('(--help says what it takes)')
    .exitOverride();
  // Node keeps what it made of the sources: from the second time on, a verb is there in half the time.
  enableCompileCache(join(cacheDir(), 'compiled'));
  const asked = Object.entries(VERBS).filter(([name]) => name === process.argv[2]);
  for (const [, load] of asked.length > 0 ? asked : Object.entries(VERBS)) (await load())(program);
  program.addHelpText(
    'after',
    `
Exit codes: 0 fine, 1 a problem was found, 2 wrong usage.

Examples:
  trimtab demo
  trimtab preview --repo ../platform --base main --head my-branch
  trimtab render payments --repo ../platform
  trimtab plan manifests.yaml --live live.yaml
  trimtab diff payments --repo ../platform
  trimtab sync payments --repo ../platform --dry-run
  trimtab list ../platform
  trimtab generate ../platform/argocd/addons.yaml
  trimtab dev --control-repository acme/platform
`,
  );
  try {
    await program.parseAsync();
  } catch (thrown) {
    // Servers that were started before it went wrong must not keep the process alive.
    process.exit(exitCodeOf(thrown));
  }
}

function exitCodeOf(thrown: unknown): number {
  // Commander has said it already.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.fine : EXIT.usage;
  showProblem(thrown);
  // A verb whose 1 means something says so before it begins
  if (process.exitCode !== undefined) return Number(process.exitCode);
  return asProblem(thrown).code === 'bad-command' ? EXIT.usage : EXIT.problem;
}

// `trimtab render APP | head`: who reads has enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.fine);
  throw error;
});

await main();
