import { expect, it } from 'vitest';
import { annotated, configMap, deployment, inWave, optioned } from './objects.ts';
import { eventually, type Story, type Workshop } from './stage.ts';

const TRACKING = 'argocd.argoproj.io/tracking-id';

/** https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#no-prune-resources and around it. */
export function prunesContract(workshop: () => Workshop): void {
  const uid = async (story: Story, name: string): Promise<string | undefined> =>
    (await story.get(`v1/configmaps/${name}`))?.metadata.uid;
  const kept = configMap('kept', 'x');

  it('takes what Git no longer has, with all that it owned, and nothing of anybody else', async () => {
    const story = await workshop().deploy([kept, configMap('gone', 'x'), deployment('web')]);
    await story.until('Synced Healthy');
    await workshop().cluster.post(story.path('v1/configmaps'), configMap('foreign', 'x'));
    await story.push([kept]);
    expect(await story.tasks()).toEqual([
      'Sync 0 prune ConfigMap gone Succeeded',
      'Sync 0 apply ConfigMap kept Succeeded',
      'Sync 0 prune Deployment web Succeeded',
    ]);
    for (const name of ['kept', 'foreign']) expect(await uid(story, name)).toBeDefined();
    expect(await uid(story, 'gone')).toBeUndefined();
    for (const kind of ['apps/v1/deployments', 'apps/v1/replicasets', 'v1/pods']) {
      expect((await story.get(kind)).items).toEqual([]);
    }
    await story.until('Synced Healthy');
  });

  it('goes in reverse of the waves in which things came, and a wave is gone before the next goes', async () => {
    const story = await workshop().deploy([
      kept,
      inWave(configMap('base', 'x'), -1),
      inWave(configMap('middle', 'x'), 1),
      inWave(deployment('top'), 2),
    ]);
    await story.push([kept]);
    const pruned = (await story.tasks()).filter((line) => line.includes('prune'));
    expect(pruned).toEqual([
      'Sync -1 prune Deployment top Succeeded',
      'Sync 1 prune ConfigMap middle Succeeded',
      'Sync 2 prune ConfigMap base Succeeded',
    ]);
  });

  it('with PruneLast waits until all that comes is healthy', async () => {
    const story = await workshop().deploy([kept, configMap('old', 'x')], { syncOptions: ['PruneLast=true'] });
    await story.push([kept, inWave(deployment('new'), 3)]);
    const tasks = await story.tasks();
    expect(tasks.slice(-2)).toEqual(['Sync 3 apply Deployment new Succeeded', 'Sync 4 prune ConfigMap old Succeeded']);
    expect(await uid(story, 'old')).toBeUndefined();
  });

  it('with PruneLast leaves the old where the new does not become healthy', async () => {
    const story = await workshop().deploy([kept, configMap('old', 'x')], { syncOptions: ['PruneLast=true'] });
    const broken = { metadata: { labels: { app: 'new' } }, spec: { containers: [{ name: 'web', image: 'broken:1' }] } };
    await story.push([kept, inWave(deployment('new', { template: broken, progressDeadlineSeconds: 1 }), 3)]);
    expect((await story.last()).phase).toBe('Failed');
    expect(await uid(story, 'old')).toBeDefined();
  });

  it('leaves what says Prune=false, which stays OutOfSync', async () => {
    const story = await workshop().deploy([kept, optioned(configMap('data', 'x'), 'Prune=false')]);
    await story.push([kept]);
    expect(await uid(story, 'data')).toBeDefined();
    expect(await story.message('ConfigMap data')).toBe('ignored (no prune)');
    expect(await story.status()).toMatchObject({ sync: 'OutOfSync' });
  });

  it('leaves what says Prune=confirm until somebody confirms it after the sync began', async () => {
    const confirmed = { annotations: { 'argocd.argoproj.io/deletion-approved': '2020-01-01T00:00:00Z' } };
    const story = await workshop().deploy([kept, optioned(configMap('data', 'x'), 'Prune=confirm')], confirmed);
    story.stage.commit({ [`${story.name}/all.yaml`]: JSON.stringify(kept) });
    const asking = story.look();
    await eventually(async () =>
      expect(await (async () => (await story.stage.store.operations.load(story.name))?.value.message)()).toContain(
        'waiting for pruning confirmation',
      ),
    );
    expect(await uid(story, 'data')).toBeDefined();
    const approved = new Date(Date.now() + 365 * 86_400_000).toISOString();
    story.stage.commit(story.file({ annotations: { 'argocd.argoproj.io/deletion-approved': approved } }));
    await asking;
    expect(await uid(story, 'data')).toBeUndefined();
  });

  it('leaves what lost its tracking annotation, or carries that of another object', async () => {
    const story = await workshop().deploy([kept, configMap('lost', 'x'), configMap('copied', 'x')]);
    const copied = `${story.name}:/ConfigMap:${story.namespace}/kept`;
    await story.edit('v1/configmaps/lost', { metadata: { annotations: { [TRACKING]: null } } });
    await story.edit('v1/configmaps/copied', { metadata: { annotations: { [TRACKING]: copied } } });
    await story.push([configMap('kept', 'new')]);
    for (const name of ['lost', 'copied']) {
      expect(await uid(story, name)).toBeDefined();
      expect(await story.message(`ConfigMap ${name}`)).toContain('no longer carries the tracking id');
    }
    expect((await story.status()).sync).toBe('Synced');
  });

  it('leaves what an object owns with PrunePropagationPolicy=orphan', async () => {
    const story = await workshop().deploy([kept, deployment('web')], {
      syncOptions: ['PrunePropagationPolicy=orphan'],
    });
    await story.until('Synced Healthy');
    await story.push([kept]);
    expect((await story.get('apps/v1/deployments')).items).toEqual([]);
    expect((await story.get('apps/v1/replicasets')).items).toHaveLength(1);
    expect((await story.get('v1/pods')).items).toHaveLength(1);
  });

  it('leaves what another application has by now: it changes hands with its uid', async () => {
    const moving = configMap('moving', 'x');
    const from = await workshop().deploy([kept, moving]);
    const to = await from.stage.deploy([configMap('other', 'x')], { namespace: from.namespace });
    const before = await uid(from, 'moving');
    from.stage.commit({
      [`${from.name}/all.yaml`]: JSON.stringify(kept),
      [`${to.name}/all.yaml`]: JSON.stringify(moving),
    });
    await from.look();
    expect(await uid(from, 'moving')).toBe(before);
    await to.look();
    await from.look();
    const moved = await from.get('v1/configmaps/moving');
    expect(moved.metadata.uid).toBe(before);
    expect(moved.metadata.annotations[TRACKING]).toBe(`${to.name}:/ConfigMap:${from.namespace}/moving`);
    for (const story of [from, to]) expect((await story.status()).sync).toBe('Synced');
  });

  it('leaves all of an application that is renamed in one commit: the new name takes it over', async () => {
    const finalizers = ['resources-finalizer.argocd.argoproj.io'];
    const story = await workshop().deploy([kept, deployment('web')], { finalizers });
    const before = (await story.get('apps/v1/deployments/web')).metadata.uid;
    const renamed = `${story.name}-new`;
    story.stage.commit({ [`apps/${story.name}.yaml`]: null, ...story.file({ finalizers }, renamed) });
    await story.stage.look(story.name, renamed);
    await story.stage.look(renamed);
    const { metadata } = await story.get('apps/v1/deployments/web');
    expect(metadata).toMatchObject({ uid: before });
    expect(metadata.deletionTimestamp).toBeUndefined();
    expect(metadata.annotations[TRACKING]).toContain(`${renamed}:`);
    expect(await story.stage.store.statuses.load(story.name)).toBeUndefined();
    expect(await story.stage.store.statuses.load(renamed)).toMatchObject({ sync: 'Synced' });
  });

  it('leaves what two applications desire to the one that has it, and the other says so', async () => {
    const shared = configMap('shared', 'x');
    const first = await workshop().deploy([kept, shared]);
    const second = await first.stage.deploy([configMap('own', 'x'), shared], { namespace: first.namespace });
    const owner = async () => (await first.get('v1/configmaps/shared')).metadata.annotations[TRACKING].split(':')[0];
    // Whoever syncs takes it, as with Argo CD; but no look does.
    expect(await owner()).toBe(second.name);
    await first.look();
    await second.look();
    expect(await owner()).toBe(second.name);
    expect(await first.status()).toMatchObject({
      sync: 'Synced',
      conditions: [
        {
          type: 'SharedResourceWarning',
          message: `ConfigMap ${first.namespace}/shared is part of applications ${first.name} and ${second.name}`,
        },
      ],
    });
    await second.push([configMap('own', 'x')]);
    expect(await uid(first, 'shared')).toBeDefined();
    await first.look();
    expect(await owner()).toBe(first.name);
  });

  it('stops where it would take more than half of an application, until somebody says so', async () => {
    const many = ['a', 'b', 'c', 'd'].map((name) => configMap(name, 'x'));
    const story = await workshop().deploy([kept, ...many]);
    await story.push([kept]);
    const { phase, message } = await story.last();
    expect(phase).toBe('Error');
    expect(message).toContain('would delete 4 of the 5 resources');
    for (const { metadata } of many) expect(await uid(story, metadata.name ?? '')).toBeDefined();
    await story.sync();
    for (const { metadata } of many) expect(await uid(story, metadata.name ?? '')).toBeUndefined();
    await story.until('Synced Healthy');
  });

  it('never takes the last of an application that renders to nothing by itself', async () => {
    const story = await workshop().deploy([kept]);
    await story.push([annotated(configMap('hook', 'x'), { 'argocd.argoproj.io/hook': 'PostSync' })]);
    expect(await story.last()).toMatchObject({
      phase: 'Error',
      message: expect.stringContaining('renders to no resource'),
    });
    expect(await uid(story, 'kept')).toBeDefined();
  });

  it('finds what it applied when the store was lost', async () => {
    const story = await workshop().deploy([kept, configMap('gone', 'x')]);
    const fresh = await workshop().stage(story.stage);
    fresh.commit({ [`${story.name}/all.yaml`]: JSON.stringify(kept) });
    await fresh.look(story.name);
    expect(await uid(story, 'gone')).toBeUndefined();
    expect(await fresh.store.statuses.load(story.name)).toMatchObject({ sync: 'Synced' });
  });
}
