import { expect, it } from 'vitest';
import type { Client } from './client.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

/** What a client learns before it does anything. */
export function discoveryContract(client: () => Client): void {
  it('says its version and that it is well', async () => {
    const version = await client().get('/version');
    expect(version.json).toMatchObject({
      major: '1',
      minor: expect.stringMatching(/^\d+/),
      gitVersion: expect.stringMatching(/^v1\./),
    });
    for (const path of ['/healthz', '/readyz']) {
      const { code, text } = await client().get(path);
      expect([path, code, text]).toEqual([path, 200, 'ok']);
    }
  });

  it('lists groups and their preferred versions', async () => {
    const core = await client().get('/api');
    expect(core.json).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const { json } = await client().get('/apis');
    expect(json.kind).toBe('APIGroupList');
    const names = json.groups.map((group: { name: string }) => group.name);
    for (const group of ['apps', 'batch', 'networking.k8s.io', 'rbac.authorization.k8s.io', 'apiextensions.k8s.io'])
      expect(names).toContain(group);
    const apps = json.groups.find((group: { name: string }) => group.name === 'apps');
    expect(apps.preferredVersion).toEqual({ groupVersion: 'apps/v1', version: 'v1' });
  });

  it('lists the resources of a version with scope, verbs, short names and subresources', async () => {
    const { json } = await client().get('/apis/apps/v1');
    expect(json).toMatchObject({ kind: 'APIResourceList', groupVersion: 'apps/v1' });
    const byName = new Map(json.resources.map((one: { name: string }) => [one.name, one]));
    expect(byName.get('deployments')).toMatchObject({
      singularName: 'deployment',
      namespaced: true,
      kind: 'Deployment',
      shortNames: ['deploy'],
      categories: ['all'],
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
    });
    expect(byName.get('deployments/scale')).toMatchObject({
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    });
    expect(byName.get('deployments/status')).toMatchObject({ kind: 'Deployment' });
  });

  it('gives all of it in one answer to clients that accept aggregated discovery', async () => {
    const { json, headers } = await client().get('/apis', AGGREGATED);
    expect(headers['content-type']).toContain('as=APIGroupDiscoveryList');
    expect(json).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' });
    const apps = json.items.find((item: { metadata: { name: string } }) => item.metadata.name === 'apps');
    const deployments = apps.versions[0].resources.find((one: { resource: string }) => one.resource === 'deployments');
    expect(deployments).toMatchObject({
      // Empty: those of the resource.
      responseKind: { group: '', version: '', kind: 'Deployment' },
      scope: 'Namespaced',
      singularResource: 'deployment',
      shortNames: ['deploy'],
      subresources: expect.arrayContaining([
        expect.objectContaining({
          subresource: 'scale',
          responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
        }),
      ]),
    });
    const core = await client().get('/api', AGGREGATED);
    const pods = core.json.items[0].versions[0].resources.find((one: { resource: string }) => one.resource === 'pods');
    expect(pods.responseKind).toEqual({ group: '', version: '', kind: 'Pod' });
  });

  it('answers 404 for groups and resources that it does not have', async () => {
    expect((await client().get('/apis/nothing.example.com/v1')).code).toBe(404);
    expect((await client().get('/apis/apps/v1/namespaces/default/nothings')).code).toBe(404);
  });
}
