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

/** A manifest without status (unless it is kept), without what the server fills in, and without what trimtab and Argo CD add. */
export function withoutServerFields(manifest: Manifest, keepStatus = false): JsonMap {
  const body = without(manifest, (key) => (key === 'status' && !keepStatus) || key === 'metadata');
  const metadata = Object.entries(manifest.metadata).flatMap(([key, value]) => {
    if (METADATA.has(key)) return [];
    const kept = keptMetadata(key, value);
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return { apiVersion: manifest.apiVersion, kind: manifest.kind, metadata: Object.fromEntries(metadata), ...body };
}

function keptMetadata(key: string, value: unknown): unknown {
  if (key === 'annotations' && isMap(value)) {
    const annotations = without(value, (name) => ANNOTATIONS.has(name));
    return Object.keys(annotations).length === 0 ? undefined : annotations;
  }
  if (key === 'finalizers' && isList(value)) {
    const finalizers = value.filter((finalizer) => finalizer !== FINALIZER.hook);
    return finalizers.length === 0 ? undefined : finalizers;
  }
  return value;
}
