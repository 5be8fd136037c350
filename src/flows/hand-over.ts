import { applicationName } from '../spec/application.ts';
import { keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import type { Store } from '../spec/ports.ts';
import type { Tracking } from '../spec/tracking.ts';
import { handedOver, isOver } from '../sync/index.ts';
import type { Wanted } from './wanted.ts';

/** Far longer than it takes; a look that dies gives the lease up by itself. */
const LEASE_SECONDS = 60;

/**
 * Takes out of an application's inventory what belongs to another one by now: a resource that moved is Synced for the
 * application that lost it, which may not sync for a long time. Where a sync is under way, it does that itself; where one
 * was since this look began (`seen` is the version of the newest operation by then), it may have taken it back.
 */
export async function handOver(
  { application, desired, inventory }: Pick<Wanted, 'application' | 'desired' | 'inventory'>,
  { live, seen }: { readonly live: ReadonlyMap<string, Manifest>; readonly seen: number | undefined },
  tracking: Tracking,
  store: Pick<Store, 'inventories' | 'leases' | 'operations'>,
): Promise<void> {
  const name = applicationName(application);
  const keys = new Set(desired.map((manifest) => keyText(keyOf(manifest))));
  const moved = handedOver({ application: name, inventory, desired: keys, live, tracking });
  if (moved.length === 0) return;
  const lease = `application:${name}`;
  const holder = crypto.randomUUID();
  if (!(await store.leases.take(lease, holder, LEASE_SECONDS))) return;
  try {
    const operation = await store.operations.load(name);
    if (operation?.version !== seen || (operation !== undefined && !isOver(operation.value.phase))) return;
    const gone = new Set(moved.map(({ key }) => keyText(key)));
    const now = (await store.inventories.load(name)) ?? [];
    await store.inventories.save(
      name,
      now.filter(({ key }) => !gone.has(keyText(key))),
    );
  } finally {
    await store.leases.release(lease, holder);
  }
}
