import { describe, expect, it, onTestFinished } from 'vitest';
import { createLocalCluster } from '../../src/local/cluster/index.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import { application, clusterSecret, configMap, type Desk, startDesk } from './desk.ts';

/** Applications that change their name, their set, their project or their place in one commit. */
const TRACKING = 'argocd.argoproj.io/tracking-id';
const FINALIZER = 'resources-finalizer.argocd.argoproj.io';
const settings = configMap('settings', 'x');
const path = '/api/v1/namespaces/web/configmaps/settings';

function cascading(name: string, spec = {}): object {
  const made = application(name, { destination: { name: 'in-cluster', namespace: 'web' }, ...spec });
  return { ...made, metadata: { ...(made as { metadata: object }).metadata, finalizers: [FINALIZER] } };
}

/** A set that gives applications of these names, each with the folder of its name. */
const set = (name: string, ...names: readonly string[]): object => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'ApplicationSet',
  metadata: { name },
  spec: { generators: [{ list: { elements: names.map((one) => ({ one })) } }], template: cascading('{{one}}') },
});

const project = (name: string): object => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name },
  spec: {
    sourceRepos: ['*'],
    destinations: [{ server: '*', namespace: '*' }],
    clusterResourceWhitelist: [{ group: '*', kind: '*' }],
  },
});

const found = (desk: Desk): Manifest | undefined => desk.cluster.get(path) as Manifest | undefined;

describe('what is deployed stays, as the same object, where one commit', () => {
  const other = application('other');
  it.each([
    ['renames the application', [cascading('web')], [cascading('shop')], 'shop'],
    ['renames it from a name that others begin with', [cascading('web-a')], [cascading('web')], 'web'],
    ['moves it from one set to another', [set('a', 'web'), set('b')], [set('a'), set('b', 'web')], 'web'],
    ['moves it to another set under another name', [set('a', 'web'), set('b')], [set('a'), set('b', 'shop')], 'shop'],
    ['has a set made of it', [cascading('web')], [set('a', 'web')], 'web'],
    ['writes it down instead of its set', [set('a', 'web')], [cascading('web')], 'web'],
    ['takes its set away, and writes it down', [set('a', 'web'), set('b')], [set('b'), cascading('web')], 'web'],
    ['moves it to another project', [cascading('web')], [cascading('web', { project: 'shops' })], 'web'],
  ])('%s', async (_what, before, after, name) => {
    const renders = { web: [settings], 'web-a': [settings], shop: [settings], other: [configMap('own', 'x')] };
    const common = [other, project('shops')];
    const desk = await startDesk({ definitions: [...before, ...common], renders });
    await desk.look();
    const uid = found(desk)?.metadata.uid;
    expect(uid).toBeDefined();
    desk.commit({ definitions: [...after, ...common] });
    for (let looks = 0; looks < 3; looks += 1) await desk.look();
    expect(found(desk)?.metadata).toMatchObject({
      uid,
      annotations: { [TRACKING]: `${name}:/ConfigMap:web/settings` },
    });
    expect(found(desk)?.metadata.deletionTimestamp).toBeUndefined();
    expect((await desk.status(name)).sync).toBe('Synced');
    const all = (await desk.store.statuses.all()).map((status) => status.application).sort();
    expect(all).toEqual(['other', name].sort());
  });
});

it('an application that goes to another cluster leaves what it had in the first, and its deletion takes the second alone', async () => {
  const second = await createLocalCluster();
  onTestFinished(() => second.close());
  const staging = clusterSecret('staging', second.url);
  const moved = cascading('web', { destination: { server: second.url, namespace: 'web' } });
  const renders = { web: [settings, configMap('old', 'x')], other: [configMap('own', 'x')] };
  const desk = await startDesk({ definitions: [cascading('web'), application('other'), staging], renders });
  await desk.look();
  desk.commit({ definitions: [moved, application('other'), staging], renders: { ...renders, web: [settings] } });
  await desk.look();
  expect(second.get(path)).toBeDefined();
  expect(found(desk)).toBeDefined();
  expect(desk.cluster.get(path.replace('settings', 'old'))).toBeDefined();
  expect((await desk.status('web')).sync).toBe('Synced');
  desk.commit({ definitions: [application('other'), staging] });
  await desk.look();
  expect(second.get(path)).toBeUndefined();
  expect(found(desk)).toBeDefined();
});
