import { expect, it } from 'vitest';
import { configMap, deployment, inWave, podTemplate, widget, widgets } from './objects.ts';
import { uniqueName, type Workshop } from './stage.ts';

/** https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/ */
export function wavesContract(workshop: () => Workshop): void {
  it('go by wave, kind and name, and a wave begins when all of the one before it is healthy', async () => {
    const story = await workshop().deploy([
      inWave(configMap('last', 'x'), 2),
      inWave(deployment('web', { replicas: 2 }), 1),
      inWave(configMap('first', 'x'), -1),
      configMap('b', 'x'),
      configMap('a', 'x'),
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web' } },
    ]);
    expect(await story.tasks()).toEqual([
      `PreSync 0 apply Namespace ${story.name} Succeeded`,
      'Sync -1 apply ConfigMap first Succeeded',
      'Sync 0 apply ServiceAccount web Succeeded',
      'Sync 0 apply ConfigMap a Succeeded',
      'Sync 0 apply ConfigMap b Succeeded',
      'Sync 1 apply Deployment web Succeeded',
      'Sync 2 apply ConfigMap last Succeeded',
    ]);
    const { status } = await story.get('apps/v1/deployments/web');
    const available = status.conditions.find((one: { type: string }) => one.type === 'Available');
    const { metadata } = await story.get('v1/configmaps/last');
    expect(Date.parse(available.lastTransitionTime)).toBeLessThanOrEqual(Date.parse(metadata.creationTimestamp));
    await story.until('Synced Healthy');
  });

  it('stop where a resource is Degraded: what comes after it is not applied, and the operation says why', async () => {
    const failing = {
      ...deployment('web'),
      spec: { ...(deployment('web')['spec'] as object), progressDeadlineSeconds: 1 },
    };
    const story = await workshop().deploy([
      { ...failing, spec: { ...failing.spec, template: podTemplate('web', 'does-not-exist:1') } },
      inWave(configMap('later', 'x'), 1),
    ]);
    const { phase, message } = await story.last();
    expect(phase).toBe('Failed');
    expect(message).toContain(`Deployment ${story.name}/web`);
    expect(message).toContain('exceeded its progress deadline');
    expect(await story.tasks()).toContain('Sync 1 apply ConfigMap later Skipped');
    expect(await story.get('v1/configmaps/later')).toBeUndefined();
    expect((await story.status()).health.status).toBe('Degraded');
  });

  it('wait for the health that a script of argocd-cm gives', async () => {
    const stage = await workshop().stage();
    stage.commit({ 'argocd/argocd-cm.yaml': SCRIPT });
    const gate = (state: string) => configMap('gate', state);
    const story = await stage.deploy([gate('broken'), inWave(configMap('later', 'x'), 1)]);
    const { phase, message } = await story.last();
    expect(phase).toBe('Failed');
    expect(message).toContain('the gate is broken');
    expect(await story.get('v1/configmaps/later')).toBeUndefined();
    await story.push([gate('open'), inWave(configMap('later', 'x'), 1)]);
    expect((await story.last()).phase).toBe('Succeeded');
    expect(await story.get('v1/configmaps/later')).toBeDefined();
  });

  it('leave out what resource.exclusions of argocd-cm keep out, with a warning', async () => {
    const stage = await workshop().stage();
    stage.commit({ 'argocd/argocd-cm.yaml': EXCLUSION });
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } };
    const story = await stage.deploy([configMap('settings', 'x'), account]);
    expect((await story.last()).phase).toBe('Succeeded');
    expect(await story.get('v1/configmaps/settings')).toBeDefined();
    expect(await story.get('v1/serviceaccounts/robot')).toBeUndefined();
    const { sync, conditions } = await story.status();
    expect(sync).toBe('Synced');
    expect(conditions).toMatchObject([{ type: 'ExcludedResourceWarning' }]);
  });

  it('bring a definition and what uses it in one sync, in whatever order they stand in Git', async () => {
    const group = `${uniqueName('g')}.example.com`;
    const story = await workshop().deploy([widget(group, 'one', 3), widgets(group)]);
    expect((await story.last()).phase).toBe('Succeeded');
    expect((await story.get(`${group}/v1/widgets/one`)).spec).toEqual({ size: 3, mode: 'safe' });
    await story.until('Synced Healthy');
    await story.push([widget(group, 'one', 4), widget(group, 'two', 1), widgets(group)]);
    expect((await story.get(`${group}/v1/widgets/one`)).spec.size).toBe(4);
    expect((await story.get(`${group}/v1/widgets/two`)).spec.size).toBe(1);
  });
}

const SCRIPT = `apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm, namespace: argocd, labels: {app.kubernetes.io/part-of: argocd}}
data:
  resource.customizations.health.ConfigMap: |
    hs = {}
    if obj.data ~= nil and obj.data.value == "broken" then
      hs.status = "Degraded"
      hs.message = "the gate is broken"
    else
      hs.status = "Healthy"
    end
    return hs
`;

const EXCLUSION = `apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm, namespace: argocd, labels: {app.kubernetes.io/part-of: argocd}}
data:
  resource.exclusions: |
    - apiGroups: [""]
      kinds: [ServiceAccount]
`;
