import * as z from 'zod';
import {
  APPLICATIONS_SYNC,
  type ApplicationSet,
  GENERATORS,
  type LabelSelector,
  type ParsedSet,
  type RolloutStep,
  type RolloutStrategy,
  type SetGenerator,
  type SetTemplate,
} from './applicationset.ts';
import { checkDocument } from './check.ts';
import type { ManifestDocument } from './documents.ts';
import { namedMetadata } from './metadata-schema.ts';
import { Problem, type Where } from './problem.ts';

const text = z.string().exactOptional();
const flag = z.boolean().exactOptional();
const texts = z.array(z.string()).exactOptional();
const textMap = z.record(z.string(), z.string()).exactOptional();
const anyMap = z.record(z.string(), z.unknown());

const selector: z.ZodType<LabelSelector> = z.object({
  matchLabels: textMap,
  matchExpressions: z
    .array(z.object({ key: z.string(), operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']), values: texts }))
    .exactOptional(),
});

/** Its `spec` is checked when parameters have filled it: only then is it an Application. */
const template: z.ZodType<SetTemplate> = z.object({
  metadata: z
    .object({ name: text, namespace: text, labels: textMap, annotations: textMap, finalizers: texts })
    .exactOptional(),
  spec: anyMap.exactOptional(),
});

const overriding = { template: template.exactOptional() };
const patterns = z.array(z.object({ path: z.string(), exclude: flag })).exactOptional();

/** The App has credentials of its own. */
const credentials = { tokenRef: anyMap.exactOptional(), appSecretName: text };

/** What generators that ask a host have in common. */
const asked = { values: textMap, requeueAfterSeconds: z.int().exactOptional(), ...overriding };

/** Read as they are, and named as unsupported when the set is expanded. */
function otherHosts<K extends string>(names: readonly K[]): Record<K, z.ZodExactOptional<typeof anyMap>> {
  const hosts = names.map((name) => [name, anyMap.exactOptional()] as const);
  return Object.fromEntries(hosts) as Record<K, z.ZodExactOptional<typeof anyMap>>;
}

const leaves = {
  list: z.object({ elements: z.array(anyMap).exactOptional(), elementsYaml: text, ...overriding }).exactOptional(),
  clusters: z
    .object({ selector: selector.exactOptional(), values: textMap, flatList: flag, ...overriding })
    .exactOptional(),
  git: z
    .object({
      repoURL: z.string(),
      revision: text,
      directories: patterns,
      files: patterns,
      requeueAfterSeconds: z.int().exactOptional(),
      pathParamPrefix: text,
      values: textMap,
      ...overriding,
    })
    .exactOptional(),
  scmProvider: z
    .object({
      github: z
        .object({ organization: z.string(), api: text, allBranches: flag, excludeArchivedRepos: flag, ...credentials })
        .exactOptional(),
      ...otherHosts(['gitlab', 'gitea', 'bitbucket', 'bitbucketServer', 'azureDevOps', 'awsCodeCommit']),
      cloneProtocol: text,
      filters: z
        .array(
          z.object({
            repositoryMatch: text,
            branchMatch: text,
            labelMatch: text,
            pathsExist: texts,
            pathsDoNotExist: texts,
          }),
        )
        .exactOptional(),
      ...asked,
    })
    .exactOptional(),
  pullRequest: z
    .object({
      github: z
        .object({ owner: z.string(), repo: z.string(), api: text, labels: texts, ...credentials })
        .exactOptional(),
      ...otherHosts(['gitlab', 'gitea', 'bitbucket', 'bitbucketServer', 'azuredevops']),
      filters: z.array(z.object({ branchMatch: text, targetBranchMatch: text, titleMatch: text })).exactOptional(),
      continueOnRepoNotFoundError: flag,
      ...asked,
    })
    .exactOptional(),
  clusterDecisionResource: anyMap.exactOptional(),
  plugin: anyMap.exactOptional(),
  selector: selector.exactOptional(),
};

/** Matrix and merge may stand in one another once; what they combine may not combine again. */
function entry(depth: number): z.ZodType<SetGenerator> {
  if (depth === 0) return z.object(leaves);
  const generators = z.array(entry(depth - 1));
  return z.object({
    ...leaves,
    matrix: z.object({ generators, ...overriding }).exactOptional(),
    merge: z.object({ generators, mergeKeys: texts, ...overriding }).exactOptional(),
  });
}

const step: z.ZodType<RolloutStep> = z.object({
  matchExpressions: z
    .array(z.object({ key: z.string(), operator: z.enum(['In', 'NotIn']), values: texts }))
    .exactOptional(),
  maxUpdate: z
    .union([z.int().min(0), z.string().regex(/^\s*\d+%?\s*$/, 'a number, or a share like 10%')])
    .exactOptional(),
});

const strategy: z.ZodType<RolloutStrategy> = z.object({
  type: z.enum(['AllAtOnce', 'RollingSync']).exactOptional(),
  rollingSync: z.object({ steps: z.array(step).exactOptional(), defaultPrune: flag }).exactOptional(),
  deletionOrder: z.enum(['AllAtOnce', 'Reverse']).exactOptional(),
});

const schema: z.ZodType<ApplicationSet> = z.object({
  apiVersion: z.literal('argoproj.io/v1alpha1'),
  kind: z.literal('ApplicationSet'),
  metadata: namedMetadata,
  spec: z.object({
    goTemplate: flag,
    goTemplateOptions: texts,
    generators: z.array(entry(2)),
    template,
    templatePatch: text,
    syncPolicy: z
      .object({
        applicationsSync: z.enum(APPLICATIONS_SYNC).exactOptional(),
        preserveResourcesOnDeletion: flag,
      })
      .exactOptional(),
    strategy: strategy.exactOptional(),
    preservedFields: z.object({ annotations: texts, labels: texts }).exactOptional(),
    ignoreApplicationDifferences: z
      .array(z.object({ name: text, jsonPointers: texts, jqPathExpressions: texts }))
      .exactOptional(),
    applyNestedSelectors: flag,
  }),
  status: z.unknown().exactOptional(),
});

/**
 * An ApplicationSet from a document of a manifest file. What its template gives is checked when it is expanded.
 * Throws Problem `invalid-manifest` with file, line and field (also for an entry of `generators` with none or two, and
 * for `templatePatch` without `goTemplate`); unknown fields, and what has no effect in trimtab, are warnings.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/applicationset-specification/
 */
export function parseApplicationSet(document: ManifestDocument): ParsedSet {
  const { value, warnings } = checkDocument(schema, document);
  const { spec } = value;
  checkEntries(spec.generators, ['spec', 'generators'], document);
  if (spec.templatePatch !== undefined && spec.goTemplate !== true) {
    throw new Problem('invalid-manifest', 'spec.templatePatch works with goTemplate only', {
      where: document.where(['spec', 'templatePatch']),
      fix: 'Add `goTemplate: true` under spec, and write parameters with a dot in front: {{.path.basename}}.',
    });
  }
  return {
    value,
    where: document.where([]),
    warnings: [...warnings, ...withoutEffect(value, document)],
    locate: document.where,
    textLine: document.textLine,
  };
}

type Path = readonly (string | number)[];

function checkEntries(generators: readonly SetGenerator[], path: Path, document: ManifestDocument): void {
  for (const [index, generator] of generators.entries()) {
    const at = [...path, index];
    const named = GENERATORS.filter((name) => generator[name] !== undefined);
    const [only] = named;
    if (only === undefined || named.length > 1) {
      const found = named.length === 0 ? 'none' : named.join(' and ');
      throw new Problem('invalid-manifest', `an entry of generators must hold one generator, found ${found}`, {
        where: document.where(at),
        fix: `Write one of ${GENERATORS.join(', ')}; give each an entry (\`- \`) of its own.`,
      });
    }
    const children = generator.matrix?.generators ?? generator.merge?.generators;
    if (children !== undefined) checkEntries(children, [...at, only, 'generators'], document);
  }
}

/** What is read, but changes nothing here: said, so that nobody counts on it. */
function withoutEffect({ metadata, spec }: ApplicationSet, document: ManifestDocument): readonly Problem[] {
  const warn = (path: Path, what: string, fix: string): Problem => {
    const where: Where = document.where(path);
    return new Problem('unsupported', `ApplicationSet ${metadata.name}: ${what}`, { where, fix });
  };
  const warnings: Problem[] = [];
  if (spec.strategy?.type === 'RollingSync' && (spec.strategy.rollingSync?.steps ?? []).length === 0) {
    warnings.push(
      warn(
        ['spec', 'strategy'],
        'RollingSync without steps syncs nothing: each application waits for somebody to sync it',
        'Add rollingSync.steps, or leave the strategy out.',
      ),
    );
  }
  if (spec.strategy?.deletionOrder === 'Reverse' && spec.strategy.type !== 'RollingSync') {
    warnings.push(
      warn(
        ['spec', 'strategy', 'deletionOrder'],
        'deletionOrder: Reverse has no effect without the steps of type: RollingSync',
        'Add type: RollingSync and rollingSync.steps, or leave it out.',
      ),
    );
  }
  return warnings;
}
