import { expect, it } from 'vitest';
import { orphansOf } from '../../src/access/orphans.ts';
import { type Manifest, resourceText } from '../../src/spec/manifest.ts';
import type { AppProjectSpec } from '../../src/spec/project.ts';
import { EU, projectOf } from './projects.ts';

const object = (kind: string, name: string, rest: Partial<Manifest> = {}, metadata = {}): Manifest => ({
  apiVersion: kind === 'StatefulSet' || kind === 'Deployment' ? 'apps/v1' : 'v1',
  kind,
  ...rest,
  metadata: { name, namespace: 'shop', ...metadata },
});
const CONFIG = object('ConfigMap', 'left-behind');
const ALL: AppProjectSpec = { destinations: [{ server: '*', namespace: '*' }], orphanedResources: { warn: true } };

function orphans(objects: readonly Manifest[], spec: AppProjectSpec = {}): readonly string[] {
  const belongs = ({ metadata }: Manifest): boolean => metadata.labels?.['app'] === 'shop';
  return orphansOf({ project: projectOf({ ...ALL, ...spec }), cluster: EU, objects, belongs }).map(resourceText);
}

// https://argo-cd.readthedocs.io/en/stable/user-guide/orphaned-resources/
it('finds what belongs to no application', () => {
  expect(orphans([CONFIG, object('Deployment', 'legacy')])).toEqual([
    'ConfigMap shop/left-behind',
    'Deployment shop/legacy',
  ]);
  expect(orphans([object('ConfigMap', 'mine', {}, { labels: { app: 'shop' } })])).toEqual([]);
});

it.each<[string, readonly Manifest[]]>([
  [
    'what something else owns',
    [object('Pod', 'web-1', {}, { ownerReferences: [{ uid: '1', kind: 'ReplicaSet', name: 'web' }] })],
  ],
  ['the default ServiceAccount', [object('ServiceAccount', 'default')]],
  ['a token of a ServiceAccount', [object('Secret', 'default-token', { type: 'kubernetes.io/service-account-token' })]],
  ['the root certificate', [object('ConfigMap', 'kube-root-ca.crt')]],
  ['the service of the API server', [object('Service', 'kubernetes', {}, { namespace: 'default' })]],
  [
    'the claims of a StatefulSet',
    [
      object(
        'StatefulSet',
        'db',
        { spec: { volumeClaimTemplates: [{ metadata: { name: 'data' } }] } },
        { labels: { app: 'shop' } },
      ),
      object('PersistentVolumeClaim', 'data-db-0'),
    ],
  ],
])('never counts %s', (_, objects) => {
  expect(orphans([...objects, CONFIG])).toEqual(['ConfigMap shop/left-behind']);
});

it('counts what only looks like it', () => {
  const alike = [
    object('Service', 'kubernetes'),
    object('ServiceAccount', 'builder'),
    object('Secret', 'token', { type: 'Opaque' }),
    object('PersistentVolumeClaim', 'data-db-0'),
  ];
  expect(orphans(alike)).toHaveLength(4);
});

it.each<[string, AppProjectSpec]>([
  ['denied by namespaceResourceBlacklist', { namespaceResourceBlacklist: [{ group: '', kind: 'ConfigMap' }] }],
  ['not in namespaceResourceWhitelist', { namespaceResourceWhitelist: [{ group: '', kind: 'Secret' }] }],
  ['in a namespace that is no destination', { destinations: [{ server: '*', namespace: 'web' }] }],
  ['ignored by kind', { orphanedResources: { warn: true, ignore: [{ kind: 'ConfigMap' }] } }],
  ['ignored by a glob', { orphanedResources: { warn: true, ignore: [{ kind: 'Config*', name: 'left-*' }] } }],
])('never counts what is %s', (_, spec) => {
  expect(orphans([CONFIG], spec)).toEqual([]);
});

it('ignores the core group where an entry names no group, and every kind where it names no kind', () => {
  const legacy = object('Deployment', 'legacy');
  const ignore = (entry: { readonly group?: string; readonly kind?: string; readonly name?: string }) =>
    orphans([CONFIG, legacy], { orphanedResources: { warn: true, ignore: [entry] } });
  expect(ignore({})).toEqual(['Deployment shop/legacy']);
  expect(ignore({ group: 'apps' })).toEqual(['ConfigMap shop/left-behind']);
  expect(ignore({ group: '*', name: 'l*' })).toEqual([]);
});
