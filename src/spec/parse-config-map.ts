import * as z from 'zod';
import { type Checked, checkDocument } from './check.ts';
import type { ManifestDocument } from './documents.ts';

const schema = z.object({
  apiVersion: z.literal('v1'),
  kind: z.literal('ConfigMap'),
  metadata: z.looseObject({}),
  immutable: z.boolean().exactOptional(),
  data: z.record(z.string(), z.string()).exactOptional(),
  binaryData: z.record(z.string(), z.string()).exactOptional(),
});

/**
 * `data` of a ConfigMap. Throws Problem `invalid-manifest` with file, line and key.
 * https://kubernetes.io/docs/concepts/configuration/configmap/
 */
export function parseConfigMap(document: ManifestDocument): Checked<Readonly<Record<string, string>>> {
  const { value, warnings } = checkDocument(schema, document);
  return { value: value.data ?? {}, warnings };
}
