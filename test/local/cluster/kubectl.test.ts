import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createLocalCluster, type LocalCluster } from '../../../src/local/cluster/index.ts';
import { locateTools } from '../../../src/render/index.ts';
import { managersOf } from '../../contract/cluster/fixtures.ts';
import { at, clientOf } from './api.ts';

const execute = promisify(execFile);
const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';
/** The hand in `kubectl edit`. */
const EDITOR = `import { readFileSync, writeFileSync } from 'node:fs';
const file = process.argv.at(-1);
writeFileSync(file, readFileSync(file, 'utf8').replace(/replicas: 2/, 'replicas: 4'));
`;
const MANIFESTS = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {colour: green}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'nginx:1.27', ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
`;

let folder: string;
let program: string;
let cluster: LocalCluster;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trimtab-kubectl-'));
  program = (await locateTools({ cacheDir: join(folder, 'cache') })).kubectl.path;
  cluster = await createLocalCluster({ stepDelay: 1 });
  await writeFile(join(folder, 'config'), cluster.kubeconfig());
  await writeFile(join(folder, 'app.yaml'), MANIFESTS);
  await writeFile(join(folder, 'editor.mjs'), EDITOR);
});
afterAll(async () => {
  await cluster?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await kubectl('apply', '--server-side', '--force-conflicts', '-f', join(folder, 'app.yaml'));
});

/** Runs kubectl against the cluster; both streams together, the exit code in front when it is not 0. */
async function kubectl(...args: readonly string[]): Promise<string> {
  const env = {
    HOME: folder,
    KUBECONFIG: join(folder, 'config'),
    EDITOR: `${process.execPath} ${join(folder, 'editor.mjs')}`,
  };
  try {
    const { stdout, stderr } = await execute(program, args, { env, timeout: 20_000 });
    return stdout + stderr;
  } catch (thrown) {
    return `exit ${String(at(thrown, 'code'))}: ${String(at(thrown, 'stdout'))}${String(at(thrown, 'stderr'))}`;
  }
}

it('gets what it applied, as tables', async () => {
  expect(await kubectl('rollout', 'status', 'deploy/web', '-n', 'shop', '--timeout=10s')).toContain(
    'successfully rolled out',
  );
  const [head = '', line = ''] = (await kubectl('get', 'deploy', '-A')).split('\n');
  expect(head.split(/\s+/)).toEqual(['NAMESPACE', 'NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE']);
  expect(line).toMatch(/^shop\s+web\s+2\/2\s+2\s+2\s+\d+s$/);
  expect(await kubectl('get', 'pods', '-n', 'shop', '-l', 'app=web')).toMatch(/web-\S+\s+1\/1\s+Running\s+0\s+\d+s/);
  expect(await kubectl('get', 'svc', 'web', '-n', 'shop', '-o', 'jsonpath={.spec.type}')).toBe('ClusterIP');
});

it('says which fields somebody else owns', async () => {
  expect(await kubectl('edit', 'deploy/web', '-n', 'shop')).toContain('deployment.apps/web edited');
  expect(managersOf((await clientOf(cluster).get(WEB)).json)).toContain('kubectl-edit Update');
  const refused = await kubectl('apply', '--server-side', '-f', join(folder, 'app.yaml'));
  expect(refused).toContain('exit 1');
  expect(refused).toContain('Apply failed with 1 conflict: conflict with "kubectl-edit" using apps/v1: .spec.replicas');
});

it('scales, sets an image, waits and undoes', async () => {
  expect(await kubectl('scale', 'deploy/web', '-n', 'shop', '--replicas=3')).toContain('deployment.apps/web scaled');
  expect(at(cluster.get(WEB), 'spec', 'replicas')).toBe(3);
  expect(await kubectl('set', 'image', 'deploy/web', 'web=nginx:1.28', '-n', 'shop')).toContain('image updated');
  expect(await kubectl('rollout', 'status', 'deploy/web', '-n', 'shop', '--timeout=10s')).toContain(
    'successfully rolled out',
  );
  expect(await kubectl('rollout', 'undo', 'deploy/web', '-n', 'shop')).toContain('rolled back');
  expect(await kubectl('wait', 'deploy/web', '-n', 'shop', '--for=condition=Available', '--timeout=10s')).toContain(
    'condition met',
  );
  expect(at(cluster.get(WEB), 'spec', 'template', 'spec', 'containers', '0', 'image')).toBe('nginx:1.27');
});

it('applies the old way too, and takes over from it', async () => {
  const file = join(folder, 'old.yaml');
  const write = (colour: string) =>
    writeFile(
      file,
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: old, namespace: shop}\ndata: {colour: ${colour}}\n`,
    );
  await write('green');
  expect(await kubectl('apply', '-f', file)).toContain('configmap/old created');
  await write('blue');
  expect(await kubectl('apply', '-f', file)).toContain('configmap/old configured');
  expect(await kubectl('apply', '-f', file)).toContain('configmap/old unchanged');
  await write('red');
  expect(await kubectl('apply', '--server-side', '-f', file)).toContain('configmap/old serverside-applied');
  const { json } = await clientOf(cluster).get('/api/v1/namespaces/shop/configmaps/old');
  // kubectl keeps its annotation for those who go back, under a manager of its own.
  expect(managersOf(json)).toEqual(['kubectl Apply', 'kubectl-last-applied Apply']);
  expect(json.data).toEqual({ colour: 'red' });
});

it('refuses a field that is not there, or lets it pass when not to validate', async () => {
  const file = join(folder, 'wrong.yaml');
  await writeFile(file, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: wrong, namespace: shop}\ndatta: {}\n');
  expect(await kubectl('apply', '-f', file)).toContain('unknown field "datta"');
  expect(await kubectl('apply', '--validate=false', '-f', file)).toContain('configmap/wrong created');
});

it('shows on a dry run what would come of it, and changes nothing', async () => {
  const before = cluster.get(WEB);
  const file = join(folder, 'more.yaml');
  await writeFile(file, MANIFESTS.replace('replicas: 2', 'replicas: 9'));
  const shown = await kubectl('apply', '--server-side', '--dry-run=server', '-o', 'yaml', '-f', file);
  expect(shown).toContain('replicas: 9');
  expect(at(cluster.get(WEB), 'spec')).toEqual(at(before, 'spec'));
});

it('deletes, and waits until it is gone', async () => {
  expect(await kubectl('delete', 'deploy', 'web', '-n', 'shop', '--cascade=foreground', '--timeout=10s')).toContain(
    'deleted',
  );
  expect(await kubectl('get', 'deploy,rs,pods', '-n', 'shop')).toContain('No resources found');
  expect(await kubectl('delete', 'ns', 'shop', '--timeout=10s')).toContain('namespace "shop" deleted');
  expect(await kubectl('get', 'ns', 'shop')).toContain('namespaces "shop" not found');
});

it('finds kinds that a definition brings', async () => {
  const file = join(folder, 'crd.yaml');
  await writeFile(
    file,
    `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, kind: Widget, shortNames: [wd]}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}}]
`,
  );
  expect(await kubectl('apply', '--server-side', '-f', file)).toContain('serverside-applied');
  expect(await kubectl('wait', 'crd/widgets.example.com', '--for=condition=Established', '--timeout=10s')).toContain(
    'condition met',
  );
  await writeFile(
    file,
    'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: one, namespace: shop}\nspec: {size: 3}\n',
  );
  expect(await kubectl('apply', '--server-side', '-f', file)).toContain('widget.example.com/one serverside-applied');
  expect(await kubectl('get', 'wd', '-n', 'shop', '-o', 'name')).toBe('widget.example.com/one\n');
});
