import * as z from 'zod';
import type {
  Application,
  ApplicationSource,
  Destination,
  DirectorySource,
  HelmSource,
  KustomizeSource,
  Parsed,
  SyncPolicy,
} from './application.ts';
import { type Checked, check, type Locate } from './check.ts';
import type { ManifestDocument } from './documents.ts';
import { namedMetadata } from './metadata-schema.ts';

const text = z.string().exactOptional();
const flag = z.boolean().exactOptional();
const texts = z.array(z.string()).exactOptional();
const textMap = z.record(z.string(), z.string()).exactOptional();
const anyMap = z.record(z.string(), z.unknown());

const helm: z.ZodType<HelmSource> = z.object({
  releaseName: text,
  values: text,
  valuesObject: anyMap.exactOptional(),
  valueFiles: texts,
  ignoreMissingValueFiles: flag,
  parameters: z.array(z.object({ name: z.string(), value: text, forceString: flag })).exactOptional(),
  fileParameters: z.array(z.object({ name: z.string(), path: z.string() })).exactOptional(),
  passCredentials: flag,
  skipCrds: flag,
  skipTests: flag,
  skipSchemaValidation: flag,
  namespace: text,
  kubeVersion: text,
  apiVersions: texts,
  version: text,
});

const kustomize: z.ZodType<KustomizeSource> = z.object({
  namePrefix: text,
  nameSuffix: text,
  images: texts,
  replicas: z.array(z.object({ name: z.string(), count: z.union([z.int(), z.string()]) })).exactOptional(),
  commonLabels: textMap,
  labelWithoutSelector: flag,
  labelIncludeTemplates: flag,
  commonAnnotations: textMap,
  commonAnnotationsEnvsubst: flag,
  forceCommonLabels: flag,
  forceCommonAnnotations: flag,
  namespace: text,
  components: texts,
  ignoreMissingComponents: flag,
  patches: z
    .array(
      z.object({
        path: text,
        patch: text,
        target: anyMap.exactOptional(),
        options: z.record(z.string(), z.boolean()).exactOptional(),
      }),
    )
    .exactOptional(),
  kubeVersion: text,
  apiVersions: texts,
  version: text,
});

const jsonnetVariables = z.array(z.object({ name: z.string(), value: text, code: flag })).exactOptional();

const directory: z.ZodType<DirectorySource> = z.object({
  recurse: flag,
  include: text,
  exclude: text,
  jsonnet: z.object({ tlas: jsonnetVariables, extVars: jsonnetVariables, libs: texts }).exactOptional(),
  disableExtensionFilter: flag,
});

const source: z.ZodType<ApplicationSource> = z
  .object({
    repoURL: z.string().refine((url) => url !== '', {
      message: 'must not be empty',
      params: { fix: 'Write the URL of the repository.' },
    }),
    path: text,
    targetRevision: text,
    tagPrefix: text,
    chart: text,
    ref: text,
    name: text,
    helm: helm.exactOptional(),
    kustomize: kustomize.exactOptional(),
    directory: directory.exactOptional(),
    plugin: anyMap.exactOptional(),
  })
  .refine(({ path, chart, ref }) => (path ?? '') !== '' || (chart ?? '') !== '' || (ref ?? '') !== '', {
    message: 'names nothing to render: path, chart or ref is required',
    params: { fix: 'Add `path` (`.` is the root of the repository), or `chart` for a chart repository.' },
  });

// Argo CD says the same as a condition: "application destination can't have both name and server defined".
const destination: z.ZodType<Destination> = z
  .object({ server: text, name: text, namespace: text })
  .refine(({ server, name }) => (server ?? '') !== '' || (name ?? '') !== '', {
    message: 'names no cluster: server or name is required',
    params: { fix: 'Add `server: https://kubernetes.default.svc`, or the `name` of a registered cluster.' },
  })
  .refine(({ server, name }) => (server ?? '') === '' || (name ?? '') === '', {
    message: 'names the cluster twice: server and name exclude each other',
    params: { fix: 'Remove one of the two.' },
  });

const syncPolicy: z.ZodType<SyncPolicy> = z.object({
  automated: z.object({ enabled: flag, prune: flag, selfHeal: flag, allowEmpty: flag }).exactOptional(),
  syncOptions: texts,
  retry: z
    .object({
      limit: z.int().exactOptional(),
      backoff: z.object({ duration: text, factor: z.int().exactOptional(), maxDuration: text }).exactOptional(),
      refresh: flag,
    })
    .exactOptional(),
  managedNamespaceMetadata: z.object({ labels: textMap, annotations: textMap }).exactOptional(),
});

const schema: z.ZodType<Application> = z.object({
  apiVersion: z.literal('argoproj.io/v1alpha1'),
  kind: z.literal('Application'),
  metadata: namedMetadata,
  spec: z
    .object({
      project: z.string(),
      source: source.exactOptional(),
      sources: z.array(source).exactOptional(),
      sourceHydrator: anyMap.exactOptional(),
      destination,
      syncPolicy: syncPolicy.exactOptional(),
      ignoreDifferences: z
        .array(
          z.object({
            group: text,
            kind: z.string(),
            name: text,
            namespace: text,
            jsonPointers: texts,
            jqPathExpressions: texts,
            managedFieldsManagers: texts,
          }),
        )
        .exactOptional(),
      info: z.array(z.object({ name: z.string(), value: z.string() })).exactOptional(),
      revisionHistoryLimit: z.int().exactOptional(),
    })
    .refine(
      (spec) => spec.source !== undefined || (spec.sources ?? []).length > 0 || spec.sourceHydrator !== undefined,
      {
        message: 'has nothing to render: source or sources is required',
        params: { fix: 'Add `source` with `repoURL`, `path` and `targetRevision`.' },
      },
    ),
  status: z.unknown().exactOptional(),
  operation: z.unknown().exactOptional(),
});

/**
 * An Application from a document of a manifest file. What trimtab knows but does not do (plugins, charts, …) is read
 * as it is: who renders decides. An empty project is `default`, as in Argo CD.
 * Throws Problem `invalid-manifest` with file, line and field; unknown fields are warnings.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/
 */
export function parseApplication(document: ManifestDocument): Parsed<Application> {
  const { value, warnings } = checkApplication(document.value(), document.where);
  return { value, where: { ...document.where([]), application: value.metadata.name }, warnings };
}

/** One source of an Application, written elsewhere. Throws Problem `invalid-manifest`. */
export function checkSource(data: unknown, locate: Locate): Checked<ApplicationSource> {
  return check(source, data, locate);
}

/** An Application from plain data, which a template made: `locate` says where the fields come from. Throws as above. */
export function checkApplication(data: unknown, locate: Locate): Checked<Application> {
  const { value, warnings } = check(schema, data, locate);
  const spec = value.spec.project === '' ? { ...value.spec, project: 'default' } : value.spec;
  return { value: { ...value, spec }, warnings };
}
