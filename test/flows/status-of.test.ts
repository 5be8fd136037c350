import { expect, it } from 'vitest';
import { childrenOf } from '../../src/flows/children.ts';
import { statusOf } from '../../src/flows/status-of.ts';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import type { Application } from '../../src/spec/application.ts';
import type { Manifest } from '../../src/spec/manifest.ts';

const at = '2026-01-31T08:00:00Z';
const silenced = { [ANNOTATION.ignoreHealthcheck]: 'true' };

function application(name: string, annotations: Readonly<Record<string, string>> = {}): Application {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd', annotations },
    spec: { project: 'default', destination: { namespace: 'shop' } },
  };
}

function deployment(annotations: Readonly<Record<string, string>> = {}): Manifest {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop', annotations } };
}

function healthOf(desired: Manifest, live: Manifest): string {
  const wanted = { application: application('shop'), revisions: [], desired: [desired], inventory: [], conditions: [] };
  const degraded = new Map([['apps/Deployment:shop/web', { status: 'Degraded', message: 'crashes' } as const]]);
  return statusOf(wanted, [live], [], degraded, undefined, at).health.status;
}

it('does not count a resource that is silenced in Git, or by hand in the cluster', () => {
  expect(healthOf(deployment(), deployment())).toBe('Degraded');
  expect(healthOf(deployment(silenced), deployment())).toBe('Healthy');
  expect(healthOf(deployment(), deployment(silenced))).toBe('Healthy');
});

it('gives no health to a child that is silenced, nor to an application that manages itself', async () => {
  const applications = [application('root'), application('web'), application('loud', silenced)].map((value) => ({
    value,
    where: {},
    parents: ['root'],
  }));
  const load = async () => ({ health: { status: 'Degraded', message: '' } }) as never;
  const children = await childrenOf(application('root'), { applications } as never, { statuses: { load } } as never);
  expect(children.map(({ key, health }) => [key.name, health?.status])).toEqual([
    ['root', undefined],
    ['web', 'Degraded'],
    ['loud', undefined],
  ]);
});
