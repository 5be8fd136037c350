import { expect, it } from 'vitest';
import { configMap, deployment, hook, inWave, optioned, podTemplate, widget, widgets } from './objects.ts';
import { eventually, uniqueName, type Workshop } from './stage.ts';

/** https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/ */
export function optionsContract(workshop: () => Workshop): void {
  const cluster = () => workshop().cluster;

  it('CreateNamespace makes the namespace before anything, with managedNamespaceMetadata, and keeps that up', async () => {
    const metadata = (team: string) => ({
      spec: {
        syncPolicy: {
          automated: { prune: true, selfHeal: true },
          syncOptions: ['CreateNamespace=true'],
          managedNamespaceMetadata: { labels: { team }, annotations: { owner: 'web@example.com' } },
        },
      },
    });
    const story = await workshop().deploy([hook('first', 'PreSync'), configMap('settings', 'x')], metadata('web'));
    const namespace = async () => (await cluster().get(`/api/v1/namespaces/${story.name}`)).json;
    const before = await namespace();
    expect(before.metadata).toMatchObject({ labels: { team: 'web' }, annotations: { owner: 'web@example.com' } });
    await story.define(metadata('shop'));
    await story.push([configMap('settings', 'y')]);
    const after = await namespace();
    expect(after.metadata).toMatchObject({ uid: before.metadata.uid, labels: { team: 'shop' } });
    await story.until('Synced Healthy');
  });

  it('without CreateNamespace a missing namespace is the reason of each resource', async () => {
    const story = await workshop().deploy([configMap('settings', 'x')], {
      spec: { syncPolicy: { automated: {}, retry: { limit: 0 } } },
    });
    expect(await story.last()).toMatchObject({ phase: 'Failed' });
    expect(await story.message('ConfigMap settings')).toContain(`namespaces "${story.name}" not found`);
  });

  it('SkipDryRunOnMissingResource lets a kind come that something in an earlier wave brings', async () => {
    const group = `${uniqueName('g')}.example.com`;
    const definition = widgets(group);
    // A controller would make the definition; here it stands in another application.
    const story = await workshop().deploy([configMap('settings', 'x'), widget(group, 'one', 1)]);
    expect(await story.last()).toMatchObject({ phase: 'Failed' });
    expect(await story.message('Widget one')).toContain(`the cluster serves no Widget in ${group}/v1`);
    expect(await story.get('v1/configmaps/settings')).toBeUndefined();

    await story.push([
      configMap('settings', 'x'),
      optioned(widget(group, 'one', 1), 'SkipDryRunOnMissingResource=true'),
    ]);
    expect(await story.last()).toMatchObject({ phase: 'Failed' });
    expect(await story.get('v1/configmaps/settings')).toBeDefined();

    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    await cluster().post(crds, definition);
    await eventually(async () =>
      expect(await (async () => (await cluster().get(`/apis/${group}/v1`)).code)()).toBe(200),
    );
    await story.sync();
    expect((await story.last()).phase).toBe('Succeeded');
    expect((await story.get(`${group}/v1/widgets/one`)).spec.size).toBe(1);
  });

  it('Replace puts the manifest in the place of what others added', async () => {
    const story = await workshop().deploy([optioned(configMap('settings', 'x'), 'Replace=true')]);
    const { uid } = (await story.get('v1/configmaps/settings')).metadata;
    await story.edit('v1/configmaps/settings', { data: { extra: 'y' } });
    await story.push([optioned(configMap('settings', 'z'), 'Replace=true')]);
    const { data, metadata } = await story.get('v1/configmaps/settings');
    expect([data, metadata.uid]).toEqual([{ value: 'z' }, uid]);
    await story.until('Synced Healthy');
  });

  it('Replace with Force deletes and creates what can not be changed', async () => {
    const other = { selector: { matchLabels: { app: 'other' } }, template: podTemplate('other') };
    const story = await workshop().deploy([deployment('web')]);
    const { uid } = (await story.get('apps/v1/deployments/web')).metadata;
    await story.push([deployment('web', other)]);
    expect(await story.last()).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining('field is immutable'),
    });
    await story.push([optioned(deployment('web', other), 'Replace=true,Force=true')]);
    expect((await story.last()).phase).toBe('Succeeded');
    const { metadata, spec } = await story.get('apps/v1/deployments/web');
    expect(metadata.uid).not.toBe(uid);
    expect(spec.selector.matchLabels).toEqual({ app: 'other' });
    await story.until('Synced Healthy');
  });

  it('Validate=false lets a field pass that the kind does not have, which is dropped', async () => {
    const odd = { ...configMap('odd', 'x'), dta: { a: 'b' } };
    const story = await workshop().deploy([odd]);
    expect(await story.last()).toMatchObject({ phase: 'Failed' });
    expect(await story.message('ConfigMap odd')).toContain('dta');
    await story.push([optioned(odd, 'Validate=false,Replace=true')]);
    expect((await story.last()).phase).toBe('Succeeded');
    expect((await story.get('v1/configmaps/odd')).data).toEqual({ value: 'x' });
  });

  it('ApplyOutOfSyncOnly leaves what is in sync alone', async () => {
    const story = await workshop().deploy([configMap('same', 'x'), configMap('other', 'x')], {
      syncOptions: ['ApplyOutOfSyncOnly=true'],
    });
    const version = async () => (await story.get('v1/configmaps/same')).metadata.resourceVersion;
    const before = await version();
    await story.push([configMap('same', 'x'), configMap('other', 'y')]);
    expect(await story.tasks()).toEqual(['Sync 0 apply ConfigMap other Succeeded']);
    expect(await version()).toBe(before);
  });

  it('RespectIgnoreDifferences leaves ignored fields as others made them', async () => {
    const respects = (on: boolean) => ({
      syncOptions: [`RespectIgnoreDifferences=${on}`],
      spec: { ignoreDifferences: [{ group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] }] },
    });
    const story = await workshop().deploy([deployment('web')], respects(true));
    const replicas = async () => (await story.get('apps/v1/deployments/web')).spec.replicas;
    await story.edit('apps/v1/deployments/web', { spec: { replicas: 3 } }, 'scaler');
    await story.push([deployment('web', { minReadySeconds: 1 })]);
    expect((await story.last()).phase).toBe('Succeeded');
    expect(await replicas()).toBe(3);
    await story.until('Synced Healthy');
  });

  it('RespectIgnoreDifferences leaves what an autoscaler manages, and the rest of the field is ours', async () => {
    const web = 'apps/v1/deployments/web';
    const story = await workshop().deploy([deployment('web')], {
      syncOptions: ['RespectIgnoreDifferences=true'],
      spec: {
        ignoreDifferences: [
          { group: 'apps', kind: 'Deployment', managedFieldsManagers: ['horizontal-pod-autoscaler'] },
        ],
      },
    });
    await story.edit(`${web}/scale`, { spec: { replicas: 3 } }, 'horizontal-pod-autoscaler');
    await story.push([deployment('web', { minReadySeconds: 1 })]);
    expect((await story.last()).phase).toBe('Succeeded');
    expect((await story.get(web)).spec).toMatchObject({ replicas: 3, minReadySeconds: 1 });
    await story.edit(web, { spec: { minReadySeconds: 9 } });
    await story.look();
    expect((await story.get(web)).spec).toMatchObject({ replicas: 3, minReadySeconds: 1 });
    await story.until('Synced Healthy');
  });

  it('FailOnSharedResource refuses what another application has, and touches nothing', async () => {
    const first = await workshop().deploy([configMap('shared', 'x')]);
    const second = await first.stage.deploy([configMap('shared', 'y'), configMap('own', 'y')], {
      namespace: first.namespace,
      syncOptions: ['FailOnSharedResource=true'],
    });
    const { phase, message } = await second.last();
    expect(phase).toBe('Error');
    expect(message).toContain(`ConfigMap ${first.namespace}/shared`);
    expect((await first.get('v1/configmaps/shared')).data).toEqual({ value: 'x' });
    expect(await first.get('v1/configmaps/own')).toBeUndefined();
  });

  it('what kubectl applied before becomes ours, though nothing seems to differ: a field that Git no longer has goes', async () => {
    const story = await workshop().deploy([configMap('first', 'x')]);
    const applied = { ...configMap('legacy', 'x'), data: { value: 'x', old: 'y' } };
    await cluster().post(`${story.path('v1/configmaps')}?fieldManager=kubectl-client-side-apply`, applied);
    await story.push([configMap('first', 'x'), configMap('legacy', 'x')]);
    const { data, metadata } = await story.get('v1/configmaps/legacy');
    expect(data).toEqual({ value: 'x' });
    expect(metadata.managedFields.map(({ manager }: { manager: string }) => manager)).toEqual(['trimtab']);
  });

  it('a mistake in a later wave is found before anything of the first is applied', async () => {
    const story = await workshop().deploy([configMap('settings', 'x')]);
    const wrong = deployment('web', { replicas: 'three' as unknown as number });
    await story.push([configMap('settings', 'y'), inWave(wrong, 1)]);
    expect(await story.last()).toMatchObject({ phase: 'Failed', message: expect.stringContaining('(dry run)') });
    expect((await story.get('v1/configmaps/settings')).data).toEqual({ value: 'x' });
  });
}
