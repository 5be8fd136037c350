import { expect, it } from 'vitest';
import { configMap, deployment, inWave } from './objects.ts';
import { eventually, type Story, type Workshop } from './stage.ts';

/** https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#resources-prune-deletion-propagation-policy */
export function propagationContract(workshop: () => Workshop): void {
  const kept = configMap('kept', 'x');
  const held = (name: string) => ({
    ...configMap(name, 'x'),
    metadata: { name, finalizers: ['example.com/backup'] },
  });
  const listed = async (story: Story, kind: string): Promise<readonly string[]> =>
    (await story.get(kind)).items.map((one: { metadata: { name: string } }) => one.metadata.name);

  it('in the foreground, which is the default, is over when what the object owned is gone', async () => {
    const story = await workshop().deploy([kept, deployment('web')]);
    await story.until('Synced Healthy');
    await story.push([kept]);
    expect((await story.last()).phase).toBe('Succeeded');
    for (const kind of ['apps/v1/deployments', 'apps/v1/replicasets', 'v1/pods']) {
      expect(await listed(story, kind)).toEqual([]);
    }
  });

  it('in the background is over when the object is gone; the rest follows', async () => {
    const story = await workshop().deploy([kept, deployment('web')], {
      syncOptions: ['PrunePropagationPolicy=background'],
    });
    await story.until('Synced Healthy');
    const pods = await listed(story, 'v1/pods');
    // A finalizer of its own holds the pod back, which in the foreground would hold the Deployment
    await story.edit(`v1/pods/${pods[0]}`, { metadata: { finalizers: ['example.com/backup'] } });
    await story.push([kept]);
    expect((await story.last()).phase).toBe('Succeeded');
    expect(await listed(story, 'apps/v1/deployments')).toEqual([]);
    await eventually(async () => {
      const [pod] = (await story.get('v1/pods')).items;
      expect(pod?.metadata.deletionTimestamp).toBeDefined();
    });
    await story.edit(`v1/pods/${pods[0]}`, { metadata: { finalizers: null } });
    await eventually(async () => expect(await (() => listed(story, 'v1/pods'))()).toEqual([]));
  });

  it('waits for the finalizer of somebody else, says for what, and goes on when it is taken off', async () => {
    const story = await workshop().deploy([kept, configMap('base', 'x'), inWave(held('held'), 1)]);
    await story.until('Synced Healthy');
    story.stage.commit({ [`${story.name}/all.yaml`]: JSON.stringify(kept) });
    const pruning = story.look();
    await eventually(async () =>
      expect(await (async () => (await story.stage.store.operations.load(story.name))?.value.message)()).toContain(
        'held',
      ),
    );
    const { metadata } = await story.get('v1/configmaps/held');
    expect(metadata.deletionTimestamp).toBeDefined();
    // It came in a later wave than `base`, so that one goes only after it
    expect(await story.get('v1/configmaps/base')).toBeDefined();
    await story.edit('v1/configmaps/held', { metadata: { finalizers: null } });
    await pruning;
    expect((await story.last()).phase).toBe('Succeeded');
    expect(await listed(story, 'v1/configmaps')).not.toContain('base');
    await story.until('Synced Healthy');
  });
}
