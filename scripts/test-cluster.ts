/**
 * Builds the real Kubernetes of test/cluster/server with Go, once, and runs the tests that need it. Arguments go to vitest.
 * The program is kept in the cache folder under a digest of its sources; Go's own build cache speeds up what changed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../src/local/cache-folder.ts';

const root = join(import.meta.dirname, '..');
const source = join(root, 'test', 'cluster', 'server');
const kept = join(cacheFolder(), 'test-cluster');

/** A program that was not used for so long is of a version that nobody tests any more. */
const KEPT_MS = 14 * 24 * 3_600_000;

/** What one compiler of the largest packages may take, and the linker, in bytes. */
const MEMORY_EACH = 2 ** 31;

function fail(message: string): never {
  process.stderr.write(`test-cluster: ${message}\n`);
  process.exit(1);
}

/** Runs Go in the program's folder. No C compiler is needed, and none changes what comes out. */
function go(args: readonly string[], output: 'pipe' | 'inherit'): string {
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
  const ran = spawnSync('go', args, { cwd: source, env, encoding: 'utf8', stdio: ['ignore', output, 'inherit'] });
  if (ran.error !== undefined) {
    fail(
      `Go is needed to build the API server that these tests run against: https://go.dev/dl/ (1.26, or any from 1.21 on, which fetches it). \`go\` could not be started: ${ran.error.message}`,
    );
  }
  if (ran.status !== 0) fail(`\`go ${args.join(' ')}\` in test/cluster/server failed; its own words are above.`);
  return ran.stdout ?? '';
}

/** What the API server says of its version; releases of Kubernetes are linked with it. */
function versionFlags(): string {
  const [, major, minor, patch] =
    /^\s*k8s\.io\/kubernetes v(\d+)\.(\d+)\.(\d+)$/m.exec(readFileSync(join(source, 'go.mod'), 'utf8')) ?? [];
  if (patch === undefined) fail('test/cluster/server/go.mod names no version of k8s.io/kubernetes.');
  const values = { gitVersion: `v${major}.${minor}.${patch}`, gitMajor: major, gitMinor: minor };
  return Object.entries(values)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}

function build(): string {
  const digest = createHash('sha256').update(go(['env', 'GOVERSION', 'GOOS', 'GOARCH'], 'pipe'));
  for (const file of readdirSync(source).sort()) digest.update(file).update(readFileSync(join(source, file)));
  const name = `server-${digest.digest('hex').slice(0, 16)}`;
  mkdirSync(kept, { recursive: true });
  const program = join(kept, name);
  const now = new Date();
  if (readdirSync(kept).includes(name)) {
    utimesSync(program, now, now);
    return program;
  }
  process.stdout.write('Building kube-apiserver, kube-controller-manager and etcd; the first time takes minutes.\n');
  const began = performance.now();
  const fresh = `${program}.${process.pid}`;
  const compilers = Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / MEMORY_EACH)));
  go(
    [
      'build',
      `-p=${compilers}`,
      '-mod=readonly',
      '-buildvcs=false',
      `-ldflags=-s -w ${versionFlags()}`,
      '-o',
      fresh,
      '.',
    ],
    'inherit',
  );
  renameSync(fresh, program);
  for (const old of readdirSync(kept)) {
    const file = join(kept, old);
    // Other clones on this machine may be running, or just building, one of their own.
    const used = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (now.getTime() - used > KEPT_MS) rmSync(file, { force: true });
  }
  process.stdout.write(`Built in ${Math.round((performance.now() - began) / 1000)} s.\n`);
  return program;
}

const program = build();
const tests = spawnSync('vitest', ['run', '--config', 'test/cluster/vitest.config.ts', ...process.argv.slice(2)], {
  cwd: root,
  env: { ...process.env, TRIMTAB_TEST_CLUSTER: program },
  stdio: 'inherit',
});
if (tests.error !== undefined)
  fail(`vitest could not be started: ${tests.error.message} Run \`npm run test:cluster\`.`);
process.exit(tests.status ?? 1);
