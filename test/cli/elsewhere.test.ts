import { expect, test } from 'vitest';
import { chartArchive, serve, sha256 } from '../source/chart-server.ts';
import { type GitServer, gitServer } from '../source/git-server.ts';
import { createClone, temporaryFolder, trimtab } from './support.ts';

/** A Git server that lets in whoever has the token. */
async function privateServer(): Promise<GitServer> {
  const server = await gitServer({
    instead: (_, { headers }, response) => {
      const [, basic = ''] = (headers.authorization ?? '').split(' ');
      if (Buffer.from(basic, 'base64').toString() === 'reader:hunter2') return false;
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return true;
    },
  });
  await server.commit('shop', {
    'apps/web/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n',
    'apps/api/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: api}\n',
  });
  return server;
}

function registration(url: string): string {
  return `
apiVersion: v1
kind: Secret
metadata: {name: shop, labels: {argocd.argoproj.io/secret-type: repo-creds}}
stringData: {type: git, url: "${url}", username: reader, password: "env:TRIMTAB_REPOSITORY_TOKEN"}
`;
}

function set(url: string): string {
  return `
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: shop, namespace: argocd}
spec:
  generators:
    - git: {repoURL: "${url}/shop", revision: main, directories: [{path: apps/*}]}
  template:
    metadata: {name: "{{path.basename}}"}
    spec:
      project: default
      source: {repoURL: "${url}/shop", targetRevision: main, path: "{{path}}"}
      destination: {server: https://kubernetes.default.svc, namespace: shop}
`;
}

test('what a set and its applications read on a private Git server comes as the clone registers it', async () => {
  const server = await privateServer();
  const { dir } = createClone({ 'repository.yaml': registration(server.url), 'set.yaml': set(server.url) });
  const env = { TRIMTAB_REPOSITORY_TOKEN: 'hunter2', TRIMTAB_CACHE: temporaryFolder() };
  const rendered = await trimtab(['render', 'web', '--repo', dir], { env });
  expect(rendered).toMatchObject({ code: 0, stderr: '' });
  expect(rendered.stdout).toContain('name: web');
  const listed = await trimtab(['list', dir, '-o', 'json'], { env });
  expect(JSON.parse(listed.stdout).map(({ name }: { readonly name: string }) => name)).toEqual(['api', 'web']);
});

test('a credential that is not in the environment is said by its name', async () => {
  const server = await privateServer();
  const { dir } = createClone({ 'repository.yaml': registration(server.url), 'set.yaml': set(server.url) });
  const { code, stderr } = await trimtab(['list', dir], { env: { TRIMTAB_CACHE: temporaryFolder() } });
  expect(code).toBe(1);
  expect(stderr).toContain('env:TRIMTAB_REPOSITORY_TOKEN');
  expect(server.asked).toEqual([]);
});

test('a preview shows no credential to whom the change alone registers', async () => {
  const thief = await privateServer();
  const server = await privateServer();
  const clone = createClone({ 'repository.yaml': registration(server.url), 'set.yaml': set(server.url) });
  clone.git('checkout', '--quiet', '-b', 'change');
  clone.commit('change', { 'repository.yaml': registration(thief.url), 'set.yaml': set(thief.url) });
  const env = { TRIMTAB_REPOSITORY_TOKEN: 'hunter2', TRIMTAB_CACHE: temporaryFolder() };
  const { stdout } = await trimtab(['preview', '--repo', clone.dir, '--base', 'main', '--head', 'change'], { env });
  expect(thief.asked.filter((one) => one.includes(' as '))).toEqual([]);
  expect(server.asked.filter((one) => one.includes(' as reader')).length).toBeGreaterThan(0);
  expect(stdout).not.toContain('hunter2');
});

test('a chart that lies in an OCI registry as an artifact renders with the parameters of its Application', async () => {
  const archive = chartArchive('shop', '1.2.0');
  const layer = {
    mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
    digest: `sha256:${sha256(archive)}`,
  };
  const config = { mediaType: 'application/vnd.cncf.helm.config.v1+json' };
  const manifest = JSON.stringify({ schemaVersion: 2, config, layers: [{ ...layer, size: archive.length }] });
  const { host } = await serve((path) => {
    if (path.includes('/blobs/')) return { body: archive };
    return /\/manifests\/(1\.2\.0|sha256:)/.test(path) ? { body: manifest } : undefined;
  });
  const { dir } = createClone({
    'repository.yaml': `
apiVersion: v1
kind: Secret
metadata: {name: oci, labels: {argocd.argoproj.io/secret-type: repository}}
stringData: {type: oci, url: "oci://${host}/acme/shop", insecureOCIForceHttp: "true"}
`,
    'application.yaml': `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  project: default
  source: {repoURL: "oci://${host}/acme/shop", targetRevision: 1.2.0, path: ., helm: {valuesObject: {replicas: 7}}}
  destination: {server: https://kubernetes.default.svc, namespace: shop}
`,
  });
  const env = { TRIMTAB_CACHE: temporaryFolder() };
  const { code, stdout, stderr } = await trimtab(['render', 'shop', '--repo', dir], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('replicas: "7"');
});
