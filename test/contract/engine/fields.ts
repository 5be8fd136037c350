import { expect, it } from 'vitest';
import { annotated, configMap, deployment, podTemplate, type Written, widget, widgets } from './objects.ts';
import { type Story, uniqueName, type Workshop } from './stage.ts';

const BY_HAND = { spec: { syncPolicy: { automated: { prune: true }, syncOptions: ['CreateNamespace=true'] } } };

const GROUP = `${uniqueName('g')}.example.com`;

/** What somebody does to an object, and what is said of it: `from` is the cluster's, `to` is Git's. */
interface Edited {
  readonly what: string;
  readonly object: Written;
  /** Besides the object. */
  readonly beside?: readonly Written[];
  readonly resource: string;
  readonly patch: object;
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** Drift is told with field, values, manager and time, which the server keeps in `managedFields`. */
export function fieldsContract(workshop: () => Workshop): void {
  it.each(edited())('says who changed $what, and when', async (edit) => {
    const story = await workshop().deploy([...(edit.beside ?? []), edit.object, configMap('other', 'x')], BY_HAND);
    expect((await story.last()).phase).toBe('Succeeded');
    await story.edit(edit.resource, edit.patch, 'k9s');
    await story.look();
    const { drift, sync } = await story.status();
    expect(sync).toBe('OutOfSync');
    const { kind, metadata } = edit.object;
    expect(drift.map(({ action, key }) => [action, key.kind, key.name])).toEqual([['update', kind, metadata.name]]);
    const { from, to } = edit;
    const who = from === undefined ? {} : { manager: 'k9s', at: await timeOf(story, edit.resource, 'k9s') };
    expect(drift[0]?.fields).toEqual([{ path: edit.path, from, to, ...who }]);
  });

  it('says which autoscaler changed the replicas, though it wrote only their scale', async () => {
    const web = 'apps/v1/deployments/web';
    const story = await workshop().deploy([deployment('web')], BY_HAND);
    await story.edit(`${web}/scale`, { spec: { replicas: 3 } }, 'horizontal-pod-autoscaler');
    await story.look();
    const [change] = (await story.status()).drift;
    const at = await timeOf(story, web, 'horizontal-pod-autoscaler');
    expect(change?.fields).toEqual([
      { path: 'spec.replicas', from: 3, to: 1, manager: 'horizontal-pod-autoscaler', at },
    ]);
  });

  it('of one object by two people names each of them', async () => {
    const story = await workshop().deploy([{ ...configMap('settings', 'x'), data: { a: '1', b: '1' } }], BY_HAND);
    await story.edit('v1/configmaps/settings', { data: { a: '2' } }, 'alice');
    await story.edit('v1/configmaps/settings', { data: { b: '3' } }, 'bob');
    await story.look();
    const [change] = (await story.status()).drift;
    expect(change?.fields.map(({ path, manager }) => [path, manager])).toEqual([
      ['data.a', 'alice'],
      ['data.b', 'bob'],
    ]);
  });

  it('is what was deleted, too, and is made again with all of it where selfHeal is on', async () => {
    const story = await workshop().deploy([configMap('settings', 'x'), deployment('web')]);
    await story.until('Synced Healthy');
    const { uid } = (await story.get('v1/configmaps/settings')).metadata;
    await workshop().cluster.delete(story.path('v1/configmaps/settings'));
    await story.look();
    const made = await story.get('v1/configmaps/settings');
    expect(made.data).toEqual({ value: 'x' });
    expect(made.metadata.uid).not.toBe(uid);
    expect(await story.tasks()).toEqual(['Sync 0 apply ConfigMap settings Succeeded']);
  });

  it('that comes again is repaired at once, then after pauses that grow, as Argo CD has them', async () => {
    const story = await workshop().deploy([configMap('settings', 'git')]);
    for (let round = 1; round <= 3; round += 1) {
      await story.edit('v1/configmaps/settings', { data: { value: `round ${round}` } });
      await story.look();
      expect((await story.get('v1/configmaps/settings')).data.value).toBe('git');
    }
    const heals = (await story.stage.store.histories.list(story.name, 10))
      .filter(({ trigger }) => trigger.kind === 'self-heal')
      .reverse();
    const pauses = heals.slice(1).map(({ startedAt }, index) => {
      return (Date.parse(startedAt) - Date.parse(heals[index]?.finishedAt ?? '')) / 1000;
    });
    expect(heals).toHaveLength(3);
    // 2 s after the first repair, and 6 s after the second
    expect(pauses[0]).toBeGreaterThanOrEqual(2);
    expect(pauses[1]).toBeGreaterThanOrEqual(6);
  });
}

/** When the server noted a change of the manager. */
async function timeOf(story: Story, resource: string, manager: string): Promise<string> {
  const { metadata } = await story.get(resource);
  return metadata.managedFields.find((one: { manager: string }) => one.manager === manager).time;
}

function edited(): readonly Edited[] {
  const container = (more: object) => ({ name: 'web', image: 'nginx:1.27', ...more });
  const service: Written = {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  };
  const role: Written = {
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'reader' } },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
  };
  return [
    {
      what: 'the image of a Deployment',
      object: deployment('web', { template: podTemplate('web') }),
      resource: 'apps/v1/deployments/web',
      patch: { spec: { template: { spec: { containers: [container({ image: 'nginx:1.28' })] } } } },
      ...{ path: 'spec.template.spec.containers[name=web].image', from: 'nginx:1.28', to: 'nginx:1.27' },
    },
    {
      what: 'a port of a Service',
      object: service,
      resource: 'v1/services/web',
      patch: { spec: { ports: [{ name: 'http', port: 80, targetPort: 9090 }] } },
      ...{ path: 'spec.ports[port=80].targetPort', from: 9090, to: 8080 },
    },
    {
      what: 'the rules of a Role',
      object: role,
      resource: 'rbac.authorization.k8s.io/v1/roles/reader',
      patch: { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'delete'] }] },
      ...{ path: 'rules[0].verbs', from: ['get', 'delete'], to: ['get'] },
    },
    {
      what: 'a custom resource',
      object: widget(GROUP, 'one', 1),
      beside: [widgets(GROUP)],
      resource: `${GROUP}/v1/widgets/one`,
      patch: { spec: { size: 2 } },
      ...{ path: 'spec.size', from: 2, to: 1 },
    },
    {
      what: 'an annotation that is gone',
      object: annotated(configMap('settings', 'x'), { note: 'keep', owner: 'web' }),
      resource: 'v1/configmaps/settings',
      patch: { metadata: { annotations: { note: null } } },
      ...{ path: 'metadata.annotations.note', to: 'keep' },
    },
  ];
}
