import { type Application, applicationName, type Parsed } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { waveOf } from '../spec/hook.ts';
import { besideOf, placeOf } from './rolling-sync.ts';

/** What must be done before an application is synced by itself. */
export interface Order {
  /** Applications of earlier waves of a parent, and of earlier steps of a set: all of them. */
  readonly after: readonly Parsed<Application>[];
  /** Applications of its own step that go first: so many of them that fewer than `most` are left. */
  readonly beside: readonly Parsed<Application>[];
  readonly most: number;
}

type Known = Pick<Catalogue, 'applications' | 'sets' | 'settings'>;

/**
 * The order in which applications sync by themselves: those that one application renders wave by wave, when they come and
 * whenever they change, and with them whatever they render themselves; those of a rolling set step by step.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/,
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Progressive-Syncs/
 */
export function orderOf(application: Parsed<Application>, catalogue: Known): Order {
  const place = placeOf(application, catalogue);
  const waves = earlierWaves(application, catalogue, new Set());
  if (place?.step === undefined) return { after: waves, beside: [], most: Number.POSITIVE_INFINITY };
  const steps = place.steps.slice(0, place.step).flat();
  return { after: [...waves, ...steps], beside: besideOf(application, place), most: place.most };
}

function earlierWaves(
  application: Parsed<Application>,
  catalogue: Known,
  seen: ReadonlySet<string>,
): readonly Parsed<Application>[] {
  const parent = application.parents?.at(-1);
  if (parent === undefined || seen.has(parent)) return [];
  const wave = wavesOf(application);
  const earlier =
    application.generatedBy === undefined
      ? catalogue.applications.filter(
          (one) => one.parents?.at(-1) === parent && one.generatedBy === undefined && wavesOf(one) < wave,
        )
      : [];
  const above = catalogue.applications.find((one) => applicationName(one.value) === parent);
  return above === undefined ? earlier : [...earlier, ...earlierWaves(above, catalogue, new Set([...seen, parent]))];
}

function wavesOf({ value: { apiVersion, kind, metadata } }: Parsed<Application>): number {
  return waveOf({ apiVersion, kind, metadata });
}

/** The applications that an application waits for; none when it may go. */
export function waitsFor(order: Order, isDone: (name: string) => boolean): readonly string[] {
  const open = (list: readonly Parsed<Application>[]): readonly string[] =>
    list.map((one) => applicationName(one.value)).filter((name) => !isDone(name));
  const before = [...new Set(open(order.after))].sort();
  if (before.length > 0) return before;
  const beside = open(order.beside);
  return beside.length < order.most ? [] : beside;
}
