import { ANNOTATION, FINALIZER } from '../../spec/annotations.ts';
import type { Manifest } from '../../spec/manifest.ts';
import { isList, isMap, type JsonMap, without } from '../json.ts';

/** What the API server fills in by itself; nobody wants to read it in a diff. */
const METADATA: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
]);

/** What trimtab and Argo CD add to what they apply; last-applied-configuration may also hold the body of a Secret. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  ANNOTATION.trackingId,
  ANNOTATION.installationId,
  ANNOTATION.operation,
  ANNOTATION.lastApplied,
  ANNOTATION.refresh,
]);

const TRACKING: ReadonlySet<string> = new Set([ANNOTATION.trackingId, ANNOTATION.installationId]);

/** What is left of a manifest that is usually left out. */
export interface Kept {
  readonly status?: boolean;
  /** The annotations that say which application, of which installation, it belongs to. */
  readonly tracking?: boolean;
}

/** A manifest without status, without what the server fills in, and without what trimtab and Argo CD add; but for what is kept. */
export function withoutServerFields(manifest: Manifest, kept: Kept = {}): JsonMap {
  const body = without(manifest, (key) => (key === 'status' && kept.status !== true) || key === 'metadata');
  const metadata = Object.entries(manifest.metadata).flatMap(([key, value]) => {
    if (METADATA.has(key)) return [];
    const left = metadataLeft(key, value, kept);
    return left === undefined ? [] : [[key, left] as const];
  });
  return { apiVersion: manifest.apiVersion, kind: manifest.kind, metadata: Object.fromEntries(metadata), ...body };
}

function metadataLeft(key: string, value: unknown, { tracking }: Kept): unknown {
  if (key === 'annotations' && isMap(value)) {
    const isKept = (name: string): boolean => tracking === true && TRACKING.has(name);
    const annotations = without(value, (name) => ANNOTATIONS.has(name) && !isKept(name));
    return Object.keys(annotations).length === 0 ? undefined : annotations;
  }
  if (key === 'finalizers' && isList(value)) {
    const finalizers = value.filter((finalizer) => finalizer !== FINALIZER.hook);
    return finalizers.length === 0 ? undefined : finalizers;
  }
  return value;
}
