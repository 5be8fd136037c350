import { expect, it } from 'vitest';
import { configMap, deployment, hook, inWave, optioned, widgets } from './objects.ts';
import { eventually, type Story, uniqueName, type Workshop } from './stage.ts';

const FINALIZER = 'resources-finalizer.argocd.argoproj.io';

/** https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/ */
export function deletionsContract(workshop: () => Workshop): void {
  const bystander = [configMap('bystander', 'x')];
  /** An application beside another one that stays, so that Git never looks emptied. */
  async function begin(manifests: readonly object[], finalizers: readonly string[]): Promise<Story> {
    const story = await workshop().deploy(manifests, finalizers.length === 0 ? {} : { finalizers });
    await story.stage.deploy(bystander);
    return story;
  }
  const listed = async (story: Story, kind: string) =>
    (await story.get(kind)).items.map((one: { metadata: { name: string } }) => one.metadata.name);

  it('without the finalizer leaves everything as it is', async () => {
    const story = await begin([configMap('settings', 'x'), deployment('web')], []);
    const { uid } = (await story.get('apps/v1/deployments/web')).metadata;
    await story.define(undefined);
    await story.look();
    expect((await story.get('apps/v1/deployments/web')).metadata).toMatchObject({ uid });
    expect(await story.get('v1/configmaps/settings')).toBeDefined();
    expect(await story.stage.store.statuses.load(story.name)).toBeUndefined();
  });

  it('with the finalizer takes all of it, in reverse of the waves, and is over when what it owned is gone, too', async () => {
    const story = await begin([configMap('settings', 'x'), inWave(deployment('web'), 1)], [FINALIZER]);
    await story.until('Synced Healthy');
    await workshop().cluster.post(story.path('v1/configmaps'), configMap('foreign', 'x'));
    await story.define(undefined);
    expect(await story.tasks()).toEqual([
      'Sync 0 prune Deployment web Succeeded',
      'Sync 1 prune ConfigMap settings Succeeded',
    ]);
    expect(await listed(story, 'v1/pods')).toEqual([]);
    expect(await listed(story, 'apps/v1/replicasets')).toEqual([]);
    expect(await listed(story, 'v1/configmaps')).toContain('foreign');
    await story.look();
    expect(await story.stage.store.statuses.load(story.name)).toBeUndefined();
    // Argo CD leaves the namespace of CreateNamespace, too.
    expect((await workshop().cluster.get(`/api/v1/namespaces/${story.name}`)).json.status.phase).toBe('Active');
  });

  it('with the background finalizer lets the garbage collector take what the resources owned', async () => {
    const story = await begin([deployment('web')], [`${FINALIZER}/background`]);
    await story.until('Synced Healthy');
    await story.define(undefined);
    expect(await story.last()).toMatchObject({ phase: 'Succeeded' });
    expect(await listed(story, 'apps/v1/deployments')).toEqual([]);
    await eventually(async () => expect(await (() => listed(story, 'v1/pods'))()).toEqual([]));
  });

  it('leaves what says Delete=false, and definitions', async () => {
    const group = `${uniqueName('g')}.example.com`;
    const data = optioned(configMap('data', 'x'), 'Delete=false');
    const story = await begin([data, configMap('settings', 'x'), widgets(group)], [FINALIZER]);
    expect((await story.last()).phase).toBe('Succeeded');
    await story.define(undefined);
    expect(await story.get('v1/configmaps/data')).toBeDefined();
    expect(await story.get('v1/configmaps/settings')).toBeUndefined();
    const kind = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${group}`;
    expect((await workshop().cluster.get(kind)).json.metadata.deletionTimestamp).toBeUndefined();
  });

  it('runs PreDelete hooks before and PostDelete hooks after, and neither in a sync', async () => {
    const story = await begin(
      [configMap('settings', 'x'), hook('backup', 'PreDelete'), hook('report', 'PostDelete')],
      [FINALIZER],
    );
    expect(await listed(story, 'batch/v1/jobs')).toEqual([]);
    await story.define(undefined);
    expect(await story.tasks()).toEqual([
      'PreDelete 0 hook Job backup Succeeded',
      'Sync 0 prune ConfigMap settings Succeeded',
      'PostDelete 0 hook Job report Succeeded',
    ]);
    expect(await story.last()).toMatchObject({ phase: 'Succeeded' });
  });

  it('runs its recorded hooks, and takes what hooks of syncs left, when its folder is gone with it', async () => {
    const story = await begin(
      [configMap('settings', 'x'), hook('migrate', 'PreSync'), hook('backup', 'PreDelete')],
      [FINALIZER],
    );
    expect(await listed(story, 'batch/v1/jobs')).toEqual(['migrate']);
    story.stage.repository.lose(story.name);
    await story.define(undefined);
    expect(await story.tasks()).toEqual([
      'PreDelete 0 hook Job backup Succeeded',
      'Sync 0 prune ConfigMap settings Succeeded',
      'Sync 0 prune Job migrate Succeeded',
    ]);
    expect((await story.last()).message).toContain('those that its last sync recorded');
    await eventually(async () => expect(await (() => listed(story, 'batch/v1/jobs'))()).toEqual([]));
  });

  it('deletes nothing where its PreDelete hook fails', async () => {
    const story = await begin([configMap('settings', 'x'), hook('backup', 'PreDelete', 'false')], [FINALIZER]);
    await story.define(undefined);
    expect(await story.last()).toMatchObject({ phase: 'Failed', message: expect.stringContaining('backup') });
    expect(await story.get('v1/configmaps/settings')).toBeDefined();
  });
}
