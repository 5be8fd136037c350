import { ANNOTATION } from '../spec/annotations.ts';
import { keyOf, keyText, type Manifest, parseKey } from '../spec/manifest.ts';
import { BY_ANNOTATION, type Tracking } from '../spec/tracking.ts';

/** The API server takes no longer value of a label. */
const LONGEST_LABEL = 63;

/**
 * A manifest with the annotation that says which application it belongs to: `app:group/Kind:namespace/name`. Cluster-
 * scoped kinds get the destination's namespace in it, as Argo CD writes it, so that an installation can move between
 * the two. Where `argocd-cm` says so, with the label and the installation's id, too; definitions get no label, as in Argo CD.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
 */
export function withTracking(
  manifest: Manifest,
  application: string,
  namespace: string,
  tracking: Tracking = BY_ANNOTATION,
): Manifest {
  const key = keyOf(manifest);
  const text = keyText({ ...key, namespace: key.namespace === '' ? namespace : key.namespace });
  const { [ANNOTATION.installationId]: _id, ...own } = manifest.metadata.annotations ?? {};
  const { installationId } = tracking;
  const annotations = {
    ...own,
    [ANNOTATION.trackingId]: `${application}:${text}`,
    ...(installationId === undefined ? {} : { [ANNOTATION.installationId]: installationId }),
  };
  const value = labelOf(application, tracking);
  const labels = value === undefined || isDefinition(manifest) ? {} : { [tracking.labelKey]: value };
  const all = { ...manifest.metadata.labels, ...labels };
  const labelled = Object.keys(labels).length === 0 ? {} : { labels: all };
  return { ...manifest, metadata: { ...manifest.metadata, ...labelled, annotations } };
}

/** A manifest without what `withTracking` writes: whose it is does not count. */
export function withoutTracking(manifest: Manifest, tracking: Tracking = BY_ANNOTATION): Manifest {
  const { [ANNOTATION.trackingId]: _, ...annotations } = manifest.metadata.annotations ?? {};
  const { labels } = manifest.metadata;
  if (tracking.method === 'annotation' || labels === undefined) {
    return { ...manifest, metadata: { ...manifest.metadata, annotations } };
  }
  const { [tracking.labelKey]: _label, ...others } = labels;
  return { ...manifest, metadata: { ...manifest.metadata, annotations, labels: others } };
}

/** What counts is not cut, or two applications might look like one: the API server says that it is too long. */
function labelOf(application: string, { method }: Tracking): string | undefined {
  if (method === 'annotation') return undefined;
  return method === 'label' ? application : application.slice(0, LONGEST_LABEL).replace(/[^a-zA-Z0-9]+$/, '');
}

function isDefinition({ kind }: Manifest): boolean {
  return kind === 'CustomResourceDefinition';
}

/**
 * The application that a live object says it belongs to, whether rightly or not. With the method `label` that is, for what
 * has no annotation, the one of its label; not for what another object owns: controllers copy labels.
 */
export function trackedBy(live: Manifest, tracking: Tracking = BY_ANNOTATION): string | undefined {
  const { annotations = {}, labels = {}, ownerReferences = [] } = live.metadata;
  const id = annotations[ANNOTATION.trackingId];
  if (id === undefined) {
    const counts = tracking.method === 'label' && ownerReferences.length === 0 && !isDefinition(live);
    return counts ? labels[tracking.labelKey] : undefined;
  }
  if (annotations[ANNOTATION.installationId] !== tracking.installationId) return undefined;
  return id.includes(':') ? id.slice(0, id.indexOf(':')) : undefined;
}

/**
 * True when a live object says that it belongs to the application. An id that does not name its bearer, because another
 * controller copied the annotation, does not count: such an object is never pruned.
 */
export function isTracked(live: Manifest, application: string, tracking: Tracking = BY_ANNOTATION): boolean {
  if (trackedBy(live, tracking) !== application) return false;
  const id = live.metadata.annotations?.[ANNOTATION.trackingId];
  if (id === undefined) return true;
  const named = parseKey(id.slice(application.length + 1));
  const key = keyOf(live);
  if (named === undefined) return false;
  const sameNamespace = key.namespace === '' || key.namespace === named.namespace;
  return sameNamespace && key.group === named.group && key.kind === named.kind && key.name === named.name;
}

/** The application that a live object belongs to, if it says so rightly. */
export function ownerOf(live: Manifest, tracking: Tracking = BY_ANNOTATION): string | undefined {
  const application = trackedBy(live, tracking);
  return application !== undefined && application !== '' && isTracked(live, application, tracking)
    ? application
    : undefined;
}
