import { describe, expect, onTestFinished, test } from 'vitest';
import { routes } from '../../../src/local/forge/api.ts';
import { createRouter } from '../../../src/local/forge/http.ts';
import { createLocalForge, type Exchange } from '../../../src/local/forge/index.ts';
import { createOpenApiCheck } from '../../openapi/check.ts';
import { OPERATIONS } from '../../openapi/operations.ts';
import { type Answer, type Ask, appToken, asker, installationToken } from './support.ts';

const REPO = '/repos/acme/shop';

/** Makes every call that the embedded forge knows, the way that trimtab makes them, and some that it must refuse. */
async function driveEverything(exchanges: Exchange[]): Promise<void> {
  const forge = await createLocalForge({
    permissions: { metadata: 'read', ...forgePermissions },
    onExchange: (exchange) => exchanges.push(exchange),
  });
  onTestFinished(() => forge.close());
  await forge.createRepository({
    owner: 'acme',
    name: 'shop',
    files: { 'web/values.yaml': 'replicas: 2\n', 'old.txt': 'old\n' },
  });
  await forge.createRepository({ owner: 'acme', name: 'control', files: { 'app.yaml': 'kind: Application\n' } });
  const asApp = asker(forge, appToken(forge.app));
  const ask = asker(
    forge,
    await installationToken(asApp, 'acme/shop', { permissions: forgePermissions, repositories: ['shop', 'control'] }),
  );
  const main = await forge.resolve('acme/shop', 'main');
  forge.addTeam('acme', 'platform', ['bob']);
  forge.addKey('4AEE18F83AFDEB23');
  await forge.tag('acme/shop', { name: 'v1', at: 'main', signedBy: '4AEE18F83AFDEB23' });

  await driveApp(asApp, ask, forge.url);
  await driveGit(ask, main);
  await driveRepository(ask, main);
  await forge.commit('acme/shop', {
    branch: 'scale',
    from: 'main',
    message: 'Scale',
    author: 'bob',
    changes: { 'web/values.yaml': 'replicas: 3\n', 'old.txt': null, 'web/new.yaml': 'a: 1\n' },
  });
  await drivePulls(ask);
  await driveComments(ask, await forge.comment('acme/shop', 1, 'bob', '/preview'));
  await driveChecks(ask, main);
  await driveDeployments(ask, main);
  await ask(`PATCH ${REPO}/pulls/1`, { state: 'closed' });
  await ask(`PATCH ${REPO}/pulls/1`, { state: 'open', title: 'Scale the shop', body: null });
  await ask(`PUT ${REPO}/pulls/1/merge`, { merge_method: 'rebase' });
  await ask(`PUT ${REPO}/pulls/1/merge`, { sha: '0'.repeat(40) });
  const merged = await ask(`PUT ${REPO}/pulls/1/merge`, { merge_method: 'merge' });
  await ask(`GET ${REPO}/pulls/1`);
  await ask(`GET ${REPO}/commits/${String(merged.body['sha'])}/pulls`);
  await ask(`PUT ${REPO}/pulls/1/merge`, {});
}

const forgePermissions = {
  members: 'read',
  contents: 'write',
  pull_requests: 'write',
  issues: 'write',
  checks: 'write',
  statuses: 'write',
  deployments: 'write',
};

async function driveApp(asApp: Ask, ask: Ask, url: string): Promise<void> {
  await asApp('GET /app');
  await asApp('GET /app/installations?per_page=100');
  await asApp('GET /repos/acme/unknown/installation');
  await ask('GET /installation/repositories?per_page=1');
  await ask('GET /orgs/acme/teams/platform/memberships/bob');
  await ask('GET /orgs/acme/teams/platform/memberships/carol');
  const manifest = {
    name: 'trimtab-test',
    url: 'https://example.com',
    redirect_url: 'https://example.com/callback',
    default_permissions: { contents: 'write' },
    default_events: ['push'],
    hook_attributes: { url: 'https://example.com/hook' },
  };
  const created = await fetch(`${url}/settings/apps/new?state=abc`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ manifest: JSON.stringify(manifest) }),
  });
  const code = new URL(created.headers.get('location') ?? '').searchParams.get('code');
  await ask(`POST /app-manifests/${code}/conversions`);
  await ask('POST /app-manifests/used-up/conversions');
}

async function driveGit(ask: Ask, main: string): Promise<void> {
  await ask(`GET ${REPO}/git/ref/heads/main`);
  await ask(`GET ${REPO}/git/ref/heads%2Fmain`);
  await ask(`GET ${REPO}/git/ref/heads/none`);
  await ask(`GET ${REPO}/git/matching-refs/heads/`);
  const tag = await ask(`GET ${REPO}/git/ref/tags/v1`);
  await ask(`GET ${REPO}/git/tags/${shaOf(tag.body['object'])}`);
  const commit = await ask(`GET ${REPO}/git/commits/${main}`);
  const sha = shaOf(commit.body['tree']);
  await ask(`GET ${REPO}/git/trees/${sha}`);
  const all = await ask(`GET ${REPO}/git/trees/${main}?recursive=1`);
  expect(JSON.stringify(all.body)).toContain('web/values.yaml');
  const blob = await ask(`POST ${REPO}/git/blobs`, { content: 'cmVwbGljYXM6IDkK', encoding: 'base64' });
  await ask(`GET ${REPO}/git/blobs/${String(blob.body['sha'])}`);
  const entry = { path: 'web/values.yaml', mode: '100644', type: 'blob', sha: blob.body['sha'] };
  const newTree = await ask(`POST ${REPO}/git/trees`, { base_tree: sha, tree: [entry] });
  await ask(`POST ${REPO}/git/trees`, { tree: [{ path: 'x', mode: '100644', type: 'blob', content: 'x' }] });
  const newCommit = await ask(`POST ${REPO}/git/commits`, {
    message: 'Nine',
    tree: newTree.body['sha'],
    parents: [main],
  });
  const to = String(newCommit.body['sha']);
  await ask(`POST ${REPO}/git/refs`, { ref: 'refs/heads/nine', sha: main });
  await ask(`POST ${REPO}/git/refs`, { ref: 'refs/heads/nine', sha: main });
  await ask(`PATCH ${REPO}/git/refs/heads/nine`, { sha: to });
  await ask(`PATCH ${REPO}/git/refs/heads/nine`, { sha: main, force: false });
  await ask(`PATCH ${REPO}/git/refs/heads/nine`, { sha: main, force: true });
  await ask(`DELETE ${REPO}/git/refs/heads/nine`);
}

function shaOf(object: unknown): string {
  return typeof object === 'object' && object !== null && 'sha' in object ? String(object.sha) : '';
}

async function driveRepository(ask: Ask, main: string): Promise<void> {
  await ask(`GET ${REPO}`);
  await ask('GET /repos/acme/unknown');
  const archive = await ask(`GET ${REPO}/tarball/${main}`);
  expect((await fetch(archive.headers.get('location') ?? '')).status).toBe(200);
  await ask(`GET ${REPO}/commits?sha=main&per_page=1`);
  await ask(`GET ${REPO}/commits/main`);
  await ask(`GET ${REPO}/commits/unknown`);
  await ask(`GET ${REPO}/branches/main`);
  await ask(`GET ${REPO}/contents/web/values.yaml?ref=main`);
  await ask(`GET ${REPO}/contents/web`);
  await ask(`GET ${REPO}/contents/none.yaml`);
  await ask(`GET ${REPO}/collaborators/bob/permission`);
  await ask(`GET ${REPO}/collaborators/nobody/permission`);
}

async function drivePulls(ask: Ask): Promise<void> {
  await ask(`POST ${REPO}/pulls`, { title: 'Scale', head: 'scale', base: 'main', body: 'Three.' });
  await ask(`POST ${REPO}/pulls`, { title: 'Scale', head: 'scale', base: 'main' });
  await ask(`POST ${REPO}/pulls`, { title: 'Scale', head: 'none', base: 'main' });
  await ask(`GET ${REPO}/pulls?state=all&head=acme:scale&base=main&per_page=100`);
  await ask(`GET ${REPO}/pulls/1`);
  await ask(`GET ${REPO}/pulls/99`);
  await ask(`GET ${REPO}/pulls/1/files?per_page=100&page=1`);
  await ask(`PATCH ${REPO}/pulls/1`, { title: 'Scale up' });
  await ask(`GET ${REPO}/compare/main...scale`);
  await ask(`GET ${REPO}/commits/scale/pulls`);
  await ask(`POST ${REPO}/issues/1/labels`, { labels: ['preview', 'shop'] });
  await ask(`GET ${REPO}/issues/1/labels`);
  await ask(`GET ${REPO}/pulls/1`);
  await ask(`DELETE ${REPO}/issues/1/labels/shop`);
  await ask(`GET ${REPO}/issues/1`);
}

async function driveComments(ask: Ask, command: number): Promise<void> {
  const comment = await ask(`POST ${REPO}/issues/1/comments`, { body: 'The preview' });
  const own = `${REPO}/issues/comments/${String(comment.body['id'])}`;
  await ask(`PATCH ${own}`, { body: 'The preview, again' });
  await ask(`GET ${own}`);
  await ask(`GET ${REPO}/issues/1/comments?per_page=1&page=2`);
  await ask(`POST ${REPO}/issues/1/comments`, { body: 'x'.repeat(65_537) });
  await ask(`POST ${REPO}/issues/comments/${command}/reactions`, { content: 'eyes' });
  await ask(`POST ${REPO}/issues/comments/${command}/reactions`, { content: 'eyes' });
  await ask(`GET ${REPO}/issues/comments/${command}/reactions`);
  await ask(`DELETE ${own}`);
  await ask(`GET ${own}`);
}

async function driveChecks(ask: Ask, sha: string): Promise<void> {
  const check = await ask(`POST ${REPO}/check-runs`, { name: 'trimtab', head_sha: sha, status: 'in_progress' });
  const own = `${REPO}/check-runs/${String(check.body['id'])}`;
  const annotation = {
    path: 'web/values.yaml',
    start_line: 1,
    end_line: 1,
    annotation_level: 'failure',
    message: 'bad',
  };
  const output = { title: 'Broken', summary: 'It does not render.', annotations: [annotation] };
  await ask(`PATCH ${own}`, { status: 'completed', conclusion: 'failure', output });
  await ask(`PATCH ${own}`, { status: 'completed' });
  await ask(`GET ${own}`);
  await ask(`GET ${REPO}/commits/${sha}/check-runs?check_name=trimtab&filter=latest`);
  await ask(`POST ${REPO}/statuses/${sha}`, { state: 'success', context: 'trimtab/shop', description: 'Synced' });
  await ask(`GET ${REPO}/commits/${sha}/statuses`);
}

async function driveDeployments(ask: Ask, sha: string): Promise<void> {
  const wanted = { ref: sha, environment: 'production', auto_merge: false, description: 'shop' };
  await ask(`POST ${REPO}/deployments`, wanted);
  const first = await ask(`POST ${REPO}/deployments`, { ...wanted, required_contexts: [] });
  const second = await ask(`POST ${REPO}/deployments`, {
    ...wanted,
    required_contexts: [],
    payload: { application: 'shop' },
  });
  for (const deployment of [first, second]) {
    await ask(`POST ${REPO}/deployments/${String(deployment.body['id'])}/statuses`, { state: 'success' });
  }
  await ask(`GET ${REPO}/deployments?environment=production`);
  await ask(`GET ${REPO}/deployments/${String(first.body['id'])}`);
  await ask(`GET ${REPO}/deployments/${String(first.body['id'])}/statuses`);
}

describe('the embedded forge against GitHub’s OpenAPI description', () => {
  test('every route is driven, and every request and answer is as the description says', async () => {
    const exchanges: Exchange[] = [];
    await driveEverything(exchanges);
    const check = createOpenApiCheck();
    expect(exchanges.flatMap(check)).toEqual([]);
    const match = createRouter(routes);
    const driven = exchanges
      .filter((exchange) => exchange.status < 400)
      .map((exchange) => match(exchange.method, exchange.path)?.route.operation);
    expect([...new Set(driven)].sort()).toEqual([...OPERATIONS]);
  });

  test('a call that GitHub does not have is answered 404', async () => {
    const exchanges: Exchange[] = [];
    const forge = await createLocalForge({ onExchange: (exchange) => exchanges.push(exchange) });
    onTestFinished(() => forge.close());
    const answer: Answer = await asker(forge, appToken(forge.app))('GET /app/secrets');
    expect(answer.status).toBe(404);
    expect(answer.body['message']).toBe('Not Found');
    expect(exchanges.flatMap(createOpenApiCheck())).toHaveLength(1);
  });
});
