import { applicationName } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { keyText } from '../spec/manifest.ts';
import type { Operation } from '../spec/operation.ts';
import type { InventoryItem } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { allAnswered } from './all-answered.ts';
import { type Claims, claimedByOthers } from './claims.ts';
import { repoURL } from './preview.ts';
import { readControlRepository } from './read-control-repository.ts';
import type { SyncPorts, World } from './world-of.ts';

/**
 * What might go, and is another application's as Git says now, which may be later than what this operation brings. Throws
 * Problem `bad-command` for the deletion of an application that Git defines again by now.
 */
export async function claimsOn(
  operation: Operation,
  world: World,
  inventory: readonly InventoryItem[],
  ports: SyncPorts,
): Promise<Claims> {
  const extra = inventory.filter((item) => !world.desired.has(keyText(item.key)));
  if (extra.length === 0) return { has: [], may: new Map() };
  const controlURL = repoURL(ports.host, ports.controlRepository);
  const revision = await ports.source.resolve(controlURL, undefined);
  const catalogue = allAnswered(await readControlRepository({ repoURL: controlURL, revision }, ports));
  if (isBack(operation, catalogue)) {
    const message = `Git defines ${operation.application} again: nothing of it is deleted.`;
    throw new Problem('bad-command', message, { where: { application: operation.application } });
  }
  // An application of a set that can't be expanded may desire any of it.
  const hiding = catalogue.problems.find(hidesSet);
  if (hiding !== undefined) {
    const because = `ApplicationSet ${hiding.where.applicationSet} can't be expanded now, and an application of it may have it: ${hiding.message}`;
    return { has: [], may: new Map(extra.map(({ key }) => [keyText(key), because])) };
  }
  const { cluster, reader } = world;
  const { has, may } = await claimedByOthers(
    { application: operation.application, extra, cluster, reader, catalogue },
    ports,
  );
  return { has: [...has, ...(await heldByHidden(operation, catalogue, ports))], may };
}

/** Whoever deletes an application on a laptop has it in Git still. */
function isBack({ application, deletes, trigger }: Operation, { applications }: Catalogue): boolean {
  if (deletes !== true || trigger.kind === 'cli') return false;
  return applications.some(({ value }) => applicationName(value) === application);
}

/** What is in the inventories of other applications, which may come out of an application that does not render now. */
async function heldByHidden(operation: Operation, catalogue: Catalogue, ports: SyncPorts): Promise<readonly string[]> {
  if (!catalogue.problems.some(({ where }) => where.parent !== undefined)) return [];
  const defined = new Set(catalogue.applications.map((one) => applicationName(one.value)));
  // One that is being deleted is defined no more, and holds nothing against itself
  const hidden = (await ports.store.statuses.all()).filter(
    ({ application }) => application !== operation.application && !defined.has(application),
  );
  const held = await Promise.all(hidden.map(({ application }) => ports.store.inventories.load(application)));
  return held.flatMap((items) => (items ?? []).map((item) => keyText(item.key)));
}

/** A set whose generators trimtab does not run has no applications here. */
function hidesSet({ code, where }: Problem): boolean {
  return where.applicationSet !== undefined && code !== 'unsupported';
}
