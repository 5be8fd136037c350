import { type FieldSet, fieldIn, itemIn } from '../spec/field-set.ts';
import type { ManagedFieldsEntry } from '../spec/manifest.ts';
import type { Step } from './place.ts';

/** Who wrote the live value at a place, and when: the latest manager that owns it, or the list or map that it is part of. */
export function ownerOf(
  entries: readonly ManagedFieldsEntry[],
  steps: readonly Step[],
): { readonly manager?: string; readonly at?: string } {
  const owners = entries
    .filter((entry) => entry.subresource !== 'status' && owns(entry.fieldsV1 ?? {}, steps))
    .sort((a, b) => compareText(b.time ?? '', a.time ?? '') || compareText(a.manager ?? '', b.manager ?? ''));
  const [owner] = owners;
  return {
    ...(owner?.manager === undefined ? {} : { manager: owner.manager }),
    ...(owner?.time === undefined ? {} : { at: owner.time }),
  };
}

function owns(fields: FieldSet, steps: readonly Step[]): boolean {
  let at = fields;
  for (const [depth, step] of steps.entries()) {
    const below = stepIn(at, step);
    // {} owns everything below it: a list that is replaced as a whole, a field that is one value
    if (below === undefined) return depth > 0 && Object.keys(at).length === 0;
    at = below;
  }
  return true;
}

function stepIn(fields: FieldSet, step: Step): FieldSet | undefined {
  if ('field' in step) return fieldIn(fields, step.field);
  if ('keys' in step) return itemIn(fields, step.keys);
  if ('value' in step) return itemIn(fields, step.value);
  return undefined;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
