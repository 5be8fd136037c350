import { lastFields, type Place } from '../place.ts';

/** True where Kubernetes keeps bytes; those of Secrets are marks by the time that they are compared. */
export function isBase64(place: Place): boolean {
  const [last, parent] = lastFields(place);
  return (place.kind === 'ConfigMap' && parent === 'binaryData') || (place.builtin && last === 'caBundle');
}

/** Base64 without its line breaks, which Go skips and does not write back. https://pkg.go.dev/encoding/base64 */
export function packed(value: unknown): string | undefined {
  return typeof value === 'string' ? value.replaceAll(/[\r\n]/g, '') : undefined;
}
