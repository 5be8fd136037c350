import { apiVersionOf, keyOf, type Manifest, resourceText } from '../spec/manifest.ts';
import type { ApiKind } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { Connection, Subject } from './connection.ts';
import type { Session } from './session.ts';

/** Where an object lives on an API server. `name` is undefined for one whose name the server makes (generateName). */
export interface Place {
  readonly kind: ApiKind;
  readonly namespace: string;
  readonly name: string | undefined;
}

/**
 * Where a manifest belongs. Throws Problem `not-found` when the server does not serve its kind, `invalid-manifest` when
 * it lacks the namespace or name that its kind needs, `forbidden` when the registration leaves out its namespace.
 */
export async function locate(session: Session, manifest: Manifest): Promise<Place> {
  const { apiVersion, metadata } = manifest;
  const where = { resource: resourceText(keyOf(manifest)) };
  const kind = await session.discovery.find(apiVersion, manifest.kind);
  if (kind === undefined) {
    throw new Problem(
      'not-found',
      `Cluster ${session.connection.cluster} serves no ${manifest.kind} in ${apiVersion}.`,
      {
        where,
        fix: 'Install its CustomResourceDefinition first (an earlier wave), or correct apiVersion and kind.',
      },
    );
  }
  if (metadata.name === undefined && metadata.generateName === undefined) {
    throw new Problem('invalid-manifest', `A ${manifest.kind} in ${apiVersion} has neither name nor generateName.`, {
      where: { ...where, field: 'metadata.name' },
      fix: 'Name it.',
    });
  }
  return placeOf(session.connection, kind, { namespace: metadata.namespace ?? '', name: metadata.name });
}

/** The place of a name of a kind; throws as `locate` does. Namespaces of cluster-scoped kinds are left out. */
export function placeOf(
  connection: Connection,
  kind: ApiKind,
  { namespace, name }: Pick<Place, 'namespace' | 'name'>,
): Place {
  if (!kind.namespaced) {
    checkClusterScoped(connection, kind, name);
    return { kind, namespace: '', name };
  }
  if (namespace === '') {
    throw new Problem(
      'invalid-manifest',
      `A ${kind.kind} lives in a namespace, and ${name ?? 'this one'} names none.`,
      {
        where: { resource: `${kind.kind} ${name ?? ''}`.trim(), field: 'metadata.namespace' },
        fix: "Set metadata.namespace, or the application's destination.namespace.",
      },
    );
  }
  checkNamespace(connection, namespace);
  return { kind, namespace, name };
}

/** Argo CD's `namespaces` of a cluster Secret: what is not listed is not touched. */
export function checkNamespace(connection: Connection, namespace: string): void {
  if (connection.namespaces.length === 0 || connection.namespaces.includes(namespace)) return;
  throw new Problem(
    'forbidden',
    `Cluster ${connection.cluster} is registered for the namespaces ${connection.namespaces.join(', ')}, not for ${namespace}.`,
    { fix: "Add the namespace to `namespaces` of the cluster's Secret, or deploy to another one." },
  );
}

/** Argo CD's `clusterResources` of a cluster Secret. What is outside of namespaces is not touched where they are named. */
function checkClusterScoped(connection: Connection, { kind }: ApiKind, name = ''): void {
  if (connection.namespacedOnly !== true) return;
  throw new Problem('forbidden', `cluster level ${kind} "${name}" can not be managed when in namespaced mode`, {
    fix: `Set clusterResources: "true" in the Secret of cluster ${connection.cluster}, or take the ${kind} out.`,
  });
}

/** The path of all objects of a kind: of one namespace, or of all where it is ''. */
export function collectionPath(kind: ApiKind, namespace: string): string {
  const root = `${kind.group === '' ? '/api' : '/apis'}/${apiVersionOf(kind)}`;
  return namespace === '' ? `${root}/${kind.plural}` : `${root}/namespaces/${segment(namespace)}/${kind.plural}`;
}

export function objectPath(kind: ApiKind, namespace: string, name: string): string {
  return `${collectionPath(kind, namespace)}/${segment(name)}`;
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#path-segment-names */
function segment(name: string): string {
  if (name !== '' && name !== '.' && name !== '..' && !/[/%\p{Surrogate}]/u.test(name)) return encodeURIComponent(name);
  throw new Problem('invalid-manifest', `"${name}" cannot be the name of a Kubernetes object.`, {
    fix: 'Names are not empty, not . or .., hold neither / nor %, and are valid text.',
  });
}

/** What to call a request about this object. */
export function subjectOf(doing: string, kind: Pick<ApiKind, 'group' | 'kind'>, place: Omit<Place, 'kind'>): Subject {
  const key = { group: kind.group, kind: kind.kind, namespace: place.namespace, name: place.name ?? '(to be named)' };
  const resource = resourceText(key);
  return { doing: `${doing} ${resource}`, resource, secret: kind.group === '' && kind.kind === 'Secret' };
}
