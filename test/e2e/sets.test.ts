import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { application, configMap, type Platform, REPO, startPlatform } from './platform.ts';

const URL = `https://github.com/${REPO}.git`;

/** A set that gives an application a folder below `teams/`. */
function set(name: string, folder: string, policy: Readonly<Record<string, unknown>> = {}): string {
  return stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name, namespace: 'argocd' },
    spec: {
      goTemplate: true,
      goTemplateOptions: ['missingkey=error'],
      generators: [{ git: { repoURL: URL, revision: 'HEAD', directories: [{ path: `${folder}/*` }] } }],
      syncPolicy: policy,
      template: {
        metadata: { name: '{{.path.basename | lower}}' },
        spec: {
          project: 'default',
          source: { repoURL: URL, targetRevision: 'HEAD', path: '{{.path.path}}' },
          destination: { server: 'https://kubernetes.default.svc', namespace: '{{.path.basename}}' },
          syncPolicy: { automated: { prune: true }, syncOptions: ['CreateNamespace=true'] },
        },
      },
    },
  });
}

/** A set that makes applications and then neither changes nor deletes them. */
function starters(names: readonly string[], folder = 'starters'): string {
  const text = set('starters', folder, { applicationsSync: 'create-only' });
  const generator = stringify({ generators: [{ list: { elements: names.map((name) => ({ name })) } }] });
  return text
    .replace(/ {2}generators:[\s\S]*?(?=\n {2}syncPolicy)/, generator.trimEnd().replace(/^/gm, '  '))
    .replaceAll('{{.path.basename | lower}}', '{{.name}}')
    .replaceAll('{{.path.basename}}', '{{.name}}')
    .replaceAll('{{.path.path}}', `${folder}/{{.name}}`);
}

let trimtab: Platform;

beforeAll(async () => {
  trimtab = await startPlatform({
    'argocd/web.yaml': application('web'),
    'apps/web/config.yaml': configMap('web', 'one'),
    'argocd/teams.yaml': set('teams', 'teams'),
    'teams/red/config.yaml': configMap('red', 'one'),
    'teams/blue/config.yaml': configMap('blue', 'one'),
    'argocd/keepers.yaml': set('keepers', 'keepers', { applicationsSync: 'create-update' }),
    'keepers/vault/config.yaml': configMap('vault', 'one'),
    'keepers/safe/config.yaml': configMap('safe', 'one'),
    'argocd/starters.yaml': starters(['alpha', 'beta']),
    'starters/alpha/config.yaml': configMap('alpha', 'one'),
    'starters/beta/config.yaml': configMap('beta', 'one'),
    'argocd/movers.yaml': set('movers', 'movers'),
    'movers/truck/config.yaml': configMap('truck', 'one'),
  });
});
afterAll(() => trimtab.close());

function deployed(name: string): unknown {
  return trimtab.cluster.get(`/api/v1/namespaces/${name}/configmaps/${name}`)?.['data'];
}

describe('an ApplicationSet over the folders of a repository', () => {
  test('has every folder deployed', async () => {
    await trimtab.schedule();
    expect(deployed('red')).toEqual({ value: 'one' });
    expect(deployed('blue')).toEqual({ value: 'one' });
    expect((await trimtab.store.statuses.load('blue'))?.sync).toBe('Synced');
  });

  test('a pull request that adds a folder shows a new application, and its merge deploys it', async () => {
    const { number } = await trimtab.propose({ 'teams/green/config.yaml': configMap('green', 'one') });
    const comment = trimtab.preview(number);
    expect(comment).toContain('green');
    expect(comment).toContain('ConfigMap green/green');
    expect(comment).not.toContain('ConfigMap red/red');
    expect(deployed('green')).toBeUndefined();
    await trimtab.forge.merge(REPO, number, 'bob');
    await trimtab.settled();
    expect(deployed('green')).toEqual({ value: 'one' });
  });

  test('a change of the template shows each application that it changes', async () => {
    const changed = set('teams', 'teams').replace(
      '  template:',
      '  templatePatch: |\n    metadata: {labels: {team: "{{ .path.basename }}"}}\n  template:',
    );
    const { number } = await trimtab.propose({
      'argocd/teams.yaml': changed,
      'teams/red/config.yaml': configMap('red', 'two'),
    });
    const comment = trimtab.preview(number);
    for (const name of ['red', 'blue']) expect(comment).toContain(name);
    expect(comment).toContain('-  value: one\n+  value: two');
  });

  test('a set that fails is told with its line, and loses nothing that it deployed', async () => {
    const broken = set('teams', 'teams').replace('{{.path.path}}', '{{.path.paht}}');
    const { number } = await trimtab.propose({ 'argocd/teams.yaml': broken });
    expect(trimtab.preview(number)).toContain('map has no entry for key "paht"');
    expect(trimtab.check(number).conclusion).toBe('failure');
    await trimtab.forge.merge(REPO, number, 'bob');
    await trimtab.settled();
    await trimtab.schedule();
    expect(deployed('red')).toBeDefined();
    expect(await trimtab.store.statuses.load('red')).toBeDefined();
    await trimtab.push({ 'argocd/teams.yaml': set('teams', 'teams') });
  });

  test('what it generates no more goes, with what was deployed, and the pull request says so', async () => {
    const { number } = await trimtab.propose({ 'teams/blue/config.yaml': null });
    expect(trimtab.preview(number)).toMatch(/blue[\s\S]*delete/i);
    await trimtab.forge.merge(REPO, number, 'bob');
    await trimtab.settled();
    await trimtab.schedule();
    expect(deployed('blue')).toBeUndefined();
    expect(await trimtab.store.statuses.load('blue')).toBeUndefined();
    expect(deployed('red')).toBeDefined();
  });

  test('what a set with create-update generates no more stays deployed', async () => {
    await trimtab.push({ 'keepers/safe/config.yaml': null });
    await trimtab.schedule();
    expect(deployed('safe')).toEqual({ value: 'one' });
    // As in Argo CD the application is still there, and there is nothing that it could be rendered from.
    expect((await trimtab.store.statuses.load('safe'))?.conditions.map(({ type }) => type)).toEqual([
      'ComparisonError',
    ]);
  });
});

describe('a set with create-only', () => {
  test('says in the pull request whom a change of it does not reach', async () => {
    const { number } = await trimtab.propose({ 'argocd/starters.yaml': starters(['alpha', 'gamma'], 'elsewhere') });
    const comment = trimtab.preview(number);
    expect(comment).toContain(
      '🔒 **Would not be updated** (`applicationsSync: create-only` of ApplicationSet `starters`): `alpha`.',
    );
    expect(comment).toContain('**Would not be deleted**');
    expect(comment).toContain('`beta`.');
    expect(comment).toMatch(/gamma[\s\S]*elsewhere\/gamma/);
    await trimtab.forge.merge(REPO, number, 'bob');
    await trimtab.settled();
  });

  test('leaves them to follow their sources as they were made', async () => {
    await trimtab.push({
      'starters/alpha/config.yaml': configMap('alpha', 'two'),
      'starters/beta/config.yaml': configMap('beta', 'two'),
    });
    await trimtab.schedule();
    expect([deployed('alpha'), deployed('beta')]).toEqual([{ value: 'two' }, { value: 'two' }]);
  });

  test('takes them along when it goes itself', async () => {
    await trimtab.push({ 'argocd/starters.yaml': null });
    await trimtab.schedule();
    await trimtab.schedule();
    expect([deployed('alpha'), deployed('beta')]).toEqual([undefined, undefined]);
    expect(await trimtab.store.statuses.load('beta')).toBeUndefined();
  });
});

describe('a set that preserves resources on deletion', () => {
  test('preserves what was deployed before it said so', async () => {
    await trimtab.push({ 'argocd/movers.yaml': set('movers', 'movers', { preserveResourcesOnDeletion: true }) });
    await trimtab.schedule();
    await trimtab.push({ 'argocd/movers.yaml': null });
    await trimtab.schedule();
    expect(deployed('truck')).toEqual({ value: 'one' });
    expect(await trimtab.store.statuses.load('truck')).toBeUndefined();
  });
});
