import { ANNOTATION, FIELD_MANAGER } from '../spec/annotations.ts';
import { type FieldSet, fieldIn, union } from '../spec/field-set.ts';
import type { Manifest } from '../spec/manifest.ts';
import { canonical, isList, isMap } from './json.ts';
import { keysOf, listRule } from './lists.ts';
import { foldStringData } from './normalise/string-data.ts';
import { into, type Place, rootOf } from './place.ts';

/**
 * The fields of a live object that were applied before, undefined when none is known: those that are ours by server-side
 * apply, and those of `last-applied-configuration` where client-side apply goes by it, or where it is ours, and the next
 * server-side apply takes over what stands in it. Only names, no value: the annotation of a Secret holds its values.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#how-apply-calculates-differences-and-merges-changes
 */
export function appliedFields(live: Manifest, clientSide: boolean): FieldSet | undefined {
  const ours = (live.metadata.managedFields ?? []).filter(
    ({ manager, subresource }) => manager === FIELD_MANAGER && subresource === undefined,
  );
  const serverSide = ours.find(({ operation }) => operation === 'Apply')?.fieldsV1;
  const counts = clientSide || ours.some(({ operation, fieldsV1 = {} }) => operation === 'Update' && wrote(fieldsV1));
  const written = counts ? lastApplied(live) : undefined;
  return serverSide === undefined || written === undefined ? (serverSide ?? written) : union(serverSide, written);
}

function wrote(fields: FieldSet): boolean {
  const path = ['metadata', 'annotations', ANNOTATION.lastApplied];
  return path.reduce<FieldSet | undefined>((at, field) => at && fieldIn(at, field), fields) !== undefined;
}

/** What is no JSON object says nothing. */
function lastApplied(live: Manifest): FieldSet | undefined {
  try {
    const written: unknown = JSON.parse(live.metadata.annotations?.[ANNOTATION.lastApplied] ?? 'null');
    return isMap(written) ? fieldsOf(foldStringData(written), rootOf(live)) : undefined;
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown, place: Place): FieldSet {
  if (isMap(value)) {
    const said = Object.entries(value).filter(([, inner]) => inner !== null);
    return Object.fromEntries(
      said.map(([field, inner]) => [`f:${field}`, fieldsOf(inner, into(place, { field }))] as const),
    );
  }
  return isList(value) ? itemsOf(value, place) : {};
}

/** A list that is replaced as a whole is owned as a whole. */
function itemsOf(list: readonly unknown[], place: Place): FieldSet {
  const rule = listRule(place);
  if (rule.type === 'atomic') return {};
  return Object.fromEntries(
    list.map((item, index) => {
      const step = rule.type === 'set' ? { value: item } : { keys: keysOf(item, rule.keys) };
      const name = rule.type === 'set' ? `v:${canonical(item)}` : `k:${canonical(keysOf(item, rule.keys))}`;
      return [name, fieldsOf(item, into(place, step ?? { index }))] as const;
    }),
  );
}
