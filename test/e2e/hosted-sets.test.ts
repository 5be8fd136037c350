import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { configMap, type Platform, startPlatform } from './platform.ts';

/** Sets whose elements are at GitHub: an environment for each pull request, an application for each repository. */
const SHOP = 'acme/shop';

function set(name: string, generator: unknown, template: Readonly<Record<string, string>>, policy = {}): string {
  const { application = '', repoURL = '', revision = '', namespace = '' } = template;
  return stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name, namespace: 'argocd' },
    spec: {
      goTemplate: true,
      goTemplateOptions: ['missingkey=error'],
      generators: [generator],
      syncPolicy: policy,
      template: {
        metadata: { name: application },
        spec: {
          project: 'default',
          source: { repoURL, targetRevision: revision, path: 'deploy' },
          destination: { server: 'https://kubernetes.default.svc', namespace },
          syncPolicy: { automated: { prune: true }, syncOptions: ['CreateNamespace=true'] },
        },
      },
    },
  });
}

function pulls(name: string, label: string, policy = {}): string {
  const generator = { pullRequest: { github: { owner: 'Acme', repo: 'shop', labels: [label] } } };
  const application = `${name}-{{.number}}`;
  return set(
    name,
    generator,
    { application, repoURL: `https://github.com/${SHOP}.git`, revision: '{{.head_sha}}', namespace: application },
    policy,
  );
}

let trimtab: Platform;

beforeAll(async () => {
  trimtab = await startPlatform({
    'argocd/pulls.yaml': pulls('preview', 'preview'),
    'argocd/kept.yaml': pulls('kept', 'keep', { applicationsSync: 'create-update' }),
    'argocd/services.yaml': set(
      'services',
      {
        scmProvider: {
          cloneProtocol: 'https',
          github: { organization: 'acme', excludeArchivedRepos: true },
          filters: [{ repositoryMatch: '^svc-', pathsExist: ['deploy/config.yaml'] }],
        },
      },
      { application: '{{.repository}}', repoURL: '{{.url}}', revision: '{{.branch}}', namespace: '{{.repository}}' },
    ),
  });
  const { forge } = trimtab;
  await forge.createRepository({
    owner: 'acme',
    name: 'shop',
    files: { 'deploy/config.yaml': configMap('shop', 'one') },
  });
  await forge.createRepository({
    owner: 'acme',
    name: 'svc-a',
    files: { 'deploy/config.yaml': configMap('a', 'one') },
  });
  await forge.createRepository({ owner: 'acme', name: 'svc-empty', files: { 'README.md': 'Nothing yet' } });
});
afterAll(() => trimtab.close());

function deployed(namespace: string, name = 'shop'): unknown {
  return trimtab.cluster.get(`/api/v1/namespaces/${namespace}/configmaps/${name}`)?.['data'];
}

async function openPull(branch: string, value: string): Promise<number> {
  await commit(branch, value, 'main');
  const { number } = await trimtab.forge.openPull(SHOP, { title: branch, head: branch, user: 'alice' });
  await trimtab.settled();
  return number;
}

async function commit(branch: string, value: string, from?: string): Promise<void> {
  const changes = { 'deploy/config.yaml': configMap('shop', value) };
  await trimtab.forge.commit(SHOP, { branch, ...(from === undefined ? {} : { from }), message: value, changes });
}

async function label(number: number, name: string): Promise<void> {
  await trimtab.forge.label(SHOP, number, name);
  await trimtab.settled();
}

describe('an SCM provider set', () => {
  test('deploys each repository that its filters take, and a new one with the next look', async () => {
    await trimtab.schedule();
    expect(deployed('svc-a', 'a')).toEqual({ value: 'one' });
    expect(await trimtab.store.statuses.load('svc-empty')).toBeUndefined();
    const files = { 'deploy/config.yaml': configMap('b', 'one') };
    await trimtab.forge.createRepository({ owner: 'acme', name: 'svc-b', files });
    await trimtab.schedule();
    expect(deployed('svc-b', 'b')).toEqual({ value: 'one' });
  });

  test('follows a push to the branch of a repository', async () => {
    const changes = { 'deploy/config.yaml': configMap('a', 'two') };
    await trimtab.forge.commit('acme/svc-a', { branch: 'main', message: 'Two', changes });
    await trimtab.settled();
    expect(deployed('svc-a', 'a')).toEqual({ value: 'two' });
  });
});

describe('a pull request set, without a scheduled look in between', () => {
  let number = 0;

  test('deploys a pull request as soon as it has the label', async () => {
    number = await openPull('cart', 'cart');
    expect(deployed(`preview-${number}`)).toBeUndefined();
    await label(number, 'preview');
    expect(deployed(`preview-${number}`)).toEqual({ value: 'cart' });
    expect((await trimtab.store.statuses.load(`preview-${number}`))?.sync).toBe('Synced');
  });

  test('follows its commits', async () => {
    await commit('cart', 'cart two');
    await trimtab.settled();
    expect(deployed(`preview-${number}`)).toEqual({ value: 'cart two' });
  });

  test('deletes what it deployed when the pull request is closed', async () => {
    await trimtab.forge.closePull(SHOP, number);
    await trimtab.settled();
    expect(deployed(`preview-${number}`)).toBeUndefined();
    expect(deployed('svc-a', 'a')).toEqual({ value: 'two' });
  });

  test('leaves it with create-update, also when the pull request is merged', async () => {
    const kept = await openPull('checkout', 'checkout');
    await label(kept, 'keep');
    expect(deployed(`kept-${kept}`)).toEqual({ value: 'checkout' });
    await trimtab.forge.merge(SHOP, kept, 'bob');
    await trimtab.settled();
    await trimtab.schedule();
    expect(deployed(`kept-${kept}`)).toEqual({ value: 'checkout' });
    expect((await trimtab.store.statuses.load(`kept-${kept}`))?.sync).toBe('Synced');
    expect(await trimtab.store.statuses.load(`preview-${number}`)).toBeUndefined();
  });
});
