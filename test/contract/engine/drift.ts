import { expect, it } from 'vitest';
import { annotated, configMap, deployment, podTemplate, type Written } from './objects.ts';
import type { Workshop } from './stage.ts';

const BY_HAND = { spec: { syncPolicy: { automated: { prune: true }, syncOptions: ['CreateNamespace=true'] } } };

/** https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/ */
export function driftContract(workshop: () => Workshop): void {
  const web = 'apps/v1/deployments/web';
  const settings = 'v1/configmaps/settings';

  it.each(unremarkable())('is none where the server only writes it in another way: %s', async (_what, object) => {
    const story = await workshop().deploy([object], BY_HAND);
    expect((await story.last()).phase).toBe('Succeeded');
    await story.look();
    expect(await story.status()).toMatchObject({ sync: 'Synced', drift: [] });
    expect(await story.stage.store.histories.list(story.name, 10)).toHaveLength(1);
  });

  it('names field, values, manager and time of what somebody edited, and is left where selfHeal is off', async () => {
    const story = await workshop().deploy([deployment('web'), configMap('settings', 'git')], BY_HAND);
    await story.edit(web, { spec: { replicas: 3 } });
    await story.edit(settings, { data: { value: 'hand' } }, 'k9s');
    await story.look();
    const { drift, sync } = await story.status();
    expect(sync).toBe('OutOfSync');
    const { metadata } = await story.get(web);
    const { time } = metadata.managedFields.find((one: { manager: string }) => one.manager === 'kubectl-edit');
    const said = drift.map(({ key, fields }) => ({ kind: key.kind, fields }));
    expect(said).toEqual(
      expect.arrayContaining([
        { kind: 'Deployment', fields: [{ path: 'spec.replicas', from: 3, to: 1, manager: 'kubectl-edit', at: time }] },
        { kind: 'ConfigMap', fields: [expect.objectContaining({ from: 'hand', to: 'git', manager: 'k9s' })] },
      ]),
    );
    await story.look();
    expect((await story.get(web)).spec.replicas).toBe(3);
  });

  it('is repaired where selfHeal is on: only what differs, and no hook runs', async () => {
    const story = await workshop().deploy([deployment('web'), configMap('settings', 'git'), configMap('same', 'x')]);
    await story.until('Synced Healthy');
    await story.edit(settings, { data: { value: 'hand' } });
    await workshop().cluster.delete(story.path(web));
    await story.look();
    expect((await story.get(settings)).data).toEqual({ value: 'git' });
    expect(await story.get(web)).toBeDefined();
    expect(await story.last()).toMatchObject({ phase: 'Succeeded', trigger: { kind: 'self-heal' } });
    expect(await story.tasks()).not.toContain('Sync 0 apply ConfigMap same Succeeded');
    await story.until('Synced Healthy');
  });

  it('is none in what others added, and in what ignoreDifferences names', async () => {
    const story = await workshop().deploy([deployment('web'), configMap('settings', 'git')], {
      spec: {
        ignoreDifferences: [
          { group: 'apps', kind: 'Deployment', managedFieldsManagers: ['autoscaler'] },
          { kind: 'ConfigMap', jqPathExpressions: ['.data.value'] },
        ],
      },
    });
    await story.edit(web, { spec: { replicas: 5 } }, 'autoscaler');
    await story.edit(web, { metadata: { annotations: { note: 'by hand' } } });
    await story.edit(settings, { data: { value: 'hand', other: 'x' } });
    await story.look();
    expect(await story.status()).toMatchObject({ sync: 'Synced', drift: [] });
    expect((await story.get(web)).spec.replicas).toBe(5);
    expect((await story.get(settings)).data).toEqual({ value: 'hand', other: 'x' });
  });

  it('without a manifest is what Git removed; without a live object what somebody deleted', async () => {
    const story = await workshop().deploy([deployment('web'), configMap('gone', 'x')], {
      spec: { syncPolicy: { syncOptions: ['CreateNamespace=true'] } },
    });
    expect((await story.status()).sync).toBe('OutOfSync');
    await story.sync();
    await story.push([deployment('web')]);
    await workshop().cluster.delete(story.path(web));
    await story.look();
    const { resources } = await story.status();
    expect(
      resources.map(({ key, sync, health, requiresPruning }) => [key.name, sync, health?.status, requiresPruning]),
    ).toEqual(
      expect.arrayContaining([
        ['web', 'OutOfSync', 'Missing', false],
        ['gone', 'OutOfSync', undefined, true],
      ]),
    );
  });

  it('of a Secret shows marks, that differ where values differ, and no value', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login' },
      stringData: { password: 'hunter2' },
    };
    const story = await workshop().deploy([secret], BY_HAND);
    await story.edit('v1/secrets/login', { data: { password: Buffer.from('swordfish').toString('base64') } });
    await story.look();
    const { drift } = await story.status();
    const [field] = drift.flatMap(({ fields }) => fields);
    expect(field).toMatchObject({ path: 'data.password', manager: 'kubectl-edit' });
    expect(field?.from).not.toEqual(field?.to);
    const text = JSON.stringify(drift);
    for (const value of ['hunter2', 'swordfish']) {
      expect(text).not.toContain(value);
      expect(text).not.toContain(Buffer.from(value).toString('base64'));
    }
  });

  it('costs a dry run only for what seems to differ', async () => {
    const rounded = { ...configMap('plain', 'x') };
    const story = await workshop().deploy([rounded, configMap('settings', 'git'), deployment('web')], BY_HAND);
    await story.until('Synced Healthy');
    const before = story.stage.dryRuns();
    await story.look();
    expect(story.stage.dryRuns() - before).toBe(0);
    await story.edit(settings, { data: { value: 'hand' } });
    await story.look();
    expect(story.stage.dryRuns() - before).toBe(1);
  });

  it('that another controller makes again after each of five repairs is left to it, and said', async () => {
    const story = await workshop().deploy([configMap('settings', 'git')]);
    for (let round = 1; round <= 5; round += 1) {
      await story.edit(settings, { data: { value: `round ${round}` } }, 'rival');
      await story.look();
      story.stage.pass(301);
      await story.look();
      expect((await story.get(settings)).data.value, `round ${round}`).toBe('git');
    }
    await story.edit(settings, { data: { value: 'round 6' } }, 'rival');
    story.stage.pass(301);
    await story.look();
    await story.look();
    expect((await story.get(settings)).data.value).toBe('round 6');
    const { conditions, sync } = await story.status();
    expect(sync).toBe('OutOfSync');
    expect(conditions).toMatchObject([
      { type: 'SelfHealWarning', message: expect.stringContaining('rival changed data.value') },
    ]);
  });
}

/** Manifests that the API server gives back in other words. */
function unremarkable(): readonly (readonly [string, Written])[] {
  const container = (more: object) => ({ name: 'web', image: 'nginx:1.27', ...more });
  const pods = (more: object, spec: object = {}) =>
    deployment('web', {
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container(more)], ...spec } },
    });
  return [
    ['defaulted fields', deployment('web', { template: podTemplate('web') })],
    [
      'quantities',
      pods({ resources: { requests: { cpu: 0.5, memory: '1024Mi' }, limits: { cpu: '1000m', memory: '2Gi' } } }),
    ],
    ['an empty list and a null', pods({ command: [], env: null }, { volumes: [], nodeSelector: null })],
    [
      'a number for a name of a port',
      pods({ ports: [{ containerPort: 80 }], livenessProbe: { httpGet: { port: 80 } } }),
    ],
    [
      'stringData of a Secret',
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web' }, data: { a: 'YQ==' }, stringData: { b: 'b' } },
    ],
    [
      'an env that is given twice',
      pods({
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      }),
    ],
    [
      'a Service without protocol and targetPort',
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web' },
        spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
      },
    ],
    ['an annotation that is empty', annotated(configMap('web', 'x'), { note: '' })],
  ];
}
