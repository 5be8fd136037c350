import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { deployment, type Platform, REPO, startPlatform } from './platform.ts';

const URL = `https://github.com/${REPO}.git`;
const FLEET = ['dev', 'prod-a', 'prod-b', 'lab'];

const set = (names: readonly string[]): string =>
  stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name: 'fleet', namespace: 'argocd' },
    spec: {
      goTemplate: true,
      generators: [{ list: { elements: names.map((name) => ({ name, env: name.split('-')[0] })) } }],
      strategy: {
        type: 'RollingSync',
        deletionOrder: 'Reverse',
        rollingSync: {
          steps: ['dev', 'prod'].map((env) => ({
            matchExpressions: [{ key: 'env', operator: 'In', values: [env] }],
            maxUpdate: 1,
          })),
        },
      },
      template: {
        metadata: { name: '{{.name}}', labels: { env: '{{.env}}' } },
        spec: {
          project: 'default',
          source: { repoURL: URL, targetRevision: 'HEAD', path: 'apps/web' },
          destination: { server: 'https://kubernetes.default.svc', namespace: '{{.name}}' },
          syncPolicy: { syncOptions: ['CreateNamespace=true'], retry: { limit: 0 } },
        },
      },
    },
  });

let trimtab: Platform;

beforeAll(async () => {
  trimtab = await startPlatform({
    'argocd/fleet.yaml': set(FLEET),
    'apps/web/web.yaml': deployment('web', 'ghcr.io/acme/web:1.0.0'),
  });
});
afterAll(() => trimtab.close());

/** The image that is deployed in each namespace. */
function images(): readonly (string | undefined)[] {
  return FLEET.map((name) => {
    const found = trimtab.cluster.get(`/apis/apps/v1/namespaces/${name}/deployments/web`);
    return /ghcr.io\/acme\/web:[^"]+/.exec(JSON.stringify(found?.['spec'] ?? ''))?.[0].split(':')[1];
  });
}

describe('a set with RollingSync', () => {
  test('deploys step by step, without automated sync in its template; what is in no step waits for somebody', async () => {
    await trimtab.schedule();
    await trimtab.schedule();
    expect(images()).toEqual(['1.0.0', '1.0.0', '1.0.0', undefined]);
    const finished = await Promise.all(FLEET.slice(0, 3).map((name) => trimtab.store.histories.list(name, 1)));
    const times = finished.map(([entry]) => [entry?.startedAt ?? '', entry?.finishedAt ?? '']);
    expect(times.flat()).toEqual([...times.flat()].sort());
  });

  test('goes no further than the step that does not become healthy', async () => {
    await trimtab.push({ 'apps/web/web.yaml': deployment('web', 'ghcr.io/acme/web:broken') });
    await trimtab.schedule();
    expect(images()).toEqual(['broken', '1.0.0', '1.0.0', undefined]);
    expect((await trimtab.store.statuses.load('prod-a'))?.waitsFor).toEqual(['dev']);
  });

  test('goes on when it does', async () => {
    await trimtab.push({ 'apps/web/web.yaml': deployment('web', 'ghcr.io/acme/web:1.1.0') });
    await trimtab.schedule();
    await trimtab.schedule();
    expect(images()).toEqual(['1.1.0', '1.1.0', '1.1.0', undefined]);
    expect((await trimtab.store.statuses.load('prod-a'))?.waitsFor).toBeUndefined();
  });

  test('goes the other way with deletionOrder: Reverse', async () => {
    await trimtab.push({ 'argocd/fleet.yaml': set(['lab']) });
    await trimtab.schedule();
    await trimtab.schedule();
    expect(images()).toEqual([undefined, undefined, undefined, undefined]);
    const [dev, ...prods] = await Promise.all(FLEET.slice(0, 3).map((name) => trimtab.store.histories.list(name, 1)));
    const last = prods.flatMap(([entry]) => entry?.finishedAt ?? '').sort();
    expect([...last, dev?.[0]?.startedAt]).toEqual([...last, dev?.[0]?.startedAt].sort());
    expect(await trimtab.store.statuses.load('dev')).toBeUndefined();
  });
});
