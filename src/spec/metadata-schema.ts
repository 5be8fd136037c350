import * as z from 'zod';
import type { ObjectMeta } from './manifest.ts';

/** `metadata` of a named object; unknown fields are the API server's business and pass. */
export const namedMetadata: z.ZodType<ObjectMeta & { readonly name: string }> = z.looseObject({
  // https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
  name: z.string().refine((name) => name.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name), {
    message: 'must consist of lower case letters, digits, `-` and `.`, and begin and end with a letter or digit',
    params: { fix: 'Rename it; Kubernetes refuses other names.' },
  }),
  namespace: z.string().exactOptional(),
  labels: z.record(z.string(), z.string()).exactOptional(),
  annotations: z.record(z.string(), z.string()).exactOptional(),
  finalizers: z.array(z.string()).exactOptional(),
});
