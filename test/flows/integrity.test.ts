import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCatalogue } from '../../src/catalog/read-catalogue.ts';
import { type IntegrityPorts, integrityConditions, signedOnce } from '../../src/flows/integrity.ts';
import { createForge } from '../../src/forge/index.ts';
import { createLocalForge, type LocalForge } from '../../src/local/forge/index.ts';
import type { Application } from '../../src/spec/application.ts';
import type { Forge } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';

const TEAM = '4AEE18F83AFDEB23';
const STRANGER = 'D56C4FCA57A46444';
const REPO = 'acme/web';

let site: LocalForge;
let forge: Forge;
let calls = 0;
/** Names of commits → SHAs. */
const shas: Record<string, string> = {};

beforeAll(async () => {
  site = await createLocalForge({
    onExchange: () => {
      calls += 1;
    },
  });
  await site.createRepository({ owner: 'acme', name: 'web', files: { a: '0' } });
  for (const key of [TEAM, STRANGER]) site.addKey(key);
  const { app, apiUrl: url } = site;
  forge = createForge({ appId: app.id, privateKey: app.privateKey, url });
  const commit = async (name: string, signedBy?: string, message = name): Promise<void> => {
    const by = signedBy === undefined ? {} : { signedBy };
    shas[name] = await site.commit(REPO, { branch: 'main', message, author: 'bob', changes: { a: name }, ...by });
  };
  await commit('unsigned');
  await site.tag(REPO, { name: 'v1', at: 'main', signedBy: TEAM });
  await commit('seal', TEAM, 'Trust what was\n\nArgocd-gpg-seal: reviewed by the team');
  await commit('signed', TEAM);
  await site.tag(REPO, { name: 'v2', at: 'main' });
  await commit('stranger', STRANGER);
  await commit('last', TEAM);
  await commit('unknown', 'AAAAAAAAAAAAAAAA');
});
afterAll(() => site.close());

/** What is wrong with an application whose source is at a commit, under a rule of its project. */
async function problems(
  rule: string,
  revision: string,
  source: Partial<Application['spec']['source']> & object = {},
  ports: IntegrityPorts = { forge, host: 'github.com' },
): Promise<readonly string[]> {
  const project = `apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: shop}\nspec: {${rule}}\n`;
  const catalogue = readCatalogue('', [{ path: 'project.yaml', text: project }]);
  const application: Application = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web' },
    spec: {
      project: 'shop',
      source: { repoURL: `https://github.com/${REPO}`, path: '.', ...source },
      destination: { name: 'in-cluster' },
    },
  };
  const found = await integrityConditions(application, [shas[revision] ?? revision], catalogue, ports);
  expect(found.filter(({ type }) => type !== 'ComparisonError')).toEqual([]);
  return found.map(({ message }) => message);
}

const KEYS = `signatureKeys: [{keyID: ${TEAM}}]`;
const policy = (mode: string): string =>
  `sourceIntegrity: {git: {policies: [{repos: [{url: 'https://github.com/acme/*'}], gpg: {mode: ${mode}, keys: [${TEAM}]}}]}}`;
const failed = (what: string, reason: string, keyId = ''): string =>
  `GIT/GPG: Failed verifying revision ${shas[what] ?? what} by 'Bob <bob@users.noreply.localhost>': ${reason} (key_id=${keyId})`;

it('syncs a commit that an allowed key signed, and no other', async () => {
  expect(await problems(KEYS, 'signed')).toEqual([]);
  expect(await problems(KEYS, 'unsigned')).toEqual([failed('unsigned', 'unsigned')]);
  expect(await problems(KEYS, 'stranger')).toEqual([failed('stranger', 'signed with unallowed key', STRANGER)]);
  expect(await problems(KEYS, 'unknown')).toEqual([
    failed('unknown', 'signed with a key that GitHub does not know', 'AAAAAAAAAAAAAAAA'),
  ]);
});

it('looks at the signature of an annotated tag where a source names one, and not at its commit', async () => {
  expect(await problems(KEYS, 'unsigned', { targetRevision: 'v1' })).toEqual([]);
  expect(await problems(KEYS, 'signed', { targetRevision: 'v2' })).toEqual([
    "GIT/GPG: Failed verifying revision v2 by 'Alice <alice@users.noreply.localhost>': unsigned (key_id=)",
  ]);
  expect(await problems(KEYS, 'signed', { targetRevision: 'main' })).toEqual([]);
});

it('verifies the history as far as the seal in strict mode', async () => {
  expect(await problems(policy('strict'), 'signed')).toEqual([]);
  expect(await problems(policy('head'), 'last')).toEqual([]);
  expect(await problems(policy('strict'), 'last')).toEqual([failed('stranger', 'signed with unallowed key', STRANGER)]);
  expect(await problems(policy('strict'), 'unsigned', { targetRevision: 'v1' })).toHaveLength(2);
});

it('asks nothing of charts, and of repositories that no policy names', async () => {
  const none: IntegrityPorts = {};
  expect(await problems(KEYS, '1.0.0', { repoURL: 'https://charts.acme.example', chart: 'web' }, none)).toEqual([]);
  expect(await problems(KEYS, '1.0.0', { repoURL: 'oci://ghcr.io/acme/web' }, none)).toEqual([]);
  expect(await problems(policy('strict'), 'unsigned', { repoURL: 'https://github.com/other/web' }, none)).toEqual([]);
  expect(await problems(policy('none'), 'unsigned', {}, none)).toEqual([]);
});

it('counts nothing as signed that GitHub cannot be asked about, and says why', async () => {
  const elsewhere = { repoURL: 'https://gitlab.com/acme/web' };
  expect((await problems(KEYS, 'signed', elsewhere))[0]).toContain('and https://gitlab.com/acme/web is elsewhere');
  expect((await problems(KEYS, 'signed', {}, {}))[0]).toContain('GitHub, which is not asked here');
  expect((await problems(KEYS, 'signed', { targetRevision: '^1.0' }))[0]).toContain('^1.0 is a range of tags');
  const foreign = { repoURL: 'https://github.com/umbrella/web' };
  expect((await problems(KEYS, 'signed', foreign))[0]).toContain(
    'The App may not read umbrella/web: install it there.',
  );
});

it('is no verdict while GitHub cannot verify, so that it is asked again', async () => {
  const problem = new Problem('unavailable', 'GitHub cannot verify signatures at the moment.');
  const down = { ...forge, signedCommit: () => Promise.reject(problem) };
  await expect(problems(KEYS, 'signed', {}, { forge: down })).rejects.toBe(problem);
});

it('asks GitHub once for all applications of a commit', async () => {
  const once = { forge: signedOnce(forge), host: 'github.com' };
  for (const mode of ['head', 'strict']) await problems(policy(mode), 'last', {}, once);
  const before = calls;
  for (const mode of ['head', 'strict']) await problems(policy(mode), 'last', {}, once);
  expect(calls).toBe(before);
});
