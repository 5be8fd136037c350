import { describe, expect, it } from 'vitest';
import { readCatalogue } from '../../src/catalog/read-catalogue.ts';
import { deleteVanished } from '../../src/flows/delete-vanished.ts';
import { newOperation } from '../../src/flows/start-operation.ts';
import type { Application } from '../../src/spec/application.ts';
import type { Job } from '../../src/spec/event.ts';
import type { Operation } from '../../src/spec/operation.ts';
import { createMemoryStore, emptyStore } from '../faults/memory-store.ts';

/** What becomes of an application that Git defines no more, by what it was when it was looked at last. */
const REPO = 'https://github.com/acme/platform';
const AT = '2026-11-24T08:00:00.000Z';
const FINALIZER = 'resources-finalizer.argocd.argoproj.io';

function app(name: string, finalizers: readonly string[] = []): Application {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, ...(finalizers.length > 0 && { finalizers }) },
    spec: { project: 'default', source: { repoURL: REPO, path: name }, destination: { name: 'in-cluster' } },
  };
}

const OTHER = JSON.stringify(app('other'));

interface Story {
  /** Text of the one file of each commit. */
  readonly commits: Readonly<Record<string, string>>;
  /** The commit at which it was synced, that of the last look, and that of now. */
  readonly synced: string;
  readonly looked: string;
  readonly now: string;
  /** The commit that the branch is at by the time it would go. Default: that of now. */
  readonly head?: string;
  /** The set that made it, and what it was as it was synced and as it was looked at. */
  readonly made?: { readonly set: string; readonly synced: Application; readonly looked: Application };
}

/** Whether its resources are deleted, left, or nothing is decided yet. */
async function endOf({ commits, synced, looked, now, head = now, made }: Story): Promise<'deleted' | 'left' | 'waits'> {
  const store = createMemoryStore(emptyStore(), () => Date.parse(AT));
  const jobs: Job[] = [];
  const files = (revision: string) => [{ path: 'apps.yaml', text: commits[revision] ?? '' }];
  const begun = newOperation(
    {
      application: made?.synced ?? app('web'),
      revisions: ['r1'],
      definition: synced,
      from: made && { generatedBy: made.set },
      trigger: { kind: 'push' },
      prune: true,
    },
    AT,
  );
  const done: Operation = { ...begun, phase: 'Succeeded', finished: true, finishedAt: AT };
  await store.operations.save(done, 0);
  const status = {
    sync: 'Synced' as const,
    health: { status: 'Healthy' as const, message: '' },
    healthSince: AT,
    revisions: ['r1'],
    conditions: [],
    resources: [],
    drift: [],
    observedAt: AT,
  };
  await store.statuses.save({ ...status, application: 'other', definition: looked });
  await store.statuses.save({
    ...status,
    application: 'web',
    definition: looked,
    ...(made && { generated: { set: made.set, application: made.looked } }),
  });
  const gone = { controlURL: REPO, revision: now, catalogue: readCatalogue(REPO, files(now)) };
  await deleteVanished(gone, {
    source: {
      resolve: async () => head,
      checkout: async (repoURL, revision) => ({ repoURL, revision, dir: '/nowhere' }),
      manifestFiles: async ({ revision }) => files(revision),
    },
    store,
    queue: {
      send: async (job) => {
        jobs.push(job);
      },
    },
    clock: () => AT,
  });
  const last = (await store.operations.load('web'))?.value;
  if (last?.deletes === true) return 'deleted';
  return (await store.statuses.load('web')) === undefined ? 'left' : 'waits';
}

const documents = (...all: readonly unknown[]): string => all.map((one) => JSON.stringify(one)).join('\n---\n');

describe('an application that is gone from Git', () => {
  const bare = documents(app('other'), app('web'));
  const final = documents(app('other'), app('web', [FINALIZER]));
  const commits = { bare, final, gone: OTHER, broken: `${OTHER}\n---\nkind: [` };

  it.each([
    ['deleted', 'has the finalizer', { synced: 'final', looked: 'final' }],
    ['left', 'has none', { synced: 'bare', looked: 'bare' }],
    ['left', 'had its finalizer removed since its last sync', { synced: 'final', looked: 'bare' }],
    ['deleted', 'got it since its last sync', { synced: 'bare', looked: 'final' }],
  ] as const)('is %s where it %s', async (expected, _what, commit) => {
    expect(await endOf({ commits, ...commit, now: 'gone' })).toBe(expected);
  });

  it('waits when it is back by the time the look is done that found it gone', async () => {
    expect(await endOf({ commits, synced: 'final', looked: 'final', now: 'gone', head: 'final' })).toBe('waits');
  });

  it('is not decided on while a manifest is broken that it may stand in', async () => {
    expect(await endOf({ commits, synced: 'final', looked: 'final', now: 'broken' })).toBe('waits');
  });
});

describe('an application of a set that is gone', () => {
  const set = (policy: string, finalizers: readonly string[]): unknown => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name: 'fleet', finalizers },
    spec: {
      generators: [{ list: { elements: [{ name: 'web' }] } }],
      syncPolicy: { applicationsSync: policy },
      template: { metadata: { name: '{{name}}' }, spec: {} },
    },
  });
  const final = app('web', [FINALIZER]);

  it.each([
    ['deleted', 'sync', []],
    ['deleted', 'create-only', []],
    ['left', 'create-only', [FINALIZER]],
    ['left', 'create-update', [FINALIZER]],
    ['deleted', 'create-delete', [FINALIZER]],
  ] as const)('is %s with %s and finalizers %j', async (expected, policy, finalizers) => {
    const commits = { before: documents(app('other'), set(policy, finalizers)), now: OTHER };
    const made = { set: 'fleet', synced: final, looked: final };
    expect(await endOf({ commits, synced: 'before', looked: 'before', now: 'now', made })).toBe(expected);
  });

  it('is left where the set preserves resources since its last sync', async () => {
    const commits = { before: documents(app('other'), set('sync', [])), now: OTHER };
    const made = { set: 'fleet', synced: final, looked: app('web') };
    expect(await endOf({ commits, synced: 'before', looked: 'before', now: 'now', made })).toBe('left');
  });
});
