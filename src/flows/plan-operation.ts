import { applicationName } from '../spec/application.ts';
import { isHook } from '../spec/hook.ts';
import { keyOf } from '../spec/manifest.ts';
import type { Operation } from '../spec/operation.ts';
import type { InventoryItem } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import {
  handedOver,
  inventoryBefore,
  inventoryFromLive,
  leftHooksFromLive,
  needsPlan,
  plan,
  pruneLimit,
  strays,
  vanished,
} from '../sync/index.ts';
import { outOfSync } from './adjust-desired.ts';
import { claimsOn } from './claims-on.ts';
import { actingAs } from './conditions.ts';
import { recordOf } from './deletion-record.ts';
import { revisionsOf } from './desired.ts';
import { managed } from './excluded.ts';
import { showOperation, showProgress } from './finish-operation.ts';
import { healthsOf } from './healths.ts';
import { perform } from './perform.ts';
import { repoURL } from './preview.ts';
import { readWritten } from './read-control-repository.ts';
import { rehearse } from './rehearse.ts';
import { checkSelection } from './selection.ts';
import { sourceFor } from './source-for.ts';
import { sameContent } from './start-operation.ts';
import { optionsOf, type SyncPorts, type World, worldOf } from './world-of.ts';

/** Saves an operation over the version that was saved last. */
export type Save = (operation: Operation) => Promise<void>;

/**
 * `retry.refresh`: another attempt brings what Git says by then. An Application that a set or another application gives
 * stays as it was given. https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-retry-refresh-on-new-revisions
 */
export async function refreshed(operation: Operation, ports: SyncPorts): Promise<Operation> {
  if (operation.retry?.refresh !== true || operation.attempt === 0 || operation.deletes === true) return operation;
  if (!needsPlan(operation, ports.clock())) return operation;
  const controlURL = repoURL(ports.host, ports.controlRepository);
  const definition = await ports.source.resolve(controlURL, undefined);
  const catalogue = await readWritten({ repoURL: controlURL, revision: definition }, ports.source);
  const written = catalogue.applications.find((one) => applicationName(one.value) === operation.application)?.value;
  const application = operation.generated?.application ?? written;
  if (application === undefined) return operation;
  const revisions = await revisionsOf(application, sourceFor(application, catalogue, ports.source));
  // Whoever let it delete a large share of the application looked at what was to be brought then
  const { allowDelete, ...rest } = operation;
  const isSame = sameContent(operation, { ...operation, definition, revisions });
  return { ...rest, definition, revisions, ...(isSame && allowDelete === true ? { allowDelete } : {}) };
}

/** Plans an operation that has no tasks yet; what it will apply is recorded before anything is applied. */
export async function withPlan(operation: Operation, world: World, save: Save, ports: SyncPorts): Promise<Operation> {
  if (!needsPlan(operation, ports.clock())) return operation;
  const { planned, inventory, left } = await planOf(world, ports);
  await ports.store.inventories.save(operation.application, inventoryBefore(inventory, [...world.desired.values()]));
  const { tracking } = world.catalogue.settings.customisations;
  const record = await recordOf(
    { ...world, operation: planned, before: world.recorded, left, tracking },
    ports.renderer,
  );
  await ports.store.deletions.save(operation.application, record);
  await freeStrays(operation, world, ports);
  const shown = await showOperation(planned, world.application, ports);
  await save(shown);
  await showProgress(shown, ports);
  return shown;
}

/** Hooks that nobody holds any more are let go; one that can't be is no reason not to sync. */
async function freeStrays(operation: Operation, world: World, ports: SyncPorts): Promise<void> {
  const { application, cluster, catalogue, live } = world;
  const { customisations } = catalogue.settings;
  const health = await healthsOf([...live.values()], { customisations, engines: ports.engines, at: ports.clock() });
  const actions = strays(operation, { live, health, tracking: customisations.tracking });
  if (actions.length === 0) return;
  await perform(actions, await ports.clusters.writer(actingAs(application, cluster, catalogue)), live);
}

/** What a sync would do, rehearsed by the API server's own dry run. Nothing is saved, and nothing applied. */
export async function rehearseSync(operation: Operation, ports: SyncPorts): Promise<Operation> {
  return (await planOf(await worldOf(operation, ports), ports)).planned;
}

/** An operation with its tasks, and what the application has of what it had before. */
async function planOf(
  world: World,
  ports: SyncPorts,
): Promise<{
  readonly planned: Operation;
  readonly inventory: readonly InventoryItem[];
  /** Hooks of earlier syncs that may be there still. */
  readonly left: readonly InventoryItem[];
}> {
  const { operation, application, desired, live, reader, recorded } = world;
  const { customisations } = world.catalogue.settings;
  const { tracking } = customisations;
  const name = operation.application;
  const inventory = (await ports.store.inventories.load(name)) ?? inventoryFromLive(name, [...live.values()], tracking);
  const ours = managed(inventory, world.cluster, customisations);
  if (operation.only !== undefined && operation.trigger.kind !== 'self-heal') {
    const wanted = [...desired.values()].map((manifest) => ({ key: keyOf(manifest), hook: isHook(manifest) }));
    checkSelection(name, operation.only, [...wanted, ...ours.map(({ key }) => ({ key, hook: false }))]);
  }
  const left = recorded?.left ?? leftHooksFromLive(name, [...live.values()], tracking);
  const goes = operation.deletes === true ? managed(left, world.cluster, customisations) : [];
  const options = optionsOf(application, operation);
  const about = { engines: ports.engines, at: ports.clock(), reader, customisations };
  const differing = await outOfSync(application, [...desired.values()], live, options, about);
  const { has, may } = await claimsOn(operation, world, [...ours, ...goes], ports);
  const [unknown] = may;
  if (operation.deletes === true && unknown !== undefined) throw undecided(unknown);
  const tasks = plan({
    operation,
    desired: [...desired.values()],
    live,
    inventory: ours,
    left: goes,
    tracking,
    options,
    namespace: application.spec.destination.namespace ?? '',
    claimed: new Set([...has, ...may.keys()]),
    unknown: may,
    allowEmpty: operation.deletes === true || application.spec.syncPolicy?.automated?.allowEmpty === true,
    allowDelete: operation.deletes === true || operation.allowDelete === true,
    pruneLimit: pruneLimit(application),
    ...(operation.only === undefined ? {} : { only: operation.only }),
    ...(differing === undefined ? {} : { outOfSync: differing }),
  });
  const held = { application: name, inventory: ours, desired: new Set(desired.keys()), live, tracking };
  const lost = new Set([...handedOver(held), ...vanished({ ...held, kinds: await reader.kinds() })]);
  return {
    planned: await rehearse({ ...operation, tasks }, world, { options }),
    inventory: inventory.filter((item) => !lost.has(item)),
    left,
  };
}

/** A deletion that left what it may not touch now would leave it for good: it is put off as a whole. */
function undecided([key, because]: readonly [string, string]): Problem {
  return new Problem('unavailable', `Nothing is deleted before it is known whose it is. ${key}: ${because}`);
}
