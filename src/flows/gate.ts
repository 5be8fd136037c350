import { orderOf, waitsFor } from '../catalog/order.ts';
import { policyOf } from '../catalog/rolling-sync.ts';
import { type Application, applicationName, type Parsed } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { ApplicationStatus } from '../spec/operation.ts';
import type { Source, Store } from '../spec/ports.ts';
import { askedOnce } from './asked-once.ts';
import { type Pin, revisionsOf } from './desired.ts';
import { sourceFor } from './source-for.ts';

/** Whom an application waits for before it is synced by itself: by waves of its parent, or steps of its set. */
export type Gate = (application: Parsed<Application>) => Promise<readonly string[]>;

export interface GateControl {
  readonly revision: string;
  readonly catalogue: Catalogue;
  readonly pin: Pin | undefined;
  readonly source: Pick<Source, 'resolve' | 'chartVersion' | 'checkout' | 'chart'>;
}

/**
 * A gate over what is known when it is first asked. An application is done when it was looked at as Git has it now, and
 * is Synced (where it syncs by itself) and Healthy.
 */
export function createGate(control: GateControl, store: Pick<Store, 'statuses'>): Gate {
  const { catalogue } = control;
  let loading: Promise<ReadonlyMap<string, ApplicationStatus>> | undefined;
  const once = askedOnce<Promise<boolean>>();
  const doneOf = (one: Parsed<Application>): Promise<boolean> => {
    const name = applicationName(one.value);
    loading ??= store.statuses.all().then((all) => new Map(all.map((status) => [status.application, status])));
    const all = loading;
    return once(name, async () => isDone(one, (await all).get(name), control));
  };
  return async (application) => {
    const order = orderOf(application, catalogue);
    const others = [...order.after, ...order.beside];
    if (others.length === 0 && order.most > 0) return [];
    const done = new Set<string>();
    for (const one of others) if (await doneOf(one)) done.add(applicationName(one.value));
    return waitsFor(order, (name) => done.has(name));
  };
}

async function isDone(
  one: Parsed<Application>,
  status: ApplicationStatus | undefined,
  { catalogue, revision, source, pin }: GateControl,
): Promise<boolean> {
  if (status?.health.status !== 'Healthy') return false;
  const automated = policyOf(one, catalogue)?.automated;
  if (automated === undefined || automated.enabled === false) return true;
  if (status.definition !== revision || !isSynced(status, automated.prune === true)) return false;
  try {
    const revisions = await revisionsOf(one.value, sourceFor(one.value, catalogue, source), pin);
    return revisions.join() === status.revisions.join();
  } catch {
    return false;
  }
}

/** What is left to prune, where nothing prunes, holds nobody up for ever. */
function isSynced({ sync, resources }: ApplicationStatus, prunes: boolean): boolean {
  const differing = resources.filter((resource) => resource.sync === 'OutOfSync');
  const onlyPrune = !prunes && differing.length > 0 && differing.every((resource) => resource.requiresPruning);
  return sync === 'Synced' || (sync === 'OutOfSync' && onlyPrune);
}
