import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type ClusterlessInstallation, createInstallationFor } from '../../src/local/installation.ts';
import { application, configMap, deployment, hookJob, REPO } from '../e2e/platform.ts';
import { SIZED, widgets } from '../fixtures/widgets.ts';
import { ask, kubeconfig, uniqueName } from './support.ts';

const shop = uniqueName('shop');
const failing = uniqueName('failing');
const custom = uniqueName('custom');
const group = `${custom}.example.com`;

let trimtab: ClusterlessInstallation;

beforeAll(async () => {
  trimtab = await createInstallationFor(kubeconfig(), {
    controlRepository: REPO,
    channels: ['deploys', 'alerts'],
    delayScale: 0.2,
  });
  await trimtab.forge.createRepository({
    owner: 'acme',
    name: 'platform',
    files: {
      [`argocd/${shop}.yaml`]: application(shop),
      [`apps/${shop}/all.yaml`]: everyKind()
        .map((one) => stringify(one))
        .join('---\n'),
      [`argocd/${failing}.yaml`]: application(failing),
      [`apps/${failing}/config.yaml`]: configMap('settings', 'first'),
      [`apps/${failing}/hooks.yaml`]: [
        hookJob('check', 'PreSync', ['/bin/false']),
        hookJob('tell', 'SyncFail', ['/bin/tell']),
      ].join('---\n'),
      [`argocd/${custom}.yaml`]: application(custom),
      [`apps/${custom}/all.yaml`]: [widgets(group, SIZED), widget()].map((one) => stringify(one)).join('---\n'),
    },
  });
  await trimtab.schedule();
});
afterAll(() => trimtab.close());

/** One of each kind that people deploy most, written as they write them: short, and not as the server gives them back. */
function everyKind(): readonly unknown[] {
  const labels = { app: 'web' };
  const container = {
    name: 'web',
    image: 'nginx:1.27',
    env: [{ name: 'LEVEL', value: 'info' }],
    ports: [{ containerPort: 8080 }],
    resources: { requests: { cpu: 0.5, memory: '1024Mi' }, limits: { cpu: '1000m', memory: '2048Mi' } },
    livenessProbe: { httpGet: { path: '/', port: 8080 } },
    volumeMounts: [{ name: 'scratch', mountPath: '/tmp' }],
  };
  const template = {
    metadata: { labels },
    spec: { containers: [container], volumes: [{ name: 'scratch', emptyDir: {} }] },
  };
  const once = { ...template.spec, restartPolicy: 'OnFailure' };
  const named = (apiVersion: string, kind: string, rest: Readonly<Record<string, unknown>>) => ({
    apiVersion,
    kind,
    metadata: { name: 'web' },
    ...rest,
  });
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Mi' } } };
  return [
    named('v1', 'ConfigMap', { data: { motd: 'hello\n' }, binaryData: { logo: 'AAEC' } }),
    named('v1', 'Secret', { stringData: { password: 'hunter2' } }),
    named('v1', 'ServiceAccount', {}),
    named('rbac.authorization.k8s.io/v1', 'Role', { rules }),
    named('rbac.authorization.k8s.io/v1', 'RoleBinding', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'web' },
      subjects: [{ kind: 'ServiceAccount', name: 'web', namespace: shop }],
    }),
    named('v1', 'Service', { spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] } }),
    {
      ...named('v1', 'Service', { spec: { type: 'LoadBalancer', selector: labels, ports: [{ port: 443 }] } }),
      metadata: { name: 'public' },
    },
    named('v1', 'PersistentVolumeClaim', { spec: claim }),
    named('apps/v1', 'Deployment', { spec: { replicas: 2, selector: { matchLabels: labels }, template } }),
    named('apps/v1', 'StatefulSet', {
      spec: {
        serviceName: 'web',
        selector: { matchLabels: { app: 'db' } },
        template: { ...template, metadata: { labels: { app: 'db' } } },
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }],
      },
    }),
    named('apps/v1', 'DaemonSet', {
      spec: {
        selector: { matchLabels: { app: 'agent' } },
        template: { ...template, metadata: { labels: { app: 'agent' } } },
      },
    }),
    named('batch/v1', 'Job', { spec: { template: { spec: once } } }),
    named('batch/v1', 'CronJob', {
      spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: { spec: once } } } },
    }),
    named('networking.k8s.io/v1', 'Ingress', {
      spec: {
        rules: [
          {
            host: 'shop.example.com',
            http: {
              paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }],
            },
          },
        ],
      },
    }),
    named('networking.k8s.io/v1', 'NetworkPolicy', {
      spec: { podSelector: { matchLabels: labels }, ingress: [{ ports: [{ port: 8080 }] }] },
    }),
    named('policy/v1', 'PodDisruptionBudget', { spec: { maxUnavailable: 1, selector: { matchLabels: labels } } }),
  ];
}

function widget(): unknown {
  return { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'one' }, spec: { size: 3 } };
}

/** Looks until an application is as it should be. */
async function untilStatus(application: string, expected: string): Promise<void> {
  const look = async (): Promise<string> => {
    await trimtab.schedule();
    const status = await trimtab.store.statuses.load(application);
    const unwell = status?.resources.filter(
      (one) => one.sync !== 'Synced' || (one.health?.status ?? 'Healthy') !== 'Healthy',
    );
    const details = unwell
      ?.map((one) => `${one.key.kind} ${one.key.name}: ${one.sync} ${one.health?.status}`)
      .join(', ');
    return `${status?.sync} ${status?.health.status}${details === '' ? '' : ` (${details})`}`;
  };
  await expect.poll(look, { timeout: 90_000, interval: 500 }).toBe(expected);
}

describe('an application with one of each common kind', () => {
  it('is Synced and Healthy after one sync', async () => {
    await untilStatus(shop, 'Synced Healthy');
    expect(await trimtab.store.histories.list(shop, 10)).toHaveLength(1);
  });

  it('shows no drift and is left alone: defaults, quantities and what controllers write are not differences', async () => {
    const { items: before } = await ask('GET', `/apis/apps/v1/namespaces/${shop}/statefulsets`);
    await trimtab.schedule();
    expect((await trimtab.store.statuses.load(shop))?.drift).toEqual([]);
    const { items: after } = await ask('GET', `/apis/apps/v1/namespaces/${shop}/statefulsets`);
    expect(after[0].metadata.resourceVersion).toBe(before[0].metadata.resourceVersion);
    expect(await trimtab.store.histories.list(shop, 10)).toHaveLength(1);
  });

  it('loses with one commit what the commit removes, and what that owned', async () => {
    const kept = everyKind().filter((one) => !['DaemonSet', 'Ingress'].includes((one as { kind: string }).kind));
    await trimtab.forge.commit(REPO, {
      branch: 'main',
      message: 'Fewer',
      changes: { [`apps/${shop}/all.yaml`]: kept.map((one) => stringify(one)).join('---\n') },
    });
    await trimtab.settled();
    await untilStatus(shop, 'Synced Healthy');
    expect((await ask('GET', `/apis/apps/v1/namespaces/${shop}/daemonsets`)).items).toEqual([]);
    expect((await ask('GET', `/apis/networking.k8s.io/v1/namespaces/${shop}/ingresses`)).items).toEqual([]);
    const agents = async () =>
      (await ask('GET', `/api/v1/namespaces/${shop}/pods?labelSelector=app%3Dagent`)).items.length;
    await expect.poll(agents, { timeout: 30_000 }).toBe(0);
    expect((await ask('GET', `/apis/apps/v1/namespaces/${shop}/deployments`)).items).toHaveLength(1);
  });
});

describe('a PreSync hook that fails', () => {
  it('fails the operation before anything is applied, and runs SyncFail', async () => {
    const [entry] = await trimtab.store.histories.list(failing, 10);
    expect(entry).toMatchObject({ phase: 'Failed' });
    const tasks = entry?.tasks.map((task) => `${task.phase} ${task.key.kind} ${task.key.name} ${task.status}`);
    expect(tasks).toContain('PreSync Job check Failed');
    expect(tasks).toContain('SyncFail Job tell Succeeded');
    expect(await ask('GET', `/api/v1/namespaces/${failing}/configmaps/settings`)).toBeUndefined();
  });

  it('is mended by the next commit', async () => {
    await trimtab.forge.commit(REPO, {
      branch: 'main',
      message: 'Mend the check',
      changes: {
        [`apps/${failing}/hooks.yaml`]: hookJob('check', 'PreSync', ['/bin/true']),
        [`apps/${failing}/web.yaml`]: deployment('web', 'nginx:1.27', 2),
      },
    });
    await trimtab.settled();
    await untilStatus(failing, 'Synced Healthy');
    expect((await ask('GET', `/apis/apps/v1/namespaces/${failing}/deployments/web`)).status.readyReplicas).toBe(2);
  });
});

describe('a definition and a resource that uses it, in one sync', () => {
  it('are both applied', async () => {
    await untilStatus(custom, 'Synced Healthy');
    const path = `/apis/${group}/v1/namespaces/${custom}/widgets/one`;
    expect((await ask('GET', path)).spec).toEqual({ size: 3, mode: 'safe' });
    const [entry] = await trimtab.store.histories.list(custom, 10);
    expect(entry).toMatchObject({ phase: 'Succeeded' });
  });
});
