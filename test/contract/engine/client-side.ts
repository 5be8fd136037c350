import { expect, it } from 'vitest';
import { configMap, deployment, optioned, podTemplate, type Written } from './objects.ts';
import type { Workshop } from './stage.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const CLIENT_SIDE = { syncOptions: ['ServerSideApply=false'] };
const BY_HAND = {
  ...CLIENT_SIDE,
  spec: { syncPolicy: { syncOptions: ['CreateNamespace=true', 'ServerSideApply=false'] } },
};

function values(data: Readonly<Record<string, string>>): Written {
  return { ...configMap('values', ''), data };
}

/** `ServerSideApply=false`: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#server-side-apply */
export function clientSideContract(workshop: () => Workshop): void {
  const map = 'v1/configmaps/values';

  it('takes away what Git no longer has, leaves what others set, and is in sync after', async () => {
    const story = await workshop().deploy([values({ a: '1', b: '2' }), deployment('web')], CLIENT_SIDE);
    await story.until('Synced Healthy');
    expect((await story.get(map)).metadata.annotations[LAST_APPLIED]).toContain('"b":"2"');
    await story.edit(map, { data: { theirs: '3' }, metadata: { labels: { team: 'web' } } });
    await story.look();
    expect(await story.status()).toMatchObject({ sync: 'Synced', drift: [] });
    await story.push([values({ a: '1' }), deployment('web', { minReadySeconds: 1 })]);
    const { data, metadata } = await story.get(map);
    expect(data).toEqual({ a: '1', theirs: '3' });
    expect(metadata.labels).toEqual({ team: 'web' });
    await story.until('Synced Healthy');
    const namespace = await workshop().cluster.get(`/api/v1/namespaces/${story.namespace}`);
    expect(namespace.json.metadata.annotations?.[LAST_APPLIED]).toBeUndefined();
  });

  it('shows what Git no longer has as a difference before it goes, and repairs what others changed of ours', async () => {
    const story = await workshop().deploy([values({ a: '1', b: '2' })], BY_HAND);
    await story.sync();
    await story.edit(map, { data: { a: 'hand' } });
    await story.push([values({ a: '1' })]);
    const { sync, drift } = await story.status();
    expect(sync).toBe('OutOfSync');
    expect(drift.flatMap(({ fields }) => fields)).toEqual([
      expect.objectContaining({ path: 'data.a', from: 'hand', to: '1', manager: 'kubectl-edit' }),
      expect.objectContaining({ path: 'data.b', from: '2' }),
    ]);
    await story.sync();
    expect((await story.get(map)).data).toEqual({ a: '1' });
    expect(await story.status()).toMatchObject({ sync: 'Synced', drift: [] });
  });

  it('is said by a resource against its application, both ways', async () => {
    const two = [configMap('plain', 'x'), optioned(values({ a: '1' }), 'ServerSideApply=true')];
    const story = await workshop().deploy(two, CLIENT_SIDE);
    const annotationOf = async (name: string) =>
      (await story.get(`v1/configmaps/${name}`)).metadata.annotations[LAST_APPLIED];
    expect([await annotationOf('plain'), await annotationOf('values')]).toEqual([expect.any(String), undefined]);
    await story.define({});
    await story.push([configMap('plain', 'y'), optioned(values({ b: '2' }), 'ServerSideApply=false')]);
    expect([await annotationOf('plain'), await annotationOf('values')]).toEqual([undefined, expect.any(String)]);
    // What was applied in one way, and what in the other, goes alike
    expect((await story.get(map)).data).toEqual({ b: '2' });
    await story.until('Synced Healthy');
  });

  it('is looked at in the same way: what the server drops is no difference, and no owner changes', async () => {
    const odd = optioned({ ...values({ a: '1' }), dta: { b: '2' } }, 'Validate=false,ServerSideApply=false');
    const story = await workshop().deploy([odd]);
    expect((await story.last()).phase).toBe('Succeeded');
    const { managedFields } = (await story.get(map)).metadata;
    await story.look();
    expect(await story.status()).toMatchObject({ sync: 'Synced', drift: [] });
    expect((await story.get(map)).metadata.managedFields).toEqual(managedFields);
  });

  it('with Force deletes and creates what can not be changed', async () => {
    const other = { selector: { matchLabels: { app: 'other' } }, template: podTemplate('other') };
    const story = await workshop().deploy([deployment('web')], CLIENT_SIDE);
    const { uid } = (await story.get('apps/v1/deployments/web')).metadata;
    await story.push([deployment('web', other)]);
    expect(await story.last()).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining('field is immutable'),
    });
    await story.push([optioned(deployment('web', other), 'Force=true')]);
    const { metadata, spec } = await story.get('apps/v1/deployments/web');
    expect([metadata.uid === uid, spec.selector.matchLabels]).toEqual([false, { app: 'other' }]);
    expect(metadata.annotations[LAST_APPLIED]).toContain('"other"');
    await story.until('Synced Healthy');
  });

  it('shows no value of a Secret, though the annotation holds them all', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login' },
      stringData: { password: 'hunter2-in-git', token: 'dropped-in-git' },
    };
    const story = await workshop().deploy([secret], BY_HAND);
    await story.sync();
    await story.push([{ ...secret, stringData: { password: 'changed-in-git' } }]);
    const { drift } = await story.status();
    expect(drift.flatMap(({ fields }) => fields.map(({ path }) => path))).toEqual(['data.password', 'data.token']);
    await story.sync();
    expect(Object.keys((await story.get('v1/secrets/login')).data)).toEqual(['password']);
    const text = JSON.stringify([drift, await story.last(), await story.status()]);
    for (const value of ['hunter2-in-git', 'dropped-in-git', 'changed-in-git']) {
      expect(text).not.toContain(value);
      expect(text).not.toContain(Buffer.from(value).toString('base64'));
    }
  });

  it('fails a resource that is too large for its annotation before anything is applied, and says what to do', async () => {
    const large = values({ a: 'x'.repeat(262_144) });
    const story = await workshop().deploy([configMap('other', 'x')], CLIENT_SIDE);
    await story.push([configMap('other', 'y'), large]);
    expect((await story.last()).phase).toBe('Failed');
    expect(await story.message('ConfigMap values')).toContain("can't be applied client-side");
    expect((await story.get('v1/configmaps/other')).data).toEqual({ value: 'x' });
    await story.push([configMap('other', 'y'), optioned(large, 'ServerSideApply=true')]);
    await story.until('Synced Healthy');
  });
}
