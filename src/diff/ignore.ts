import type { IgnoreDifference } from '../spec/application.ts';
import { type FieldSet, fieldIn, isWhole, itemIn, keyNames } from '../spec/field-set.ts';
import { matchesGlob } from '../spec/glob.ts';
import { groupOf, type ManagedFieldsEntry, type Manifest } from '../spec/manifest.ts';
import { isList, isMap, type JsonMap, without } from './json.ts';

/**
 * The entries of `ignoreDifferences` that speak of a manifest. Group and kind may be globs; name and namespace count
 * where they are given. https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/
 */
export function ignoresOf(
  manifest: Manifest,
  ignoreDifferences: readonly IgnoreDifference[],
): readonly IgnoreDifference[] {
  return ignoreDifferences.filter(
    (entry) =>
      matchesGlob(entry.group ?? '', groupOf(manifest.apiVersion)) &&
      matchesGlob(entry.kind, manifest.kind) &&
      (entry.name === undefined || entry.name === '' || entry.name === manifest.metadata.name) &&
      (entry.namespace === undefined || entry.namespace === '' || entry.namespace === manifest.metadata.namespace),
  );
}

/**
 * The jq filter that takes out of a manifest what `jqPathExpressions` say, undefined when they say nothing. It needs an
 * engine, so a flow runs it (`Engines.jq`) over the desired and the live manifest before it compares them. An
 * expression that fails on this manifest takes nothing out, and the others still count, as in Argo CD.
 */
export function ignoreFilter(manifest: Manifest, ignoreDifferences: readonly IgnoreDifference[]): string | undefined {
  const paths = ignoresOf(manifest, ignoreDifferences).flatMap((entry) => entry.jqPathExpressions ?? []);
  if (paths.length === 0) return undefined;
  return paths.map((path) => `(. as $whole | try del(${path}) catch $whole)`).join(' | ');
}

/** The same, one filter an expression, as Argo CD runs them: each fails for itself. */
export function ignoreFilters(manifest: Manifest, ignoreDifferences: readonly IgnoreDifference[]): readonly string[] {
  return ignoresOf(manifest, ignoreDifferences).flatMap((entry) =>
    (entry.jqPathExpressions ?? []).map((path) => `del(${path})`),
  );
}

/** A manifest without what `jsonPointers` and `managedFieldsManagers` ignore; `managers` are those of the live object. */
export function withoutIgnored(
  body: JsonMap,
  entries: readonly IgnoreDifference[],
  managers: readonly ManagedFieldsEntry[],
): JsonMap {
  let left: unknown = body;
  for (const entry of entries) {
    for (const pointer of entry.jsonPointers ?? []) left = withoutPointer(left, stepsOf(pointer));
    for (const manager of entry.managedFieldsManagers ?? []) {
      for (const owner of managers) {
        if (owner.manager === manager) left = withoutFields(left, owner.fieldsV1 ?? {});
      }
    }
  }
  return isMap(left) ? left : {};
}

/** A JSON pointer as steps. https://www.rfc-editor.org/rfc/rfc6901#section-3 */
function stepsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function withoutPointer(value: unknown, steps: readonly string[]): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (isMap(value)) {
    if (!Object.hasOwn(value, step)) return value;
    if (rest.length === 0) return without(value, (key) => key === step);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, key === step ? withoutPointer(item, rest) : item]),
    );
  }
  if (isList(value) && /^(0|[1-9]\d*)$/.test(step)) {
    const index = Number(step);
    if (rest.length === 0) return value.filter((_, at) => at !== index);
    return value.map((item, at) => (at === index ? withoutPointer(item, rest) : item));
  }
  return value;
}

/** A value without the fields of a field set. The keys of list items stay, or the item would be taken for another. */
function withoutFields(value: unknown, fields: FieldSet, keep: ReadonlySet<string> = new Set()): unknown {
  if (isMap(value)) {
    const entries = Object.entries(value).flatMap(([field, item]) => {
      const below = fieldIn(fields, field);
      if (below === undefined || keep.has(field)) return [[field, item] as const];
      if (isWhole(below)) return [];
      return [[field, withoutFields(item, below)] as const];
    });
    return Object.fromEntries(entries);
  }
  if (!isList(value)) return value;
  const keys = keyNames(fields);
  return value.flatMap((item) => {
    const below = itemIn(fields, item);
    if (below === undefined) return [item];
    return isMap(item) ? [withoutFields(item, below, keys)] : [];
  });
}
