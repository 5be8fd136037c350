import { parseDocument } from 'yaml';
import * as z from 'zod';
import type { IgnoreDifference } from './application.ts';
import {
  type Customisations,
  type HealthScript,
  type KnownField,
  NO_CUSTOMISATIONS,
  type ResourceFilter,
} from './customisations.ts';
import type { ManifestDocument } from './documents.ts';
import { asProblem, Problem } from './problem.ts';
import { BY_ANNOTATION, type Tracking } from './tracking.ts';
import { readYamlOfKey } from './yaml-of-key.ts';

/** What `argocd-cm` says of resources, and what of it can't be read: one problem a key, which loses no other key. */
export interface ParsedCustomisations {
  readonly value: Customisations;
  readonly problems: readonly Problem[];
}

const names = z.array(z.string()).exactOptional();
const ignoreSchema = z.object({ jsonPointers: names, jqPathExpressions: names, managedFieldsManagers: names });
const knownSchema = z.array(z.object({ field: z.string(), type: z.string() }));
const filterSchema: z.ZodType<readonly ResourceFilter[]> = z.array(
  z.object({ apiGroups: names, kinds: names, clusters: names }),
);
const compareSchema = z.object({
  // YAML makes a boolean of `off`
  ignoreResourceStatusField: z.union([z.string(), z.boolean()]).exactOptional(),
  ignoreAggregatedRoles: z.boolean().exactOptional(),
  ignoreDifferencesOnResourceUpdates: z.boolean().exactOptional(),
});
const mapSchema = z.record(
  z.string(),
  z.looseObject({
    'health.lua': z.string().exactOptional(),
    'health.lua.useOpenLibs': z.boolean().exactOptional(),
    // Argo CD wants text here, and people write a map
    ignoreDifferences: z.union([z.string(), ignoreSchema]).exactOptional(),
    knownTypeFields: knownSchema.exactOptional(),
  }),
);

/** What is said of one `group/Kind`, from the single map and from keys of its own. */
interface Override {
  readonly script?: string;
  readonly openLibraries?: boolean;
  readonly ignore?: z.infer<typeof ignoreSchema>;
  readonly known?: z.infer<typeof knownSchema>;
}

const PREFIX = 'resource.customizations';

/** What of a kind's customisation means something in a browser or to a controller that runs all the time only. */
const WITHOUT_EFFECT = new Set(['actions', 'ignoreResourceUpdates']);

/**
 * Reads `resource.customizations` (the single map, and `resource.customizations.<what>.<group>_<kind>`, which wins),
 * `resource.compareoptions`, `resource.exclusions`, `resource.inclusions` and how resources are tracked, of `argocd-cm`. Never throws; lines in
 * problems are lines of the file. https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-cm-yaml/
 */
export function parseCustomisations(
  data: Readonly<Record<string, string>>,
  document: ManifestDocument,
): ParsedCustomisations {
  const problems: Problem[] = [];
  const overrides = new Map<string, Override>();
  let rest: Partial<Customisations> = {};
  const add = (kind: string, override: Override): void => {
    overrides.set(kind, { ...overrides.get(kind), ...override });
  };
  const read = <T>(schema: z.ZodType<T>, key: string, text: string): T =>
    readYamlOfKey(schema, key, text, document, problems);

  const readKey = (key: string, text: string): void => {
    if (key === PREFIX) {
      for (const [kind, entry] of Object.entries(read(mapSchema, key, text))) add(kind, overrideOf(entry, kind, key));
    } else if (key.startsWith(`${PREFIX}.`)) {
      const [what, kind] = split(key, document);
      if (what === 'health') add(kind, { script: text });
      else if (what === 'useOpenLibs') add(kind, { openLibraries: read(z.boolean(), key, text) });
      else if (what === 'ignoreDifferences') add(kind, { ignore: read(ignoreSchema, key, text) });
      else if (what === 'knownTypeFields') add(kind, { known: read(knownSchema, key, text) });
      else if (!WITHOUT_EFFECT.has(what)) throw unknownWhat(key, document);
    } else if (key === 'resource.compareoptions') rest = { ...rest, ...comparing(read(compareSchema, key, text)) };
    else if (key === 'resource.exclusions') rest = { ...rest, exclusions: read(filterSchema, key, text) };
    else if (key === 'resource.inclusions') rest = { ...rest, inclusions: read(filterSchema, key, text) };
    else if (TRACKING.has(key))
      rest = { ...rest, tracking: tracked(rest.tracking ?? BY_ANNOTATION, key, text, document) };
  };

  // The single map first, so that a key of its own wins, wherever it stands
  const keys = Object.keys(data).sort((a, b) => Number(b === PREFIX) - Number(a === PREFIX));
  for (const key of keys) {
    try {
      readKey(key, data[key] ?? '');
    } catch (thrown) {
      problems.push(asProblem(thrown));
    }
  }
  return { value: { ...NO_CUSTOMISATIONS, ...rest, ...collected(overrides) }, problems };
}

const TRACKING: ReadonlySet<string> = new Set([
  'application.resourceTrackingMethod',
  'application.instanceLabelKey',
  'installationID',
]);

/** Throws Problem misconfigured for a method that does not exist: then the annotation counts, which is the narrowest. */
function tracked(known: Tracking, key: string, given: string, document: ManifestDocument): Tracking {
  const text = given.trim();
  if (text === '') return known;
  if (key === 'installationID') return { ...known, installationId: text };
  if (key === 'application.instanceLabelKey') return { ...known, labelKey: text };
  if (text === 'annotation' || text === 'annotation+label' || text === 'label') return { ...known, method: text };
  throw new Problem('misconfigured', `argocd-cm: ${key} is "${text}", which is no tracking method`, {
    where: document.where(['data', key]),
    fix: 'Write annotation, annotation+label or label; until then resources are tracked by annotation.',
  });
}

function overrideOf(entry: z.infer<typeof mapSchema>[string], kind: string, key: string): Override {
  const { ignoreDifferences: ignore } = entry;
  const script = entry['health.lua'];
  return {
    ...(script === undefined ? {} : { script, openLibraries: entry['health.lua.useOpenLibs'] ?? false }),
    ...(ignore === undefined ? {} : { ignore: typeof ignore === 'string' ? innerIgnore(ignore, kind, key) : ignore }),
    ...(entry.knownTypeFields === undefined ? {} : { known: entry.knownTypeFields }),
  };
}

/** YAML in a text in YAML in a text. */
function innerIgnore(text: string, kind: string, key: string): z.infer<typeof ignoreSchema> {
  const found = ignoreSchema.safeParse(parseDocument(text, { prettyErrors: false, logLevel: 'silent' }).toJS() ?? {});
  if (found.success) return found.data;
  throw new Problem('invalid-manifest', `${key}: ignoreDifferences of ${kind} cannot be read`, {
    fix: 'Write lists: jsonPointers, jqPathExpressions or managedFieldsManagers.',
  });
}

/** `resource.customizations.health.cert-manager.io_Certificate` → `health`, `cert-manager.io/Certificate`. */
function split(key: string, document: ManifestDocument): readonly [what: string, kind: string] {
  const [, , what = '', ...words] = key.split('.');
  const name = words.join('.');
  const parts = name.split('_');
  if (name === 'all') return [what, '*/*'];
  if (name === '' || parts.length > 2) {
    throw new Problem('invalid-manifest', `${key} must end in <group>_<kind>, or in <kind> of the core group`, {
      where: document.where(['data', key]),
      fix: 'Write it as resource.customizations.health.cert-manager.io_Certificate.',
    });
  }
  return [what, parts.join('/')];
}

function unknownWhat(key: string, document: ManifestDocument): Problem {
  return new Problem('unknown-field', `argocd-cm: ${key} is not a key that is known here`, {
    where: document.where(['data', key]),
    fix: 'Known after resource.customizations. are health, useOpenLibs, ignoreDifferences, knownTypeFields, actions and ignoreResourceUpdates.',
  });
}

function comparing(options: z.infer<typeof compareSchema>): Partial<Customisations> {
  const { ignoreResourceStatusField: status, ignoreAggregatedRoles } = options;
  return {
    ...(status === undefined ? {} : { ignoreStatus: statusRule(status) }),
    ...(ignoreAggregatedRoles === undefined ? {} : { ignoreAggregatedRoles }),
  };
}

/** Whatever is no known word is `all`, as in Argo CD. */
function statusRule(word: string | boolean): Customisations['ignoreStatus'] {
  if (word === false || word === 'off' || word === 'false' || word === 'none') return 'none';
  return word === 'crd' ? 'crd' : 'all';
}

function collected(
  overrides: ReadonlyMap<string, Override>,
): Pick<Customisations, 'healthScripts' | 'ignoreDifferences' | 'knownFields'> {
  const healthScripts: HealthScript[] = [];
  const ignoreDifferences: IgnoreDifference[] = [];
  const knownFields: KnownField[] = [...NO_CUSTOMISATIONS.knownFields];
  for (const [pattern, { script = '', openLibraries = false, ignore, known = [] }] of overrides) {
    const [kind = '', group = ''] = pattern.split('/').reverse();
    if (script.trim() !== '') healthScripts.push({ pattern, script, openLibraries });
    if (ignore !== undefined) ignoreDifferences.push({ group, kind, ...ignore });
    knownFields.push(...known.map((one) => ({ group, kind, ...one })));
  }
  return { healthScripts, ignoreDifferences, knownFields };
}
