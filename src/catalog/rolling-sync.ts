import { type Application, applicationName, type Parsed, type SyncPolicy } from '../spec/application.ts';
import type { ApplicationSet, RolloutStep } from '../spec/applicationset.ts';
import type { Catalogue } from '../spec/catalogue.ts';

/** Where an application stands in the rollout of its set. */
export interface Place {
  /** Index of its step; undefined for what no step selects: that is never synced by itself. */
  readonly step: number | undefined;
  /** The applications of each step. */
  readonly steps: readonly (readonly Parsed<Application>[])[];
  /** How many of its step may be under way at once. */
  readonly most: number;
}

/**
 * The steps of a set with `strategy: RollingSync`; undefined for any other, and where `argocd-cmd-params-cm` switches
 * progressive syncs off by name. https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Progressive-Syncs/
 */
function stepsOf(
  { spec }: ApplicationSet,
  { parameters = {} }: Catalogue['settings'],
): readonly RolloutStep[] | undefined {
  if (spec.strategy?.type !== 'RollingSync') return undefined;
  if (parameters['applicationsetcontroller.enable.progressive.syncs'] === 'false') return undefined;
  return spec.strategy.rollingSync?.steps ?? [];
}

/** The first step that selects labels. `NotIn` holds for a label that is absent; a step that asks for nothing takes all. */
function stepOf(labels: Readonly<Record<string, string>>, steps: readonly RolloutStep[]): number | undefined {
  const found = steps.findIndex(({ matchExpressions = [] }) =>
    matchExpressions.every(({ key, operator, values = [] }) => {
      const isListed = Object.hasOwn(labels, key) && values.includes(labels[key] ?? '');
      return operator === 'In' ? isListed : !isListed;
    }),
  );
  return found < 0 ? undefined : found;
}

/** The place of an application in the rollout of its set; undefined where it is in none. */
export function placeOf(
  application: Parsed<Application>,
  { applications, sets, settings }: Pick<Catalogue, 'applications' | 'sets' | 'settings'>,
): Place | undefined {
  const set = sets.find(({ value }) => value.metadata.name === application.generatedBy)?.value;
  const rules = set && stepsOf(set, settings);
  if (rules === undefined) return undefined;
  const steps: Parsed<Application>[][] = rules.map(() => []);
  for (const one of applications) {
    if (one.generatedBy !== application.generatedBy) continue;
    const at = stepOf(one.value.metadata.labels ?? {}, rules);
    if (at !== undefined) steps[at]?.push(one);
  }
  const step = stepOf(application.value.metadata.labels ?? {}, rules);
  const total = step === undefined ? 0 : (steps[step]?.length ?? 0);
  return { step, steps, most: step === undefined ? 0 : mostOf(rules[step]?.maxUpdate, total) };
}

/** A number, or a share, which is rounded down but never to nothing. */
function mostOf(maxUpdate: number | string | undefined, total: number): number {
  if (maxUpdate === undefined) return total;
  const share = /^\s*(\d+)%\s*$/.exec(String(maxUpdate))?.[1];
  if (share === undefined) return Number(maxUpdate);
  return share === '0' ? 0 : Math.max(1, Math.floor((Number(share) * total) / 100));
}

/**
 * The sync policy that counts. An application of a rolling set is synced step by step whenever it is OutOfSync, whether
 * its template asks for automated sync or not, and one that is in no step is not; it prunes as the template says, else as
 * `defaultPrune` does.
 */
export function policyOf(
  application: Parsed<Application>,
  catalogue: Pick<Catalogue, 'applications' | 'sets' | 'settings'>,
): SyncPolicy | undefined {
  const { syncPolicy } = application.value.spec;
  const place = placeOf(application, catalogue);
  if (place === undefined) return syncPolicy;
  const { automated: own, ...rest } = syncPolicy ?? {};
  if (place.step === undefined || place.most === 0) return rest;
  const set = catalogue.sets.find(({ value }) => value.metadata.name === application.generatedBy)?.value;
  const prune = own?.prune ?? set?.spec.strategy?.rollingSync?.defaultPrune ?? false;
  return { ...rest, automated: { ...own, enabled: true, prune, selfHeal: true } };
}

/** The applications of a step that go before this one: by name, so that all who ask at once get the same answer. */
export function besideOf(application: Parsed<Application>, { step, steps }: Place): readonly Parsed<Application>[] {
  const name = applicationName(application.value);
  return (step === undefined ? [] : (steps[step] ?? [])).filter((one) => applicationName(one.value) < name);
}

/** An application that a set generated, as it was. */
interface Generated {
  readonly set?: string;
  readonly application: Application;
}

/**
 * Whether an application that goes has to wait for others of its set that go: `deletionOrder: Reverse` takes those of
 * later steps first. The set is found in the first of the catalogues that has it.
 */
export function goesLater(
  one: Generated,
  going: readonly Generated[],
  catalogues: readonly Pick<Catalogue, 'sets' | 'settings'>[],
): boolean {
  const [rules] = catalogues.flatMap(({ sets, settings }) => {
    const set = sets.find(({ value }) => value.metadata.name === one.set)?.value;
    return set?.spec.strategy?.deletionOrder === 'Reverse' ? [stepsOf(set, settings) ?? []] : [];
  });
  if (rules === undefined) return false;
  const stepOfOne = ({ application }: Generated): number => stepOf(application.metadata.labels ?? {}, rules) ?? -1;
  return going.some((other) => other.set === one.set && stepOfOne(other) > stepOfOne(one));
}
