import * as z from 'zod';
import { checkDocument } from './check.ts';
import type { ManifestDocument } from './documents.ts';
import { Problem } from './problem.ts';

const textMap = z.record(z.string(), z.string()).exactOptional();

/** The parts of a Secret that count. */
interface Secret {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

const schema: z.ZodType<Secret> = z.object({
  apiVersion: z.literal('v1'),
  kind: z.literal('Secret'),
  metadata: z.looseObject({ name: z.string(), labels: textMap, annotations: textMap }),
  type: z.string().exactOptional(),
  immutable: z.boolean().exactOptional(),
  data: textMap,
  stringData: textMap,
});

export interface ParsedSecret {
  readonly value: Secret;
  /** What a key holds; undefined when it is not there. Throws Problem `invalid-manifest` for what is not base64. */
  readonly read: (key: string) => string | undefined;
  readonly warnings: readonly Problem[];
}

/**
 * A Secret of the control repository that Argo CD reads settings from; `stringData` wins over `data`, as the API server
 * has it. No message holds a value of it. Throws Problem `invalid-manifest`.
 * https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data
 */
export function parseSecret(document: ManifestDocument, secretType: string): ParsedSecret {
  const { value, warnings } = checkDocument(schema, document);
  const read = (key: string): string | undefined =>
    value.stringData?.[key] ?? decoded(value.data?.[key], key, secretType, document);
  return { value, read, warnings };
}

function decoded(
  value: string | undefined,
  key: string,
  secretType: string,
  document: ManifestDocument,
): string | undefined {
  if (value === undefined) return undefined;
  const compact = value.replace(/\s/g, '');
  try {
    const bytes = Uint8Array.from(atob(compact), (character) => character.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // The cause would quote the value, and this is a Secret.
    throw new Problem('invalid-manifest', `data.${key} of a ${secretType} Secret must be base64 of UTF-8 text`, {
      where: document.where(['data', key]),
      fix: 'Encode the value with `base64 -w0`, or write it as it is under stringData.',
    });
  }
}
