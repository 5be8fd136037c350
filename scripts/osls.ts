import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Runs the deployment tool (osls, the maintained open-source fork of the Serverless Framework) on `serverless.yml`:
 * `npm run package`, `npm run deploy -- --stage production`. It weighs more than all the rest, so it stays out of the
 * plain install, in `deploy/`, and comes on first use.
 */
const root = join(import.meta.dirname, '..');
const deploy = join(root, 'deploy');

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** npm keeps the lock file that it installed as `node_modules/.package-lock.json`; what it lacks is not installed. */
function installed(): boolean {
  const [wanted, got] = [join(deploy, 'package-lock.json'), join(deploy, 'node_modules/.package-lock.json')].map(
    (file) => (existsSync(file) ? versions(file) : undefined),
  );
  return got !== undefined && wanted === got;
}

/** Name and version of what `deploy/package.json` asks for. */
function versions(lockFile: string): string {
  const { packages } = JSON.parse(readFileSync(lockFile, 'utf8')) as { packages: Record<string, { version?: string }> };
  const { dependencies } = JSON.parse(readFileSync(join(deploy, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return Object.keys(dependencies)
    .map((name) => `${name}@${packages[`node_modules/${name}`]?.version}`)
    .join(' ');
}

if (!installed()) run('npm', ['ci', '--prefix', deploy]);
run(join(deploy, 'node_modules/.bin/osls'), process.argv.slice(2));
