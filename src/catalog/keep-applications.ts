import { type Application, applicationName, type Parsed } from '../spec/application.ts';
import type { ApplicationSet, ParsedSet } from '../spec/applicationset.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { applicationOf } from './expand-set.ts';
import { type Bare, keepFields } from './keep-fields.ts';
import { sameDefinition } from './same-definition.ts';
import { deletes, policyOfSet, updates } from './set-policy.ts';

/** What a set made before, by name, and the same without the fields that `ignoreApplicationDifferences` names. */
export interface Made {
  readonly applications: ReadonlyMap<string, Application>;
  readonly bare: ReadonlyMap<string, Bare>;
}

/** Whether what a set gives depends on what it made before. */
export function keepsAnything(set: ApplicationSet, settings: Catalogue['settings']): boolean {
  const policy = policyOfSet(set, settings);
  const { annotations, labels } = preservedBy(set, settings);
  const ignores = (set.spec.ignoreApplicationDifferences ?? []).length > 0;
  return !updates(policy) || !deletes(policy) || ignores || annotations.length > 0 || labels.length > 0;
}

/**
 * The applications of a set as its policy lets them be: what it made before is not changed by `create-only` and
 * `create-delete`, stays with `create-only` and `create-update` when the set gives it no more, and keeps the fields that
 * `ignoreApplicationDifferences` and `preservedFields` name. Nobody edits a generated Application in a cluster here;
 * where the set may not change it, one of the same name that is written in Git takes its place.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Controlling-Resource-Modification/
 */
export function keepApplications(
  set: ParsedSet,
  given: readonly Parsed<Application>[],
  made: Made,
  { applications, settings }: Pick<Catalogue, 'applications' | 'settings'>,
): readonly Parsed<Application>[] {
  const policy = policyOfSet(set.value, settings);
  const by = `applicationsSync: ${policy}`;
  const preserved = preservedBy(set.value, settings);
  const name = (one: Parsed<Application>): string => applicationName(one.value);
  const elsewhere = new Set(applications.filter((one) => one.generatedBy !== set.value.metadata.name).map(name));
  const written = new Set(applications.filter((one) => one.generatedBy === undefined).map(name));
  const changed = given.flatMap((one): readonly Parsed<Application>[] => {
    const before = made.applications.get(name(one));
    if (!updates(policy)) {
      if (written.has(name(one))) return [];
      return [before === undefined ? one : kept(one, before, by)];
    }
    if (before === undefined) return [one];
    const bare = made.bare.get(name(one)) ?? { before, now: one.value };
    const ignores = 'ignoreApplicationDifferences or preservedFields';
    return [kept(one, keepFields(before, one.value, { bare, preserved }), ignores)];
  });
  if (deletes(policy)) return changed;
  const names = new Set(given.map(name));
  const left = [...made.applications.values()].filter((one) => {
    const own = applicationName(one);
    return !names.has(own) && !elsewhere.has(own);
  });
  return [...changed, ...left.map((one) => ({ ...applicationOf(one, set), kept: { by } }))];
}

function kept(now: Parsed<Application>, value: Application, by: string): Parsed<Application> {
  if (sameDefinition(now.value, value)) return now;
  return { ...now, value, kept: { by, instead: now.value } };
}

/** Annotations and labels that stay as they are: those of the set, and those of the controller's parameters. */
function preservedBy(
  { spec }: ApplicationSet,
  { parameters = {} }: Catalogue['settings'],
): { readonly annotations: readonly string[]; readonly labels: readonly string[] } {
  const everywhere = (kind: 'annotations' | 'labels'): readonly string[] =>
    (parameters[`applicationsetcontroller.global.preserved.${kind}`] ?? '')
      .split(',')
      .map((key) => key.trim())
      .filter((key) => key !== '');
  const of = (kind: 'annotations' | 'labels'): readonly string[] => [
    ...(spec.preservedFields?.[kind] ?? []),
    ...everywhere(kind),
  ];
  return { annotations: of('annotations'), labels: of('labels') };
}
