import { expect, it } from 'vitest';
import { configMap, deployment, inWave, job, podTemplate, type Written } from './objects.ts';
import type { Workshop } from './stage.ts';

/** Whatever the API server refuses is told with the resource and in its own words. */
export function refusalsContract(workshop: () => Workshop): void {
  const settings = configMap('settings', 'x');

  it.each([
    [
      'the selector of a Deployment',
      deployment('web'),
      deployment('web', { selector: { matchLabels: { app: 'b' } }, template: podTemplate('b') }),
      /Deployment app-\w+\/web.*spec\.selector: Invalid value.*field is immutable/,
    ],
    [
      'the template of a Job',
      job('once'),
      job('once', 'other'),
      /Job app-\w+\/once.*spec\.template: Invalid value.*field is immutable/,
    ],
    [
      'the data of an immutable ConfigMap',
      { ...configMap('fixed', 'x'), immutable: true },
      { ...configMap('fixed', 'y'), immutable: true },
      /ConfigMap app-\w+\/fixed.*data: Forbidden: field is immutable when `immutable` is set/,
    ],
    [
      'the address of a Service',
      service({ clusterIP: 'None' }),
      service({ clusterIP: '10.0.0.7' }),
      /Service app-\w+\/web.*spec\.clusterIPs?\[0\]: Invalid value: .*(field is immutable|may not change once set)/,
    ],
    [
      'a claim of a StatefulSet',
      statefulSet('1Gi'),
      statefulSet('2Gi'),
      /StatefulSet app-\w+\/db.*updates to statefulset spec for fields other than .*volumeClaimTemplates|StatefulSet app-\w+\/db.*updates to statefulset spec for fields other than/,
    ],
    [
      'the role of a RoleBinding',
      roleBinding('reader'),
      roleBinding('writer'),
      /RoleBinding app-\w+\/team.*roleRef: Invalid value: .*cannot change roleRef/,
    ],
  ])('%s can not be changed: the dry run finds it before anything is written', async (_what, before, after, words) => {
    const story = await workshop().deploy([settings, before]);
    expect((await story.last()).phase).toBe('Succeeded');
    await story.push([configMap('settings', 'y'), after]);
    const { phase, message } = await story.last();
    expect(phase).toBe('Failed');
    expect(message).toMatch(words);
    expect((await story.get('v1/configmaps/settings')).data).toEqual({ value: 'x' });
    expect((await story.status()).sync).toBe('OutOfSync');
  });

  it('a value that the kind does not allow is told with its field', async () => {
    const story = await workshop().deploy([settings, deployment('web', { replicas: -1 })]);
    expect(await story.message('Deployment web')).toMatch(/spec\.replicas: Invalid value: -1: must be greater than or/);
    expect(await story.last()).toMatchObject({ phase: 'Failed', message: expect.stringContaining('Deployment') });
  });

  it('a Secret is refused without a word of what is in it', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login' },
      data: { password: 'correct horse battery' },
    };
    const story = await workshop().deploy([settings, secret]);
    const entry = JSON.stringify([await story.last(), await story.status()]);
    expect(await story.last()).toMatchObject({ phase: 'Failed', message: expect.stringContaining('Secret') });
    for (const word of ['correct', 'horse', 'battery']) expect(entry).not.toContain(word);
  });

  it('fields of another manager become ours again, as with Argo CD', async () => {
    const story = await workshop().deploy([deployment('web')]);
    await story.edit('apps/v1/deployments/web', { spec: { replicas: 4 } });
    await story.push([deployment('web', { minReadySeconds: 1 })]);
    expect((await story.last()).phase).toBe('Succeeded');
    const { spec, metadata } = await story.get('apps/v1/deployments/web');
    expect(spec).toMatchObject({ replicas: 1, minReadySeconds: 1 });
    const owners = metadata.managedFields.filter(
      (one: { fieldsV1: { 'f:spec'?: { 'f:replicas'?: unknown } } }) => one.fieldsV1['f:spec']?.['f:replicas'],
    );
    expect(owners.map(({ manager }: { manager: string }) => manager)).toEqual(['trimtab']);
  });

  it('what can not be applied stops the waves after it, and the next commit mends it', async () => {
    const story = await workshop().deploy([
      settings,
      { apiVersion: 'example.com/v1', kind: 'Unknown', metadata: { name: 'one' } },
      inWave(configMap('later', 'x'), 1),
    ]);
    expect(await story.message('Unknown one')).toContain('the cluster serves no Unknown in example.com/v1');
    expect(await story.get('v1/configmaps/later')).toBeUndefined();
    await story.push([settings, inWave(configMap('later', 'x'), 1)]);
    expect((await story.last()).phase).toBe('Succeeded');
    await story.until('Synced Healthy');
  });
}

function service(spec: object): Written {
  return {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
  };
}

function statefulSet(storage: string): Written {
  return {
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db' } },
    spec: {
      ...{ replicas: 0, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: podTemplate('db') },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
        },
      ],
    },
  };
}

function roleBinding(role: string): Written {
  return {
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'team' } },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
  };
}
