import { ANNOTATION, FIELD_MANAGER } from '../spec/annotations.ts';
import { ownedPart } from '../spec/field-set.ts';
import { keyOf, type Manifest, resourceText } from '../spec/manifest.ts';
import { Problem } from '../spec/problem.ts';
import { isMap, type Json } from './json.ts';

/** All annotations of an object together, names and values. https://github.com/kubernetes/apimachinery/blob/master/pkg/api/validation/objectmeta.go */
const MOST_BYTES = 256 * 1024;

/**
 * A manifest with itself in the annotation `last-applied-configuration`, byte for byte as `kubectl apply` writes it. Throws
 * Problem `cluster-refused` where the annotations, with those of the live object, become larger than the API server allows.
 * https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-kubernetes-io-last-applied-configuration
 */
export function withLastApplied(manifest: Manifest, live: Manifest | undefined): Manifest {
  const { [ANNOTATION.lastApplied]: _written, ...annotations } = manifest.metadata.annotations ?? {};
  const bare = { ...manifest, metadata: { ...manifest.metadata, annotations } };
  const whole = { ...annotations, [ANNOTATION.lastApplied]: `${goJson(bare)}\n` };
  refuseTooLarge(manifest, { ...live?.metadata.annotations, ...whole });
  return { ...bare, metadata: { ...bare.metadata, annotations: whole } };
}

function refuseTooLarge(manifest: Manifest, annotations: Readonly<Record<string, string>>): void {
  const bytes = Object.entries(annotations)
    .map(([name, value]) => Buffer.byteLength(name) + Buffer.byteLength(value))
    .reduce((sum, one) => sum + one, 0);
  if (bytes <= MOST_BYTES) return;
  const resource = resourceText(keyOf(manifest));
  throw new Problem(
    'cluster-refused',
    `${resource} can't be applied client-side: with last-applied-configuration, which holds the whole manifest, its annotations would take ${bytes} bytes of the ${MOST_BYTES} that an API server allows.`,
    {
      where: { resource },
      fix: `Apply it server-side: give it ${ANNOTATION.syncOptions}: ServerSideApply=true, or remove ServerSideApply=false.`,
    },
  );
}

/**
 * What was applied to an object before: what client-side apply wrote down, and what is ours by server-side apply. What is no
 * JSON says nothing: then nothing is taken away for it.
 */
export function appliedBefore(live: Manifest): readonly Json[] {
  const ours = (live.metadata.managedFields ?? []).filter(
    ({ manager, operation, subresource = '' }) =>
      manager === FIELD_MANAGER && operation === 'Apply' && subresource === '',
  );
  return [
    parsed(live.metadata.annotations?.[ANNOTATION.lastApplied]),
    ...ours.map(({ fieldsV1 = {} }) => ownedPart(live, fieldsV1)),
  ].filter(isMap);
}

/**
 * A Secret with `stringData` as `data`, which is how it is kept: else a value that Git drops from `stringData` would stay.
 * https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/
 */
export function asKept(manifest: Json): Json {
  const { stringData, ...rest } = manifest;
  if (manifest['kind'] !== 'Secret' || !isMap(stringData)) return manifest;
  const encoded = Object.entries(stringData).map(([name, value]) => [
    name,
    typeof value === 'string' ? Buffer.from(value).toString('base64') : value,
  ]);
  return { ...rest, data: { ...(isMap(rest['data']) ? rest['data'] : {}), ...Object.fromEntries(encoded) } };
}

/** JSON as Go writes it: names sorted, and no character that means something in HTML. https://pkg.go.dev/encoding/json#Marshal */
function goJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  if (!isMap(value)) return goText(value);
  const names = Object.keys(value).filter((name) => value[name] !== undefined);
  return `{${names.sort().map((name) => `${goText(name)}:${goJson(value[name])}`)}}`;
}

function goText(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return (JSON.stringify(value) ?? 'null').replace(/[<>&\u2028\u2029]/g, escaped);
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
