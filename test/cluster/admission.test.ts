import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { annotated, configMap, deployment, inWave, type Written } from '../contract/engine/objects.ts';
import { eventually, openWorkshop, uniqueName, type Workshop } from '../contract/engine/stage.ts';
import { engineCluster } from './support.ts';

/** What only a real Kubernetes decides: quotas, policies, rights, and controllers that write what Git says, too. */
let workshop: Workshop;

beforeAll(() => {
  workshop = openWorkshop(engineCluster());
});
afterAll(() => workshop.close());

async function create(path: string, object: object): Promise<void> {
  const { code, text } = await workshop.cluster.post(path, object);
  if (code !== 201) throw new Error(`${path} was refused: ${text}`);
}

/** A policy of the whole cluster for ConfigMaps of one namespace. */
async function policy(namespace: string, expression: string, message: string): Promise<void> {
  const root = '/apis/admissionregistration.k8s.io/v1';
  const name = uniqueName('policy');
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const resourceRules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }];
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  await create(`${root}/validatingadmissionpolicies`, {
    ...{ apiVersion, kind: 'ValidatingAdmissionPolicy', metadata: { name } },
    spec: { failurePolicy: 'Fail', matchConstraints: { resourceRules }, validations: [{ expression, message }] },
  });
  await create(`${root}/validatingadmissionpolicybindings`, {
    ...{ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name } },
    spec: { policyName: name, validationActions: ['Deny'], matchResources: { namespaceSelector } },
  });
}

describe.concurrent('the reason of the server', () => {
  it('is told where a quota is exceeded, and the rest of the wave is applied', async () => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'few' },
      spec: { hard: { services: '1' } },
    };
    const service = (name: string): Written => ({
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name } },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
    const story = await workshop.deploy([quota]);
    const used = async () => (await story.get('v1/resourcequotas/few')).status.used?.services;
    await eventually(async () => expect(await used()).toBe('0'));
    await story.push([
      quota,
      service('a'),
      service('b'),
      configMap('settings', 'x'),
      inWave(configMap('later', 'x'), 1),
    ]);
    const { phase, tasks, message } = await story.last();
    expect(phase).toBe('Failed');
    expect(message).toMatch(/Service app-\w+\/[ab].*exceeded quota: few, requested: services=1, used: services=1/);
    const failed = tasks.filter(({ status }) => status === 'Failed').map(({ key }) => key.kind);
    expect(failed).toEqual(['Service']);
    expect(await story.get('v1/configmaps/settings')).toBeDefined();
    expect((await story.get('v1/services')).items).toHaveLength(1);
    expect(await story.get('v1/configmaps/later')).toBeUndefined();
  });

  it('is told where an admission policy refuses, before anything is written', async () => {
    const story = await workshop.deploy([configMap('settings', 'plain')]);
    await policy(
      story.namespace,
      "!('value' in object.data) || object.data.value != 'forbidden'",
      'no forbidden values here',
    );
    const denied = async () =>
      (await workshop.cluster.post(`${story.path('v1/configmaps')}?dryRun=All`, configMap('probe', 'forbidden'))).code;
    await eventually(async () => expect(await denied()).toBe(422));
    await story.push([configMap('settings', 'forbidden'), configMap('other', 'x')]);
    expect((await story.last()).phase).toBe('Failed');
    expect(await story.message('ConfigMap settings')).toContain('no forbidden values here');
    expect(await story.get('v1/configmaps/other')).toBeUndefined();
    expect((await story.get('v1/configmaps/settings')).data).toEqual({ value: 'plain' });
  });

  it('is told where the account of the project has no right, and the rest of the wave is applied', async () => {
    const namespace = uniqueName('limited');
    await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
    await create(`${rbac}/roles`, {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'deployer' } },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }],
    });
    await create(`${rbac}/rolebindings`, {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'deployer' } },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'deployer' },
      subjects: [{ kind: 'ServiceAccount', name: 'deployer', namespace }],
    });
    const stage = await workshop.stage();
    stage.commit({
      'argocd/settings.json': JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-cm', namespace: 'argocd' } },
        data: { 'application.sync.impersonation.enabled': 'true' },
      }),
      'argocd/project.json': JSON.stringify({
        ...{
          apiVersion: 'argoproj.io/v1alpha1',
          kind: 'AppProject',
          metadata: { name: 'limited', namespace: 'argocd' },
        },
        spec: {
          sourceRepos: ['*'],
          destinations: [{ server: '*', namespace: '*' }],
          destinationServiceAccounts: [{ server: '*', namespace, defaultServiceAccount: 'deployer' }],
        },
      }),
    });
    const story = await stage.deploy([configMap('settings', 'x'), deployment('web')], {
      namespace,
      spec: { project: 'limited', syncPolicy: { automated: {}, retry: { limit: 0 } } },
    });
    expect((await story.last()).phase).toBe('Failed');
    expect(await story.message('Deployment web')).toMatch(
      new RegExp(
        `Deployment ${namespace}/web: .*User "system:serviceaccount:${namespace}:deployer" cannot .* resource "deployments"`,
      ),
    );
    expect(await story.get('v1/configmaps/settings')).toBeDefined();
  });
});

describe.concurrent('what controllers write', () => {
  it('into an aggregated ClusterRole is no drift, and stays', async () => {
    const name = uniqueName('aggregated');
    const label = `rbac.example.com/${name}`;
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    const part: Written = {
      ...{ apiVersion, kind: 'ClusterRole', metadata: { name: `${name}-part`, labels: { [label]: 'true' } } },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    };
    const whole: Written = {
      ...{ apiVersion, kind: 'ClusterRole', metadata: { name } },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [label]: 'true' } }] },
      rules: [],
    };
    const stage = await workshop.stage();
    stage.commit({
      'argocd/settings.json': JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-cm', namespace: 'argocd' } },
        data: { 'resource.compareoptions': 'ignoreAggregatedRoles: true' },
      }),
    });
    const story = await stage.deploy([part, whole]);
    const rules = async () =>
      (await workshop.cluster.get(`/apis/${apiVersion}/clusterroles/${name}`)).json.rules?.length ?? 0;
    await eventually(async () => expect(await rules()).toBe(1));
    await story.look();
    expect(await story.status()).toMatchObject({ sync: 'Synced', drift: [] });
    expect(await rules()).toBe(1);
  });

  it('into the scale of a Deployment is no drift where Git names no replicas', async () => {
    const { replicas: _, ...spec } = deployment('web')['spec'] as { readonly replicas: number };
    const story = await workshop.deploy([{ ...deployment('web'), spec }]);
    await story.until('Synced Healthy');
    await story.edit('apps/v1/deployments/web/scale', { spec: { replicas: 3 } }, 'horizontal-pod-autoscaler');
    await story.until('Synced Healthy');
    await story.push([annotated({ ...deployment('web'), spec }, { note: 'a change' })]);
    expect((await story.last()).phase).toBe('Succeeded');
    expect((await story.get('apps/v1/deployments/web')).spec.replicas).toBe(3);
  });
});

describe('an aggregated API that is down', () => {
  it('makes Unknown, with the reason, what has resources of it; nothing of that is pruned, and others go on', async () => {
    const group = `${uniqueName('g')}.example.com`;
    const apiService = `/apis/apiregistration.k8s.io/v1/apiservices/v1.${group}`;
    const other = await workshop.deploy([configMap('settings', 'x')]);
    await create('/apis/apiregistration.k8s.io/v1/apiservices', {
      ...{ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: `v1.${group}` } },
      spec: {
        ...{ group, version: 'v1', groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true },
        service: { name: 'nowhere', namespace: other.namespace },
      },
    });
    try {
      const metric = { apiVersion: `${group}/v1`, kind: 'Metric', metadata: { name: 'one' } };
      const story = await other.stage.deploy([configMap('settings', 'x'), metric]);
      const { sync, conditions, health } = await story.status();
      expect([sync, health.status]).toEqual(['Unknown', 'Unknown']);
      expect(conditions.map(({ message }) => message).join()).toContain(`${group}/v1`);
      await other.push([configMap('settings', 'y')]);
      expect((await other.get('v1/configmaps/settings')).data).toEqual({ value: 'y' });
      expect((await other.status()).sync).toBe('Synced');
    } finally {
      await workshop.cluster.delete(apiService);
    }
  });
});
