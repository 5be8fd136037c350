import { clone, ensureObject, type Json, listAt, textAt, valueAt } from '../json.ts';
import { FOREGROUND, ORPHAN } from '../remove.ts';
import type { Store } from '../store.ts';
import { type Hands, isGoing } from './hands.ts';

interface Dependent {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * The garbage collector: dependents of what is gone go too; owners that wait for their dependents are let go after them; orphaned ones
 * lose their owner reference instead. It follows the store's events, so that it never has to look at everything.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
export function createGarbageCollector(store: Store): (hands: Hands) => void {
  const dependents = new Map<string, Map<string, Dependent>>();
  const alive = new Set<string>();
  const gone = new Set<string>();
  const waiting = new Map<string, Dependent>();

  store.subscribe((event) => {
    const { object, namespace, name } = event.entry;
    const uid = textAt(object, 'metadata', 'uid');
    const key = `${event.resource}/${namespace}/${name}`;
    const here = { resource: event.resource, namespace, name };
    const owners = listAt(object, 'metadata', 'ownerReferences').map((one) => textAt(one, 'uid'));
    if (event.type === 'DELETED') {
      alive.delete(uid);
      waiting.delete(key);
      for (const owner of owners) dependents.get(owner)?.delete(key);
      if (dependents.has(uid)) gone.add(uid);
      return;
    }
    alive.add(uid);
    for (const owner of owners) {
      const known = dependents.get(owner) ?? new Map<string, Dependent>();
      dependents.set(owner, known.set(key, here));
      // Somebody may refer to an owner that is gone already, or never was.
      if (!alive.has(owner)) gone.add(owner);
    }
    const held = listAt(object, 'metadata', 'finalizers');
    if (isGoing(object) && (held.includes(FOREGROUND) || held.includes(ORPHAN))) waiting.set(key, here);
    else waiting.delete(key);
  });

  function collect(hands: Hands, uid: string): void {
    for (const one of [...(dependents.get(uid)?.values() ?? [])]) {
      const object = hands.get(one.resource, one.namespace, one.name);
      if (object === undefined || isGoing(object)) continue;
      const owners = listAt(object, 'metadata', 'ownerReferences');
      const others = owners.filter((owner) => alive.has(textAt(owner, 'uid')));
      if (owners.every((owner) => textAt(owner, 'uid') !== uid)) continue;
      if (others.length === 0) hands.remove(one.resource, object);
      else disown(hands, one.resource, object, others);
    }
    dependents.delete(uid);
  }

  function release(hands: Hands, one: Dependent): void {
    const object = hands.get(one.resource, one.namespace, one.name);
    if (object === undefined) return;
    const uid = textAt(object, 'metadata', 'uid');
    const held = listAt(object, 'metadata', 'finalizers');
    const mine = [...(dependents.get(uid)?.values() ?? [])];
    if (held.includes(ORPHAN)) {
      for (const child of mine) {
        const found = hands.get(child.resource, child.namespace, child.name);
        if (found === undefined) continue;
        const left = listAt(found, 'metadata', 'ownerReferences').filter((owner) => textAt(owner, 'uid') !== uid);
        disown(hands, child.resource, found, left);
      }
      dependents.delete(uid);
      drop(hands, one.resource, object, ORPHAN);
      return;
    }
    let blocking = 0;
    for (const child of mine) {
      const found = hands.get(child.resource, child.namespace, child.name);
      if (found === undefined) continue;
      if (!isGoing(found)) hands.remove(child.resource, found, 'Foreground');
      const still = hands.get(child.resource, child.namespace, child.name);
      if (still !== undefined && blocks(still, uid)) blocking += 1;
    }
    if (blocking === 0) drop(hands, one.resource, object, FOREGROUND);
  }

  return (hands) => {
    for (const uid of [...gone]) {
      gone.delete(uid);
      collect(hands, uid);
    }
    for (const one of [...waiting.values()]) release(hands, one);
  };
}

function blocks(object: Json, uid: string): boolean {
  return listAt(object, 'metadata', 'ownerReferences').some(
    (owner) => textAt(owner, 'uid') === uid && valueAt(owner, 'blockOwnerDeletion') === true,
  );
}

function disown(hands: Hands, resource: string, object: Json, left: readonly unknown[]): void {
  const next = clone(object);
  const metadata = ensureObject(next, 'metadata');
  delete metadata['ownerReferences'];
  if (left.length > 0) metadata['ownerReferences'] = left;
  hands.update(resource, next);
}

function drop(hands: Hands, resource: string, object: Json, finalizer: string): void {
  const next = clone(object);
  const metadata = ensureObject(next, 'metadata');
  metadata['finalizers'] = listAt(metadata, 'finalizers').filter((one) => one !== finalizer);
  hands.update(resource, next);
}
