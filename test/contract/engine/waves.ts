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
