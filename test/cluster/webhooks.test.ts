import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { annotated, configMap, deployment, type Written } from '../contract/engine/objects.ts';
import { eventually, openWorkshop, type Story, uniqueName, type Workshop } from '../contract/engine/stage.ts';
import { engineCluster } from './support.ts';
import { startWebhook, type Verdict, type WebhookServer } from './webhook-server.ts';

/** What a webhook or a policy adds on the way to the cluster is nobody's drift: nobody asked for it, and nobody lost it. */
const ROOT = '/apis/admissionregistration.k8s.io/v1';
const API = 'admissionregistration.k8s.io/v1';
const WEB = 'apps/v1/deployments/web';
const BY_HAND = { spec: { syncPolicy: { automated: { prune: true }, syncOptions: ['CreateNamespace=true'] } } };

let workshop: Workshop;
const opened: WebhookServer[] = [];

beforeAll(() => {
  workshop = openWorkshop(engineCluster());
});
afterAll(async () => {
  await workshop.close();
  for (const webhook of opened) await webhook.close();
});

async function create(path: string, object: object): Promise<void> {
  const { code, text } = await workshop.cluster.post(path, object);
  if (code !== 201) throw new Error(`${path} was refused: ${text}`);
}

const only = (namespace: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': namespace } });

/** A webhook for Deployments and ConfigMaps of one namespace. */
async function webhook(namespace: string, clientConfig: object): Promise<string> {
  const name = `${uniqueName('inject')}.example.com`;
  const operations = ['CREATE', 'UPDATE'];
  await create(`${ROOT}/mutatingwebhookconfigurations`, {
    ...{ apiVersion: API, kind: 'MutatingWebhookConfiguration', metadata: { name } },
    webhooks: [
      {
        ...{ name, clientConfig, failurePolicy: 'Fail', sideEffects: 'None', admissionReviewVersions: ['v1'] },
        ...{ namespaceSelector: only(namespace), timeoutSeconds: 5 },
        rules: [
          { apiGroups: ['apps'], apiVersions: ['v1'], operations, resources: ['deployments'] },
          { apiGroups: [''], apiVersions: ['v1'], operations, resources: ['configmaps'] },
        ],
      },
    ],
  });
  return name;
}

async function serving(namespace: string, decide: (object: ReturnType<typeof JSON.parse>) => Verdict) {
  const server = await startWebhook(({ object }) => decide(object));
  opened.push(server);
  await webhook(namespace, server.clientConfig);
  return server;
}

async function makeNamespace(): Promise<string> {
  const name = uniqueName('injected');
  await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return name;
}

/** The API server hears of webhooks and policies a moment after they are there. */
async function untilMutated(
  namespace: string,
  holds: (object: ReturnType<typeof JSON.parse>) => boolean,
  probe: Written,
) {
  const path =
    probe.kind === 'Deployment'
      ? `/apis/apps/v1/namespaces/${namespace}/deployments`
      : `/api/v1/namespaces/${namespace}/configmaps`;
  const { metadata } = probe;
  const body = { ...probe, metadata: { ...metadata, name: 'probe' } };
  await eventually(async () =>
    expect(holds((await workshop.cluster.post(`${path}?dryRun=All`, body)).json)).toBe(true),
  );
}

const SIDECAR = { name: 'proxy', image: 'istio/proxyv2:1.29' };

/** As Istio's: a sidecar, a label and an annotation, once. */
function inject(object: ReturnType<typeof JSON.parse>): Verdict {
  if (object.kind !== 'Deployment' || object.spec.template.spec.containers.length > 1) return [];
  return [
    { op: 'add', path: '/spec/template/spec/containers/-', value: SIDECAR },
    { op: 'add', path: '/spec/template/metadata/annotations', value: { 'sidecar.example.com/status': 'injected' } },
    { op: 'add', path: '/metadata/labels', value: { ...object.metadata.labels, injected: 'yes' } },
  ];
}

async function syncs(story: Story): Promise<number> {
  return (await story.stage.store.histories.list(story.name, 20)).length;
}

describe.concurrent('a mutating webhook', () => {
  it('that adds a sidecar, a label and an annotation makes no drift; changes of Git go on, and what it added stays', async () => {
    const namespace = await makeNamespace();
    const server = await serving(namespace, inject);
    await untilMutated(namespace, ({ spec }) => spec.template.spec.containers.length === 2, deployment('web'));
    const story = await workshop.deploy([deployment('web'), configMap('settings', 'x')], { namespace });
    await story.until('Synced Healthy');
    expect((await story.get(WEB)).metadata.labels).toEqual({ injected: 'yes' });
    const before = await syncs(story);
    for (let looks = 0; looks < 3; looks += 1) await story.look();
    expect(await story.status()).toMatchObject({ sync: 'Synced', drift: [], conditions: [] });
    expect(await syncs(story)).toBe(before);

    await story.push([deployment('web', { replicas: 2 }), configMap('settings', 'x')]);
    expect((await story.last()).phase).toBe('Succeeded');
    const { spec, metadata } = await story.get(WEB);
    expect(spec.replicas).toBe(2);
    expect(spec.template.spec.containers.map(({ name }: { name: string }) => name)).toEqual(['web', 'proxy']);
    expect(spec.template.metadata.annotations).toEqual({ 'sidecar.example.com/status': 'injected' });
    expect(metadata.labels).toEqual({ injected: 'yes' });
    await story.until('Synced Healthy');
    expect(server.reviews.some(({ dryRun }) => dryRun)).toBe(true);
  });

  it('that writes another value than Git names is no drift either, and nobody fights with it', async () => {
    const namespace = await makeNamespace();
    await serving(namespace, (object) =>
      object.kind === 'Deployment'
        ? [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'mirror.example.com/nginx:1.27' }]
        : [],
    );
    const image = ({ spec }: ReturnType<typeof JSON.parse>): string => spec.template.spec.containers[0].image;
    await untilMutated(namespace, (object) => image(object).startsWith('mirror'), deployment('web'));
    const story = await workshop.deploy([deployment('web')], { namespace });
    await story.until('Synced Healthy');
    const before = await syncs(story);
    for (let looks = 0; looks < 3; looks += 1) {
      story.stage.pass(301);
      await story.look();
    }
    expect(await story.status()).toMatchObject({ sync: 'Synced', drift: [], conditions: [] });
    expect([await syncs(story), image(await story.get(WEB))]).toEqual([before, 'mirror.example.com/nginx:1.27']);
  });

  it('that came after the object shows with IncludeMutationWebhook=true alone, and a sync brings what it adds', async () => {
    const namespace = await makeNamespace();
    const compared = (options: string) =>
      annotated(deployment('web'), { 'argocd.argoproj.io/compare-options': options });
    const plain = compared('ServerSideDiff=true');
    const story = await workshop.deploy([plain], { namespace, ...BY_HAND });
    await story.until('Synced Healthy');
    await serving(namespace, inject);
    await untilMutated(namespace, ({ spec }) => spec.template.spec.containers.length === 2, deployment('web'));
    await story.look();
    expect(await story.status()).toMatchObject({ sync: 'Synced', drift: [] });

    const including = await workshop.deploy([compared('ServerSideDiff=true,IncludeMutationWebhook=true')], {
      namespace: await makeNamespace(),
      ...BY_HAND,
    });
    await including.until('Synced Healthy');
    await serving(including.namespace, inject);
    await untilMutated(
      including.namespace,
      ({ spec }) => spec.template.spec.containers.length === 2,
      deployment('web'),
    );
    await including.look();
    const { sync, drift } = await including.status();
    expect(sync).toBe('OutOfSync');
    const paths = drift.flatMap(({ fields }) => fields.map(({ path }) => path));
    expect(paths).toContain('spec.template.spec.containers[name=proxy]');
    await including.sync();
    await including.until('Synced Healthy');
    expect((await including.get(WEB)).spec.template.spec.containers).toHaveLength(2);
  });

  it('that refuses is told in its own words, and nothing is written', async () => {
    const namespace = await makeNamespace();
    await serving(namespace, ({ data }) => (data?.value === 'secret' ? 'no secrets in ConfigMaps, says security' : []));
    const refused = async () =>
      (
        await workshop.cluster.post(
          `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`,
          configMap('probe', 'secret'),
        )
      ).code;
    await eventually(async () => expect(await refused()).toBe(403));
    const story = await workshop.deploy([configMap('settings', 'x'), configMap('fine', 'x')], { namespace });
    await story.push([configMap('settings', 'secret'), configMap('fine', 'y')]);
    expect((await story.last()).phase).toBe('Failed');
    expect(await story.message('ConfigMap settings')).toMatch(
      /admission webhook "inject-\w+\.example\.com" denied the request: no secrets in ConfigMaps, says security/,
    );
    expect((await story.get('v1/configmaps/settings')).data).toEqual({ value: 'x' });
  });

  it('that does not answer fails what has to pass it, with the reason, and nothing else', async () => {
    const namespace = await makeNamespace();
    const account: Written = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web' } };
    const story = await workshop.deploy([configMap('settings', 'x')], { namespace });
    await story.until('Synced Healthy');
    const server = await startWebhook(() => []);
    await server.close();
    const configuration = await webhook(namespace, server.clientConfig);
    const code = async () =>
      (await workshop.cluster.post(`/api/v1/namespaces/${namespace}/configmaps?dryRun=All`, configMap('probe', 'x')))
        .code;
    await eventually(async () => expect(await code()).toBe(500));
    await story.push([configMap('settings', 'y'), account]);
    const { phase, message } = await story.last();
    expect(phase).toBe('Failed');
    expect(message).toMatch(
      /ConfigMap .*settings.*failed calling webhook "inject-\w+\.example\.com".*connection refused/,
    );
    expect(await story.get('v1/serviceaccounts/web')).toBeDefined();
    expect((await story.status()).sync).toBe('OutOfSync');

    await workshop.cluster.delete(`${ROOT}/mutatingwebhookconfigurations/${configuration}`);
    await eventually(async () => expect(await code()).toBe(201));
    await story.sync();
    expect((await story.get('v1/configmaps/settings')).data).toEqual({ value: 'y' });
    await story.until('Synced Healthy');
  });
});

describe('a MutatingAdmissionPolicy', () => {
  it('that sets a label makes no drift, and the label stays', async () => {
    const namespace = await makeNamespace();
    const name = uniqueName('policy');
    const expression = 'Object{metadata: Object.metadata{labels: Object.metadata.labels{cost: "shop"}}}';
    await create(`${ROOT}/mutatingadmissionpolicies`, {
      ...{ apiVersion: API, kind: 'MutatingAdmissionPolicy', metadata: { name } },
      spec: {
        ...{ failurePolicy: 'Fail', reinvocationPolicy: 'Never' },
        matchConstraints: {
          resourceRules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
          ],
        },
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
      },
    });
    await create(`${ROOT}/mutatingadmissionpolicybindings`, {
      ...{ apiVersion: API, kind: 'MutatingAdmissionPolicyBinding', metadata: { name } },
      spec: { policyName: name, matchResources: { namespaceSelector: only(namespace) } },
    });
    await untilMutated(namespace, ({ metadata }) => metadata.labels?.cost === 'shop', configMap('probe', 'x'));
    const story = await workshop.deploy([configMap('settings', 'x')], { namespace });
    await story.until('Synced Healthy');
    await story.push([configMap('settings', 'y')]);
    await story.look();
    const { data, metadata } = await story.get('v1/configmaps/settings');
    expect([data, metadata.labels]).toEqual([{ value: 'y' }, { cost: 'shop' }]);
    expect(await story.status()).toMatchObject({ sync: 'Synced', drift: [], conditions: [] });
  });
});
