import { ANNOTATION } from '../spec/annotations.ts';
import type { IgnoreDifference } from '../spec/application.ts';
import type { Change, FieldChange } from '../spec/change.ts';
import type { Customisations, KnownField } from '../spec/customisations.ts';
import type { FieldSet } from '../spec/field-set.ts';
import { hookTypes, isHook, waveOf } from '../spec/hook.ts';
import { keyOf, keyText, type ManagedFieldsEntry, type Manifest, type ResourceKey } from '../spec/manifest.ts';
import { BY_ANNOTATION, type Tracking } from '../spec/tracking.ts';
import { align } from './align.ts';
import { appliedFields } from './applied.ts';
import { type Difference, differences } from './differences.ts';
import { ignoresOf, withoutIgnored } from './ignore.ts';
import { isMap, type JsonMap } from './json.ts';
import { withoutAggregatedRules } from './normalise/aggregated-rules.ts';
import { withoutDuplicateEnv } from './normalise/duplicate-env.ts';
import { type Kept, withoutServerFields } from './normalise/server-fields.ts';
import { withSortedEndpoints } from './normalise/sorted-endpoints.ts';
import { foldStringData } from './normalise/string-data.ts';
import { ownerOf } from './owned.ts';
import { type Place, pathText, rootOf } from './place.ts';
import { project } from './project.ts';
import { type Marks, redactBoth } from './redact.ts';
import { yamlOf } from './yaml.ts';

/** What a comparison goes by beside the manifests. */
export interface CompareRules {
  /** Marks for secret values: `createMarks(key of the installation)`. */
  readonly marks: Marks;
  /** `spec.ignoreDifferences`; jq expressions must have been applied before (`ignoreFilter`). Default: none. */
  readonly ignoreDifferences?: readonly IgnoreDifference[];
  /** Whose `status` in Git is not compared. Default: that of all kinds. */
  readonly ignoreStatus?: Customisations['ignoreStatus'];
  /** Whether a manifest is applied client-side. Default: none is. */
  readonly isClientSide?: (manifest: Manifest) => boolean;
  /** Leave out `rules` of ClusterRoles with an aggregationRule. Default false. */
  readonly ignoreAggregatedRoles?: boolean;
  /** Fields of custom kinds that hold types of Kubernetes itself. Default: none. */
  readonly knownFields?: readonly KnownField[];
  /** What says whose an object is. Default: the annotation. With the method `label` its label, which is compared as any. */
  readonly tracking?: Tracking;
}

/** Two manifests of one key, before they are compared; at least one is there. */
interface Pair {
  readonly key: ResourceKey;
  readonly from: Manifest | undefined;
  readonly to: Manifest | undefined;
}

/**
 * What a change in Git changes: manifests rendered at the base against those rendered at the merge result. Give both
 * with the namespaces filled in (`withNamespace`). Hooks are compared too, and marked; those that no sync runs (`Skip`,
 * Helm's tests) are left out. Sorted by resource, hooks last; redacted.
 */
export function compareDesired(
  base: readonly Manifest[],
  head: readonly Manifest[],
  rules: Pick<CompareRules, 'marks'>,
): readonly Change[] {
  return pairs(base.filter(takesPart), head.filter(takesPart)).flatMap((pair) => {
    const [from, to] = redactBoth(
      [prepared(pair.from, [], [], {}, {}), prepared(pair.to, [], [], {}, {})],
      rules.marks,
    );
    return changeOf(pair, from, to, [], []);
  });
}

/**
 * What a sync would change: live objects against the desired manifests. Only fields that we desire are compared, and
 * those that trimtab applied earlier and no longer desires (managedFields, and what client-side apply wrote down), and whether an object that is to be tracked is
 * tracked as another's, or not at all. `live` holds the objects that the
 * application desires, tracks or has in its inventory: one that is not desired is a `delete`, unless its annotation
 * `compare-options: IgnoreExtraneous` says that it does not count. Hooks are not compared.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/compare-options/
 */
export function compareLive(
  desired: readonly Manifest[],
  live: readonly Manifest[],
  rules: CompareRules,
): readonly Change[] {
  const wanted = desired.filter((manifest) => !isHook(manifest));
  // A hook that trimtab created is never extraneous, nor is an object whose desired manifest became a hook
  const hooks = new Set(desired.filter(isHook).map((manifest) => keyText(keyOf(manifest))));
  const there = live.filter((object) => !isHook(object) && !hooks.has(keyText(keyOf(object))));
  return pairs(there, wanted).flatMap((pair) => {
    if (pair.to === undefined && ignoresExtraneous(pair.from)) return [];
    const entries = ignoresOf(pair.to ?? pair.from ?? NO_MANIFEST, rules.ignoreDifferences ?? []);
    const managers = pair.from?.metadata.managedFields ?? [];
    const kept = { tracking: isTrackedOtherwise(pair, rules.tracking) };
    const [from, to] = redactBoth(
      [prepared(pair.from, entries, managers, rules, kept), prepared(pair.to, entries, managers, rules, kept)],
      rules.marks,
    );
    const known = rules.knownFields ?? [];
    const part =
      pair.from !== undefined && pair.to !== undefined && from !== undefined && to !== undefined
        ? projected(from, to, appliedFields(pair.from, rules.isClientSide?.(pair.to) === true), placeOf(pair, known))
        : from;
    return changeOf(pair, part, to, managers, known);
  });
}

/**
 * Whether a live object is to be tracked, and is not, or is as another application's: as long as it is, it is not known
 * as this application's, and would never be pruned with it.
 */
function isTrackedOtherwise({ from, to }: Pair, tracking = BY_ANNOTATION): boolean {
  const wanted = to?.metadata.annotations ?? {};
  const there = from?.metadata.annotations ?? {};
  if (from === undefined || wanted[ANNOTATION.trackingId] === undefined) return false;
  if (there[ANNOTATION.trackingId] === undefined && tracking.method === 'label') return false;
  return [ANNOTATION.trackingId, ANNOTATION.installationId].some((name) => wanted[name] !== there[name]);
}

const NO_MANIFEST: Manifest = { apiVersion: '', kind: '', metadata: {} };

function takesPart(manifest: Manifest): boolean {
  const types = hookTypes(manifest);
  return types === undefined || types.some((type) => type !== 'Skip');
}

function ignoresExtraneous(live: Manifest | undefined): boolean {
  const options = live?.metadata.annotations?.[ANNOTATION.compareOptions] ?? '';
  return options.split(',').some((option) => option.trim() === 'IgnoreExtraneous');
}

/** Manifests of both sides by key, sorted: hooks last, then by kind, namespace and name. Of repeated keys the last counts. */
function pairs(from: readonly Manifest[], to: readonly Manifest[]): readonly Pair[] {
  const fromByKey = byKey(from);
  const toByKey = byKey(to);
  const texts = new Set([...fromByKey.keys(), ...toByKey.keys()]);
  const found = [...texts].flatMap((text) => {
    const pair = { from: fromByKey.get(text), to: toByKey.get(text) };
    const manifest = pair.to ?? pair.from;
    return manifest === undefined ? [] : [{ ...pair, key: namedKey(manifest) }];
  });
  const order = new Map(found.map((pair) => [pair, sortText(pair)]));
  return found.sort((a, b) => compareText(order.get(a) ?? '', order.get(b) ?? ''));
}

function byKey(manifests: readonly Manifest[]): ReadonlyMap<string, Manifest> {
  return new Map(manifests.map((manifest) => [keyText(namedKey(manifest)), manifest]));
}

/** The key of a manifest; one that leaves its name to the server goes by the beginning of it. */
function namedKey(manifest: Manifest): ResourceKey {
  const key = keyOf(manifest);
  return key.name === '' ? { ...key, name: manifest.metadata.generateName ?? '' } : key;
}

function sortText(pair: Pair): string {
  const hook = isHook(pair.to ?? pair.from ?? NO_MANIFEST) ? '1' : '0';
  return [hook, pair.key.kind, pair.key.namespace, pair.key.name, pair.key.group].join('\u0000');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function prepared(
  manifest: Manifest | undefined,
  entries: readonly IgnoreDifference[],
  managers: readonly ManagedFieldsEntry[],
  rules: Pick<CompareRules, 'ignoreStatus' | 'ignoreAggregatedRoles'>,
  kept: Pick<Kept, 'tracking'>,
): JsonMap | undefined {
  if (manifest === undefined) return undefined;
  const told = withoutServerFields(manifest, { ...kept, status: keepsStatus(manifest, rules) });
  const body = withSortedEndpoints(withoutDuplicateEnv(foldStringData(told)));
  const left = rules.ignoreAggregatedRoles === true ? withoutAggregatedRules(body) : body;
  return withoutIgnored(left, entries, managers);
}

function keepsStatus({ kind }: Manifest, { ignoreStatus = 'all' }: Pick<CompareRules, 'ignoreStatus'>): boolean {
  return ignoreStatus === 'none' || (ignoreStatus === 'crd' && kind !== 'CustomResourceDefinition');
}

function projected(from: JsonMap, to: JsonMap, applied: FieldSet | undefined, place: Place): JsonMap {
  const part = project(from, to, applied, place);
  return isMap(part) ? part : {};
}

function placeOf(pair: Pair, known: readonly KnownField[]): Place {
  return rootOf(pair.to ?? pair.from ?? NO_MANIFEST, known);
}

/** The change between two redacted sides; none when they mean the same. */
function changeOf(
  pair: Pair,
  from: JsonMap | undefined,
  to: JsonMap | undefined,
  managers: readonly ManagedFieldsEntry[],
  known: readonly KnownField[],
): readonly Change[] {
  const manifest = pair.to ?? pair.from ?? NO_MANIFEST;
  const common = { key: pair.key, hook: isHook(manifest), wave: waveOf(manifest) };
  if (from === undefined || to === undefined) {
    if (to !== undefined) return [{ ...common, action: 'create', fields: [], before: '', after: yamlOf(to) }];
    return from === undefined ? [] : [{ ...common, action: 'delete', fields: [], before: yamlOf(from), after: '' }];
  }
  const place = placeOf(pair, known);
  const found = differences(from, to, place);
  if (found.length === 0) return [];
  const aligned = align(from, to, place);
  const before = yamlOf(isMap(aligned) ? aligned : from);
  const fields = found.map((difference) => fieldChange(difference, managers));
  return [{ ...common, action: 'update', fields, before, after: yamlOf(to) }];
}

function fieldChange(difference: Difference, managers: readonly ManagedFieldsEntry[]): FieldChange {
  const { steps, from, to } = difference;
  return { path: pathText(steps), from, to, ...(from === undefined ? {} : ownerOf(managers, steps)) };
}
