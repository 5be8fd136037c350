import { expect, it } from 'vitest';
import { annotated, configMap, hook, inWave, job } from './objects.ts';
import { eventually, type Workshop } from './stage.ts';

/** https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/#hook-lifecycle-and-cleanup */
export function hooksContract(workshop: () => Workshop): void {
  const completed = (found: { readonly status: { readonly completionTime: string } }): number =>
    Date.parse(found.status.completionTime);

  it('run before, with and after the resources, each when the one before it has ended', async () => {
    const story = await workshop().deploy([
      hook('smoke', 'PostSync'),
      inWave(hook('seed', 'PreSync'), 1),
      hook('migrate', 'PreSync'),
      hook('along', 'Sync'),
      hook('never', 'Skip'),
      hook('mourn', 'SyncFail'),
      configMap('settings', 'first'),
    ]);
    expect((await story.last()).phase).toBe('Succeeded');
    const ran = (await story.tasks()).filter((line) => !line.startsWith('SyncFail'));
    expect(ran).toEqual([
      `PreSync 0 apply Namespace ${story.name} Succeeded`,
      'PreSync 0 hook Job migrate Succeeded',
      'PreSync 1 hook Job seed Succeeded',
      'Sync 0 apply ConfigMap settings Succeeded',
      'Sync 0 hook Job along Succeeded',
      'PostSync 0 hook Job smoke Succeeded',
    ]);
    const [migrate, seed, smoke] = await Promise.all(
      ['migrate', 'seed', 'smoke'].map((name) => story.get(`batch/v1/jobs/${name}`)),
    );
    expect(completed(migrate)).toBeLessThanOrEqual(Date.parse(seed.metadata.creationTimestamp));
    const settings = await story.get('v1/configmaps/settings');
    expect(completed(seed)).toBeLessThanOrEqual(Date.parse(settings.metadata.creationTimestamp));
    expect(Date.parse(settings.metadata.creationTimestamp)).toBeLessThanOrEqual(
      Date.parse(smoke.metadata.creationTimestamp),
    );
    for (const name of ['never', 'mourn']) expect(await story.get(`batch/v1/jobs/${name}`)).toBeUndefined();
    await story.until('Synced Healthy');
  });

  it('that fail before the resources keep them out, and SyncFail hooks run', async () => {
    const story = await workshop().deploy([
      hook('migrate', 'PreSync', 'false'),
      hook('mourn', 'SyncFail'),
      configMap('settings', 'first'),
      hook('smoke', 'PostSync'),
    ]);
    expect(await story.last()).toMatchObject({ phase: 'Failed', message: expect.stringContaining('migrate') });
    expect(await story.tasks()).toEqual([
      `PreSync 0 apply Namespace ${story.name} Succeeded`,
      'PreSync 0 hook Job migrate Failed',
      'Sync 0 apply ConfigMap settings Skipped',
      'PostSync 0 hook Job smoke Skipped',
      'SyncFail 0 hook Job mourn Succeeded',
    ]);
    expect(await story.get('v1/configmaps/settings')).toBeUndefined();
    expect(completed(await story.get('batch/v1/jobs/mourn'))).toBeGreaterThan(0);
  });

  it('that fail after the resources leave them, and the operation fails', async () => {
    const story = await workshop().deploy([configMap('settings', 'first'), hook('smoke', 'PostSync', 'false')]);
    expect(await story.last()).toMatchObject({ phase: 'Failed', message: expect.stringContaining('smoke') });
    expect((await story.get('v1/configmaps/settings')).data).toEqual({ value: 'first' });
    expect((await story.status()).sync).toBe('Synced');
  });

  it.each([
    ['HookSucceeded', 'true', false],
    ['HookSucceeded', 'false', true],
    ['HookFailed', 'false', false],
    ['HookFailed', 'true', true],
    ['BeforeHookCreation', 'true', true],
  ])('with %s, ending by `%s`, stay after the sync: %s', async (policy, command, stays) => {
    const story = await workshop().deploy([hook('check', 'PreSync', command, policy), configMap('settings', 'first')]);
    expect((await story.last()).phase).toBe(command === 'true' ? 'Succeeded' : 'Failed');
    const gone = async (): Promise<boolean> => (await story.get('batch/v1/jobs/check')) === undefined;
    if (stays) expect(await gone()).toBe(false);
    else await eventually(async () => expect(await gone()).toBe(true));
  });

  it('of one name make room for their next run, with all that they left', async () => {
    const story = await workshop().deploy([hook('migrate', 'PreSync'), configMap('settings', 'first')]);
    const before = await story.get('batch/v1/jobs/migrate');
    await story.push([hook('migrate', 'PreSync'), configMap('settings', 'second')]);
    const after = await story.get('batch/v1/jobs/migrate');
    expect((await story.last()).phase).toBe('Succeeded');
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    const { items } = (await workshop().cluster.get(`/api/v1/namespaces/${story.name}/pods`)).json;
    const owners = items.map(
      (pod: { metadata: { ownerReferences: { uid: string }[] } }) => pod.metadata.ownerReferences[0]?.uid,
    );
    expect(owners).toEqual([after.metadata.uid]);
  });

  it('with generateName run once a sync, under a new name each time', async () => {
    const { metadata, ...rest } = hook('x', 'PostSync');
    const generated = { ...rest, metadata: { annotations: metadata.annotations ?? {}, generateName: 'smoke-' } };
    const story = await workshop().deploy([generated, configMap('settings', 'first')]);
    await story.push([generated, configMap('settings', 'second')]);
    expect((await story.last()).phase).toBe('Succeeded');
    const { items } = (await workshop().cluster.get(`/apis/batch/v1/namespaces/${story.name}/jobs`)).json;
    const names = items.map((one: { metadata: { name: string } }) => one.metadata.name);
    expect(names).toHaveLength(2);
    for (const name of names) expect(name).toMatch(/^smoke-/);
    await story.until('Synced Healthy');
  });

  it('are not run again by a look, and what they leave is neither drift nor pruned', async () => {
    const story = await workshop().deploy([hook('migrate', 'PreSync'), configMap('settings', 'first')]);
    const { uid } = (await story.get('batch/v1/jobs/migrate')).metadata;
    await story.look();
    await story.push([configMap('settings', 'first')]);
    await story.look();
    expect((await story.get('batch/v1/jobs/migrate')).metadata.uid).toBe(uid);
    expect(await story.status()).toMatchObject({ sync: 'Synced', drift: [] });
  });

  it('may be any kind: a ConfigMap is done when it is there, a Pod when it has ended', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'probe', annotations: { 'argocd.argoproj.io/hook': 'PreSync' } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox:1.37', command: ['true'] }] },
    };
    const story = await workshop().deploy([
      annotated(configMap('before', 'x'), { 'argocd.argoproj.io/hook': 'PreSync' }),
      inWave(pod, 1),
      configMap('settings', 'first'),
    ]);
    expect((await story.last()).phase).toBe('Succeeded');
    expect((await story.get('v1/pods/probe')).status.phase).toBe('Succeeded');
    expect(await story.get('v1/configmaps/before')).toBeDefined();
  });

  it('as Helm writes them run in their phases and by their weights', async () => {
    const helm = (name: string, phase: string, weight: string) =>
      job(name, 'true', { 'helm.sh/hook': phase, 'helm.sh/hook-weight': weight });
    const story = await workshop().deploy([
      helm('after', 'post-upgrade', '0'),
      helm('second', 'pre-install,pre-upgrade', '5'),
      helm('first', 'pre-upgrade', '-5'),
      configMap('settings', 'first'),
    ]);
    expect((await story.tasks()).filter((line) => line.includes('hook'))).toEqual([
      'PreSync -5 hook Job first Succeeded',
      'PreSync 5 hook Job second Succeeded',
      'PostSync 0 hook Job after Succeeded',
    ]);
  });
}
