import pMap from 'p-map';
import { clusterOf } from '../catalog/cluster-of.ts';
import { type Application, applicationName } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { keyOf, keyText } from '../spec/manifest.ts';
import type { ClusterReader, InventoryItem, Renderer, Source, Store } from '../spec/ports.ts';
import { asProblem } from '../spec/problem.ts';
import type { ClusterRegistration } from '../spec/settings.ts';
import { isPassing } from './come-back.ts';
import { renderDesired, revisionsOf } from './desired.ts';
import { sourceFor } from './source-for.ts';
import { asApplied } from './wanted.ts';

/** Applications that are rendered at a time. */
const IN_FLIGHT = 4;

/** What renders of other applications need. */
export interface DesiredPorts {
  readonly catalogue: Pick<Catalogue, 'projects' | 'settings'>;
  readonly reader: Pick<ClusterReader, 'facts' | 'kinds'>;
  readonly source: Pick<Source, 'checkout' | 'chart' | 'chartVersion' | 'resolve'>;
  readonly renderer: Pick<Renderer, 'render'>;
}

export interface ClaimsQuestion extends Pick<DesiredPorts, 'reader'> {
  readonly application: string;
  /** What might be pruned. */
  readonly extra: readonly InventoryItem[];
  readonly cluster: ClusterRegistration;
  /** What the control repository defines now: an application that was renamed or split is there under its new names. */
  readonly catalogue: Pick<Catalogue, 'applications' | 'projects' | 'settings'>;
}

export interface ClaimsPorts extends Pick<DesiredPorts, 'source' | 'renderer'> {
  readonly store: Pick<Store, 'inventories'>;
}

/** What other applications have and desire, as `keyText`; and what they may desire, with why that is not known. */
export interface Claims {
  readonly has: readonly string[];
  readonly may: ReadonlyMap<string, string>;
}

/**
 * What other applications of the same cluster have in their inventories or desire now: a resource that
 * moves from one application to another is desired by the second before it is applied by it, and must not go in between.
 * Asked for only when something might be pruned; renders come from the cache. An application that does not render may
 * desire whatever lies in its namespace. Throws Problem where GitHub or the cluster does not answer.
 */
export async function claimedByOthers(question: ClaimsQuestion, ports: ClaimsPorts): Promise<Claims> {
  const { application, extra, cluster, catalogue } = question;
  if (extra.length === 0) return { has: [], may: new Map() };
  const others = catalogue.applications
    .map((one) => one.value)
    .filter((other) => applicationName(other) !== application && goesTo(other, cluster, catalogue));
  const claims = await pMap(others, (other) => claimsOf(other, question, ports), { concurrency: IN_FLIGHT });
  return { has: claims.flatMap(({ has }) => has), may: new Map(claims.flatMap(({ may }) => [...may])) };
}

/** Whether an application is deployed to a cluster: the same names in another cluster are other resources. */
export function goesTo(
  application: Application,
  cluster: ClusterRegistration,
  { settings }: Pick<Catalogue, 'settings'>,
): boolean {
  try {
    return clusterOf(application, settings.clusters).server === cluster.server;
  } catch {
    // Nobody knows where it goes: it may be here.
    return true;
  }
}

/** What an application desires as Git says now, as `keyText`. Throws Problem where that does not render. */
export async function desiredKeys(application: Application, ports: DesiredPorts): Promise<readonly string[]> {
  const source = sourceFor(application, ports.catalogue, ports.source);
  const revisions = await revisionsOf(application, source);
  const rendered = await renderDesired(application, revisions, await ports.reader.facts(), { ...ports, source });
  return asApplied(application, rendered, await ports.reader.kinds()).map((manifest) => keyText(keyOf(manifest)));
}

async function claimsOf(
  other: Application,
  { extra, reader, catalogue }: ClaimsQuestion,
  ports: ClaimsPorts,
): Promise<Claims> {
  const inventory = (await ports.store.inventories.load(applicationName(other))) ?? [];
  const held = inventory.map((item) => keyText(item.key));
  try {
    return { has: [...held, ...(await desiredKeys(other, { ...ports, catalogue, reader }))], may: new Map() };
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (isPassing(problem) || problem.code === 'cluster-unreachable') throw problem;
    const { namespace } = other.spec.destination;
    const because = `${applicationName(other)} may have it, too, and does not render now: ${problem.message}`;
    const near = extra.filter(({ key }) => key.namespace === namespace);
    return { has: held, may: new Map(near.map(({ key }) => [keyText(key), because])) };
  }
}
