import type { Catalog } from '../catalog.ts';
import { textAt } from '../json.ts';
import type { Store } from '../store.ts';
import { type Hands, isGoing } from './hands.ts';

/** Namespaces: each gets its default ServiceAccount and root certificate; one that is deleted loses its content, then goes. */
export function runNamespaces(hands: Hands, store: Store, catalog: Catalog): void {
  for (const namespace of hands.list('/namespaces')) {
    const name = textAt(namespace, 'metadata', 'name');
    if (isGoing(namespace)) empty(hands, store, catalog, name);
    else furnish(hands, name);
  }
}

function furnish(hands: Hands, namespace: string): void {
  if (hands.get('/serviceaccounts', namespace, 'default') === undefined) {
    hands.create('/serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace },
    });
  }
  if (hands.get('/configmaps', namespace, 'kube-root-ca.crt') === undefined) {
    hands.create('/configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'kube-root-ca.crt',
        namespace,
        annotations: {
          'kubernetes.io/description': 'The embedded cluster speaks plain HTTP: there is no certificate.',
        },
      },
      data: { 'ca.crt': '' },
    });
  }
}

function empty(hands: Hands, store: Store, catalog: Catalog, namespace: string): void {
  let left = 0;
  for (const resource of store.resources()) {
    if (catalog.byStorage(resource)?.namespaced !== true) continue;
    for (const object of hands.list(resource, namespace)) {
      if (!isGoing(object)) hands.remove(resource, object);
      left += hands.get(resource, namespace, textAt(object, 'metadata', 'name')) === undefined ? 0 : 1;
    }
  }
  if (left === 0) store.remove('/namespaces', '', namespace);
}
