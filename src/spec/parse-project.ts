import * as z from 'zod';
import type { Parsed } from './application.ts';
import { checkDocument } from './check.ts';
import type { ManifestDocument } from './documents.ts';
import { namedMetadata } from './metadata-schema.ts';
import type { AppProject } from './project.ts';
import { projectWarnings } from './project-warnings.ts';

const text = z.string().exactOptional();
const flag = z.boolean().exactOptional();
const texts = z.array(z.string()).exactOptional();

/** Argo CD refuses `!*`: it would deny everything. */
const pattern = z.string().refine((value) => value !== '!*', {
  message: "must not be '!*': it would deny everything",
  params: { fix: 'Remove the entry; what no entry allows is denied anyway.' },
});
const patterns = z.array(pattern).exactOptional();

const resourceRules = z.array(z.object({ group: z.string(), kind: z.string(), name: text })).exactOptional();
const namespacedRules = z.array(z.object({ group: z.string(), kind: z.string() })).exactOptional();

const syncWindow = z.object({
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
});

const role = z.object({
  name: z.string(),
  description: text,
  policies: texts,
  groups: texts,
  jwtTokens: z.array(z.object({ iat: z.int(), exp: z.int().exactOptional(), id: text })).exactOptional(),
});

const integrityPolicy = z.object({
  repos: z.array(z.object({ url: z.string() })),
  gpg: z.object({ mode: z.enum(['none', 'head', 'strict']), keys: texts }),
});

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
    namespaceResourceWhitelist: namespacedRules,
    namespaceResourceBlacklist: namespacedRules,
    syncWindows: z.array(syncWindow).exactOptional(),
    roles: z.array(role).exactOptional(),
    orphanedResources: z
      .object({ warn: flag, ignore: z.array(z.object({ group: text, kind: text, name: text })).exactOptional() })
      .exactOptional(),
    signatureKeys: z.array(z.object({ keyID: z.string() })).exactOptional(),
    sourceIntegrity: z
      .object({ git: z.object({ policies: z.array(integrityPolicy).exactOptional() }).exactOptional() })
      .exactOptional(),
    destinationServiceAccounts: z
      .array(z.object({ server: z.string(), namespace: text, defaultServiceAccount: z.string() }))
      .exactOptional(),
    permitOnlyProjectScopedClusters: flag,
  }),
  status: z.unknown().exactOptional(),
});

/**
 * An AppProject from a document of a manifest file. Throws Problem `invalid-manifest` with file, line and field. Unknown
 * fields, and entries that Argo CD's API would refuse but that concern only some applications (a schedule that can't be
 * read, a policy of no use), are warnings: one bad entry does not take the project away from all.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/project-specification/
 */
export function parseProject(document: ManifestDocument): Parsed<AppProject> {
  const { value, warnings } = checkDocument(schema, document);
  return { value, where: document.where([]), warnings: [...warnings, ...projectWarnings(value, document)] };
}
