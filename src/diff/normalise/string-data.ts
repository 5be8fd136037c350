import { isMap, type JsonMap, without } from '../json.ts';

/**
 * A Secret with `stringData` folded into `data`, as the API server does when it is written: a key of `stringData` wins.
 * https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/
 */
export function foldStringData(manifest: JsonMap): JsonMap {
  const { stringData, data } = manifest;
  if (manifest['kind'] !== 'Secret' || !isMap(stringData)) return manifest;
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    typeof value === 'string' ? encodeText(value) : value,
  ]);
  const folded = { ...(isMap(data) ? data : {}), ...Object.fromEntries(encoded) };
  return { ...without(manifest, (key) => key === 'stringData'), data: folded };
}

/** Base64 of a text in UTF-8. */
export function encodeText(text: string): string {
  let bytes = '';
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}
