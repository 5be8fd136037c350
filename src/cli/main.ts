import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { asProblem } from '../spec/problem.ts';
import { addAccess } from './access.ts';
import { addDemo } from './demo.ts';
import { addDev } from './dev.ts';
import { addDiff } from './diff.ts';
import { addDoctor } from './doctor.ts';
import { addGenerate } from './generate.ts';
import { addList } from './list.ts';
import { addPlan } from './plan.ts';
import { addPreview } from './preview.ts';
import { addRender } from './render.ts';
import { EXIT, showProblem } from './show-problem.ts';
import { addValidate } from './validate.ts';
import { addWindows } from './windows.ts';

const { version, description }: { readonly version: string; readonly description: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

/** Runs one verb, and sets the exit code: 0 fine, 1 a problem was found and said, 2 wrong usage. */
async function main(): Promise<void> {
  const program = new Command('trimtab')
    .description(description)
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError('(--help says what it takes)')
    .exitOverride();
  for (const add of [
    addPreview,
    addRender,
    addPlan,
    addDiff,
    addList,
    addGenerate,
    addValidate,
    addDoctor,
    addAccess,
    addWindows,
    addDemo,
    addDev,
  ])
    add(program);
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
  return asProblem(thrown).code === 'bad-command' ? EXIT.usage : EXIT.problem;
}

// `trimtab render APP | head`: who reads has enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.fine);
  throw error;
});

await main();
