import { type Json, objectAt, textAt } from './json.ts';

/** One stored object. It is never changed in place: a change is a new entry. */
export interface Entry {
  readonly object: Json;
  readonly namespace: string;
  readonly name: string;
  /**
   * The object as text, without `kind` and `apiVersion`, which typed lists leave out of their items. Made when it is first
   * asked for and kept, because lists are read far more often than written.
   */
  text(): string;
}

/** What happened to an object. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** `apps/deployments`: group and plural. */
  readonly resource: string;
  readonly entry: Entry;
  /** The object before; undefined when it is new. A watch with a selector needs it to see objects leave the selection. */
  readonly before: Entry | undefined;
  readonly revision: number;
}

/** The memory of the cluster: objects by resource, one revision counter, and the events of the recent past. */
export interface Store {
  revision(): number;
  get(resource: string, namespace: string, name: string): Entry | undefined;
  /** All entries of a resource, or those of a namespace, ordered by namespace and name as the real storage does. */
  list(resource: string, namespace?: string): readonly Entry[];
  /** Stores an object under its metadata's namespace and name with a new resourceVersion; returns what is stored. */
  put(resource: string, object: Json): Entry;
  /** Takes an object away; undefined when it is not there. */
  remove(resource: string, namespace: string, name: string): Entry | undefined;
  /** The resources that hold objects. */
  resources(): readonly string[];
  /** Calls back on each event from now on; returns how to stop. */
  subscribe(listener: (event: StoreEvent) => void): () => void;
  /** Events after a revision; undefined when that is too long ago to be remembered. */
  since(revision: number): readonly StoreEvent[] | undefined;
  /** Forgets all events so far, as etcd's compaction does: older watches and list pages get 410. */
  compact(): void;
  /** The oldest revision from which events are remembered. */
  compacted(): number;
}

interface Shelf {
  readonly entries: Map<string, Entry>;
  /** Sorted keys; undefined after something came or went. */
  order: readonly string[] | undefined;
}

const REMEMBERED_EVENTS = 20_000;

/** An empty store. */
export function createStore(): Store {
  const shelves = new Map<string, Shelf>();
  const listeners = new Set<(event: StoreEvent) => void>();
  let history: StoreEvent[] = [];
  let forgotten = 0;
  let revision = 1;

  function shelfOf(resource: string): Shelf {
    const known = shelves.get(resource);
    if (known !== undefined) return known;
    const made: Shelf = { entries: new Map(), order: undefined };
    shelves.set(resource, made);
    return made;
  }

  function ordered(shelf: Shelf): readonly Entry[] {
    shelf.order ??= [...shelf.entries.keys()].sort();
    return shelf.order.flatMap((key) => shelf.entries.get(key) ?? []);
  }

  function emit(event: StoreEvent): void {
    history.push(event);
    if (history.length > REMEMBERED_EVENTS * 2) {
      history = history.slice(-REMEMBERED_EVENTS);
      forgotten = (history[0]?.revision ?? revision) - 1;
    }
    for (const listener of [...listeners]) listener(event);
  }

  return {
    revision: () => revision,
    get: (resource, namespace, name) => shelves.get(resource)?.entries.get(entryKey(namespace, name)),
    list: (resource, namespace) => {
      const shelf = shelves.get(resource);
      if (shelf === undefined) return [];
      const all = ordered(shelf);
      return namespace === undefined || namespace === '' ? all : all.filter((entry) => entry.namespace === namespace);
    },
    put: (resource, object) => {
      const shelf = shelfOf(resource);
      revision += 1;
      const entry = makeEntry(object, revision);
      const key = entryKey(entry.namespace, entry.name);
      const before = shelf.entries.get(key);
      shelf.entries.set(key, entry);
      if (before === undefined) shelf.order = undefined;
      emit({ type: before === undefined ? 'ADDED' : 'MODIFIED', resource, entry, before, revision });
      return entry;
    },
    remove: (resource, namespace, name) => {
      const shelf = shelves.get(resource);
      const before = shelf?.entries.get(entryKey(namespace, name));
      if (shelf === undefined || before === undefined) return undefined;
      revision += 1;
      shelf.entries.delete(entryKey(namespace, name));
      shelf.order = undefined;
      const entry = makeEntry(before.object, revision);
      emit({ type: 'DELETED', resource, entry, before, revision });
      return entry;
    },
    resources: () => [...shelves.keys()],
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    since: (from) => {
      if (from < forgotten) return undefined;
      return history.filter((event) => event.revision > from);
    },
    compact: () => {
      history = [];
      forgotten = revision;
    },
    compacted: () => forgotten,
  };
}

/** A slash sorts before every character that a name may have but `-` and `.`, as in the real storage's keys. */
function entryKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function makeEntry(object: Json, revision: number): Entry {
  const metadata: Json = { ...objectAt(object, 'metadata'), resourceVersion: String(revision) };
  const stored: Json = { ...object, metadata };
  let text: string | undefined;
  return {
    object: stored,
    namespace: textAt(metadata, 'namespace'),
    name: textAt(metadata, 'name'),
    text: () => {
      if (text === undefined) {
        const { kind: _kind, apiVersion: _version, ...rest } = stored;
        text = JSON.stringify(rest);
      }
      return text;
    },
  };
}
