import { ANNOTATION } from '../spec/annotations.ts';
import { keyOf, keyText, type Manifest, parseKey } from '../spec/manifest.ts';

/**
 * A manifest with the annotation that says which application it belongs to: `app:group/Kind:namespace/name`. Cluster-
 * scoped kinds get the destination's namespace in it, as Argo CD writes it, so that an installation can move between
 * the two. https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
 */
export function withTracking(manifest: Manifest, application: string, namespace: string): Manifest {
  const key = keyOf(manifest);
  const text = keyText({ ...key, namespace: key.namespace === '' ? namespace : key.namespace });
  const annotations = { ...manifest.metadata.annotations, [ANNOTATION.trackingId]: `${application}:${text}` };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

/** A manifest without that annotation. */
export function withoutTracking(manifest: Manifest): Manifest {
  const { [ANNOTATION.trackingId]: _, ...annotations } = manifest.metadata.annotations ?? {};
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

/** The application that a live object says it belongs to, whether rightly or not. */
export function trackedBy(live: Manifest): string | undefined {
  const id = live.metadata.annotations?.[ANNOTATION.trackingId];
  return id?.includes(':') === true ? id.slice(0, id.indexOf(':')) : undefined;
}

/**
 * True when a live object says that it belongs to the application. An id that does not name its bearer, because another
 * controller copied the annotation, does not count: such an object is never pruned.
 */
export function isTracked(live: Manifest, application: string): boolean {
  const id = live.metadata.annotations?.[ANNOTATION.trackingId];
  if (id === undefined || !id.startsWith(`${application}:`)) return false;
  const named = parseKey(id.slice(application.length + 1));
  const key = keyOf(live);
  if (named === undefined) return false;
  const sameNamespace = key.namespace === '' || key.namespace === named.namespace;
  return sameNamespace && key.group === named.group && key.kind === named.kind && key.name === named.name;
}
