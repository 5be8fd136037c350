import { expect, it } from 'vitest';
import { handOver } from '../../src/flows/hand-over.ts';
import { newOperation } from '../../src/flows/start-operation.ts';
import type { Application } from '../../src/spec/application.ts';
import { keyOf, keyText, type Manifest } from '../../src/spec/manifest.ts';
import type { OperationPhase } from '../../src/spec/operation.ts';
import type { InventoryItem, Store } from '../../src/spec/ports.ts';
import { BY_ANNOTATION } from '../../src/spec/tracking.ts';
import { createMemoryStore, emptyStore } from '../faults/memory-store.ts';
import { application, BY_HAND, configMap, startDesk } from './desk.ts';

/** A resource that moved from one application to another leaves the inventory of the one that lost it. */

const SHOP = application('shop') as Application;

function tracked(name: string, owner: string): Manifest {
  return {
    ...configMap(name, 'x'),
    metadata: {
      name,
      namespace: 'shop',
      annotations: { 'argocd.argoproj.io/tracking-id': `${owner}:/ConfigMap:shop/${name}` },
    },
  };
}

const itemOf = (manifest: Manifest): InventoryItem => ({ apiVersion: manifest.apiVersion, key: keyOf(manifest) });

const MOVED = tracked('moved', 'store');
const OURS = tracked('ours', 'shop');
const SHARED = tracked('shared', 'store');
const LIVE = new Map([MOVED, OURS, SHARED].map((object) => [keyText(keyOf(object)), object]));
const INVENTORY = [MOVED, OURS, SHARED].map(itemOf);

/** A store in which the application has all three, and was synced once. */
async function stored(phase: OperationPhase = 'Succeeded'): Promise<Store> {
  const store = createMemoryStore(emptyStore(), () => 0);
  await store.inventories.save('shop', INVENTORY);
  const wanted = {
    application: SHOP,
    revisions: ['a'],
    definition: 'a',
    trigger: { kind: 'push' },
    prune: true,
  } as const;
  await store.operations.save({ ...newOperation(wanted, '2026-11-24T10:00:00.000Z'), phase }, 0);
  return store;
}

/** A look that saw all of this when the newest operation was of that version. */
function look(store: Store, seen: number | undefined = 1): Promise<void> {
  const wanted = { application: SHOP, desired: [OURS, SHARED], inventory: INVENTORY };
  return handOver(wanted, { live: LIVE, seen }, BY_ANNOTATION, store);
}

const held = async (store: Store): Promise<readonly string[] | undefined> =>
  (await store.inventories.load('shop'))?.map(({ key }) => key.name);

it('is what carries the tracking id of the other one, and is not desired here any more', async () => {
  const store = await stored();
  await look(store);
  expect(await held(store)).toEqual(['ours', 'shared']);
});

it('whatever else came into the inventory since it was read stays in it', async () => {
  const store = await stored();
  await store.inventories.save('shop', [...INVENTORY, itemOf(tracked('new', 'shop'))]);
  await look(store);
  expect(await held(store)).toEqual(['ours', 'shared', 'new']);
});

it('nothing leaves while a step of a sync holds the application', async () => {
  const store = await stored();
  await store.leases.take('application:shop', 'somebody', 60);
  await look(store);
  expect(await held(store)).toHaveLength(3);
});

it('nothing leaves while a sync is under way: it does that itself', async () => {
  const store = await stored('Running');
  await look(store);
  expect(await held(store)).toHaveLength(3);
});

it('nothing leaves where a sync came between, which may have taken it back', async () => {
  const store = await stored();
  const { value, version } = (await store.operations.load('shop')) ?? expect.unreachable();
  await store.operations.save({ ...value, id: 'next' }, version);
  await look(store);
  expect(await held(store)).toHaveLength(3);
  await look(store, version + 1);
  expect(await held(store)).toEqual(['ours', 'shared']);
});

it('the application is free for the next sync, even where the inventory could not be saved', async () => {
  const store = await stored();
  const save = async (): Promise<void> => {
    throw new Error('the store is down');
  };
  await expect(look({ ...store, inventories: { ...store.inventories, save } })).rejects.toThrow('the store is down');
  expect(await store.leases.take('application:shop', 'a sync', 60)).toBe(true);
});

it('so that its new application can delete it, though the old one was never synced since', async () => {
  const one = configMap('one', 'x');
  const moved = configMap('moved', 'x', { namespace: 'shop' });
  const desk = await startDesk({
    definitions: [application('shop', BY_HAND), application('store')],
    renders: { shop: [one, moved], store: [configMap('two', 'x')] },
  });
  await desk.look();
  desk.commit({ renders: { shop: [one], store: [configMap('two', 'x'), moved] } });
  await desk.look({ of: 'applications', names: ['store'] });
  await desk.look({ of: 'applications', names: ['shop'] });
  const names = (await desk.store.inventories.load('shop'))?.map(({ key }) => key.name);
  expect(names).toEqual(['one']);
  desk.commit({ renders: { shop: [one], store: [configMap('two', 'x')] } });
  await desk.look({ of: 'applications', names: ['store'] });
  expect(desk.cluster.get('/api/v1/namespaces/shop/configmaps/moved')).toBeUndefined();
});
