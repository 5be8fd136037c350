import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../src/local/cache-folder.ts';
import { locateTools } from '../src/render/index.ts';
import { type RealCluster, startServer } from '../test/cluster/server.ts';
import { type Figure, milliseconds } from './figure.ts';
import { median } from './median.ts';

const run = promisify(execFile);

const ROUNDS = 5;
const RESOURCES = 100;
const TARGET = 1.5;
const MAIN = join(import.meta.dirname, '..', 'src', 'cli', 'main.ts');
const PROGRAMS = join(cacheFolder(), 'test-cluster');

/**
 * A hundred resources of one wave go to a real API server: the operation of `trimtab sync`, from its beginning to its end
 * (renders, plans, has each resource rehearsed by a dry run, applies and records it; a function would be warm by then),
 * beside `kubectl apply --server-side` of the same file, a whole process. Each round has namespaces of its own.
 */
export async function sync(): Promise<readonly Figure[]> {
  const what = `${RESOURCES} resources in one wave to a real API server`;
  const program = newestProgram();
  if (program === undefined) {
    const result = 'not measured: run `npm run test:cluster` once, which builds the API server';
    return [{ benchmark: 'sync', what, measured: '–', beside: '–', result, target: `≤ ${TARGET} ×` }];
  }
  process.env['TRIMTAB_TEST_CLUSTER'] = program;
  const { cluster, close } = await startServer('--bare');
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const config = join(folder, 'kubeconfig');
    await writeFile(config, kubeconfig(cluster), { mode: 0o600 });
    const kubectl = (await locateTools({ cacheDir: cacheFolder() })).kubectl.path;
    const rounds: { readonly ours: number; readonly beside: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const [own, other] = [`ours-${round}`, `beside-${round}`];
      for (const name of [own, other]) await run(kubectl, ['--kubeconfig', config, 'create', 'namespace', name]);
      const file = join(folder, `${other}.yaml`);
      await writeFile(file, manifests(other));
      const clone = await repository(join(folder, own), own);
      const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
      const beside = await timed(() => run(kubectl, ['--kubeconfig', config, 'apply', '--server-side', '-f', file]));
      const args = [MAIN, 'sync', own, '--repo', clone, '--kubeconfig', config, '--output', 'json'];
      const { stdout } = await run(process.execPath, args, { env, maxBuffer: 64e6 });
      const { startedAt, finishedAt }: { startedAt: string; finishedAt: string } = JSON.parse(stdout);
      rounds.push({ ours: Date.parse(finishedAt) - Date.parse(startedAt), beside });
    }
    const [ours, beside] = [median(rounds.map((one) => one.ours)), median(rounds.map((one) => one.beside))];
    const ratio = median(rounds.map((one) => one.ours / one.beside));
    return [
      {
        benchmark: 'sync',
        what,
        measured: milliseconds(ours),
        beside: `${milliseconds(beside)}: kubectl apply --server-side`,
        result: `${ratio.toFixed(2)} ×`,
        target: `≤ ${TARGET} ×`,
        met: ratio <= TARGET,
      },
    ];
  } finally {
    await close();
    await rm(folder, { recursive: true, force: true });
  }
}

function newestProgram(): string | undefined {
  if (!existsSync(PROGRAMS)) return undefined;
  const programs = readdirSync(PROGRAMS).filter((each) => /^server-[0-9a-f]+$/.test(each));
  const ages = programs.map((each) => join(PROGRAMS, each)).map((path) => ({ path, at: statSync(path).mtimeMs }));
  return ages.sort((a, b) => b.at - a.at)[0]?.path;
}

async function timed(task: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await task();
  return performance.now() - began;
}

/** ConfigMaps, Services and Deployments, as a team has them. */
function manifests(namespace: string): string {
  const documents = Array.from({ length: RESOURCES }, (_, index) => {
    const metadata = { name: `web-${index}`, namespace, labels: { app: 'web' } };
    const template = {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'ghcr.io/acme/web:1.2.0', ports: [{ containerPort: 8080 }] }] },
    };
    const kinds = [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { LOG_LEVEL: 'info', index: String(index) } },
      { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: { selector: { matchLabels: { app: 'web' } }, template },
      },
    ];
    return JSON.stringify(kinds[index % kinds.length]);
  });
  return documents.join('\n---\n');
}

/** A clone with one application, which goes to the namespace of its name. */
async function repository(dir: string, name: string): Promise<string> {
  const source = { repoURL: 'https://github.com/acme/platform', path: 'web' };
  const destination = { server: 'https://kubernetes.default.svc', namespace: name };
  const spec = { project: 'default', source, destination };
  const application = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name }, spec };
  await mkdir(join(dir, 'web'), { recursive: true });
  await writeFile(join(dir, 'web', 'all.yaml'), manifests(name));
  await writeFile(join(dir, 'application.yaml'), JSON.stringify(application));
  const git = (...args: readonly string[]): Promise<unknown> =>
    run('git', ['-C', dir, '-c', 'user.name=Bench', '-c', 'user.email=bench@example.com', ...args]);
  await git('init', '--quiet', '--initial-branch', 'main');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'One application');
  return dir;
}

function kubeconfig({ url, token, ca }: RealCluster): string {
  const name = 'real';
  const cluster = { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
