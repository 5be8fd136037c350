import * as z from 'zod';
import type { Parsed } from './application.ts';
import { checkDocument } from './check.ts';
import type { ManifestDocument } from './documents.ts';
import { namedMetadata } from './metadata-schema.ts';
import type { AppProject } from './project.ts';

const text = z.string().exactOptional();
const flag = z.boolean().exactOptional();
const maps = z.array(z.record(z.string(), z.unknown())).exactOptional();

/** Argo CD refuses `!*`: it would deny everything. */
const pattern = z.string().refine((value) => value !== '!*', {
  message: "must not be '!*': it would deny everything",
  params: { fix: 'Remove the entry; what no entry allows is denied anyway.' },
});
const patterns = z.array(pattern).exactOptional();

const resourceRules = z.array(z.object({ group: z.string(), kind: z.string(), name: text })).exactOptional();

const texts = z.array(z.string()).exactOptional();

const schema: z.ZodType<AppProject> = z.object({
  apiVersion: z.literal('argoproj.io/v1alpha1'),
  kind: z.literal('AppProject'),
  metadata: namedMetadata,
  spec: z.object({
    description: text,
    sourceRepos: patterns,
    destinations: z
      .array(
        z.object({
          server: pattern.exactOptional(),
          name: pattern.exactOptional(),
          namespace: pattern.exactOptional(),
        }),
      )
      .exactOptional(),
    sourceNamespaces: texts,
    clusterResourceWhitelist: resourceRules,
    clusterResourceBlacklist: resourceRules,
    namespaceResourceWhitelist: resourceRules,
    namespaceResourceBlacklist: resourceRules,
    syncWindows: z
      .array(
        z.object({
          kind: z.enum(['allow', 'deny']),
          schedule: z.string(),
          duration: z.string(),
          timeZone: text,
          applications: texts,
          namespaces: texts,
          clusters: texts,
          manualSync: flag,
          andOperator: flag,
          syncOverrun: flag,
          description: text,
        }),
      )
      .exactOptional(),
    roles: maps,
    orphanedResources: z.record(z.string(), z.unknown()).exactOptional(),
    signatureKeys: maps,
    sourceIntegrity: z.record(z.string(), z.unknown()).exactOptional(),
    destinationServiceAccounts: maps,
    permitOnlyProjectScopedClusters: flag,
  }),
  status: z.unknown().exactOptional(),
});

/**
 * An AppProject from a document of a manifest file.
 * Throws Problem `invalid-manifest` with file, line and field; unknown fields are warnings.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/project-specification/
 */
export function parseProject(document: ManifestDocument): Parsed<AppProject> {
  const { value, warnings } = checkDocument(schema, document);
  return { value, where: document.where([]), warnings };
}
