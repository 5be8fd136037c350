import { ANNOTATION } from '../../src/spec/annotations.ts';
import { keyOf, keyText, type Manifest } from '../../src/spec/manifest.ts';
import type { Health, Operation } from '../../src/spec/operation.ts';
import type { InventoryItem } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';
import {
  inventoryAfter,
  inventoryBefore,
  needsPlan,
  next,
  type Outcome,
  plan,
  readSyncOptions,
  ready,
  record,
  type SyncRules,
} from '../../src/sync/index.ts';

/** How an object behaves in the simulated cluster; by its name. */
export interface Behaviour {
  /** Seconds until it is Healthy (or, with `fails`, Degraded). Default 0. */
  readonly takes?: number;
  readonly fails?: boolean;
  /** Seconds after it is done until the cluster deletes it by itself, as `ttlSecondsAfterFinished` does. */
  readonly ttl?: number;
  /** Refused by the API server the first so many times. */
  readonly refused?: number;
}

export interface World {
  readonly rendered: readonly Manifest[];
  readonly rules: SyncRules;
  readonly behaviour?: Readonly<Record<string, Behaviour>>;
  readonly before?: readonly Manifest[];
  readonly inventory?: readonly InventoryItem[];
  readonly prune?: boolean;
  readonly deadline?: string;
  readonly trigger?: Operation['trigger'];
}

interface Live {
  readonly manifest: Manifest;
  readonly since: number;
  readonly goneAt?: number;
}

/** Thrown where a step is killed: whatever it did stays done, whatever it knew is lost. */
class Killed extends Error {}

const START = Date.parse('2026-11-24T10:00:00.000Z');
const HEALTHY_KINDS = new Set(['Deployment', 'Job', 'Pod']);

/**
 * A cluster, a store and a queue in memory, and a flow that runs the steps of one operation over them. `kill` is asked
 * before and after every I/O whether the step dies there; a step that died is delivered again.
 */
export function simulate(world: World, kill: () => boolean = () => false): Result {
  const objects = new Map<string, Live>();
  const runs = new Map<string, number>();
  const refusals = new Map<string, number>();
  const log: string[] = [];
  let now = START;
  let uids = 0;
  let inventory: readonly InventoryItem[] = world.inventory ?? [];
  for (const manifest of world.before ?? []) store(manifest);
  let stored: { operation: Operation; version: number } = { operation: started(world), version: 1 };

  function store(manifest: Manifest): Manifest {
    const text = keyText(keyOf(manifest));
    const there = objects.get(text);
    const uid = there?.manifest.metadata.uid ?? `uid-${uids++}`;
    const kept = { ...manifest, metadata: { ...manifest.metadata, uid } };
    objects.set(text, { manifest: kept, since: there?.since ?? now });
    return kept;
  }

  function behaviour(name: string): Behaviour {
    return world.behaviour?.[name] ?? {};
  }

  function passTime(seconds: number): void {
    now += seconds * 1000;
    for (const [text, live] of objects) {
      const { takes = 0, ttl } = behaviour(live.manifest.metadata.name ?? '');
      const expired = ttl !== undefined && now >= live.since + (takes + ttl) * 1000;
      if (!expired && (live.goneAt === undefined || now < live.goneAt)) continue;
      // What is held stays, marked, until its finalizer is taken off
      if (live.manifest.metadata.finalizers?.length) objects.set(text, { ...going(live.manifest), since: live.since });
      else objects.delete(text);
    }
  }

  function going(manifest: Manifest): Pick<Live, 'manifest' | 'goneAt'> {
    const metadata = { ...manifest.metadata, deletionTimestamp: new Date(now).toISOString() };
    return { manifest: { ...manifest, metadata }, goneAt: now + 1000 };
  }

  function healthOf(live: Live): Health | undefined {
    if (!HEALTHY_KINDS.has(live.manifest.kind)) return undefined;
    const { takes = 0, fails } = behaviour(live.manifest.metadata.name ?? '');
    if (now < live.since + takes * 1000) return { status: 'Progressing', message: 'not there yet' };
    return fails === true ? { status: 'Degraded', message: 'exit code 1' } : { status: 'Healthy', message: '' };
  }

  function read(): { live: Map<string, Manifest>; health: Map<string, Health> } {
    const live = new Map<string, Manifest>();
    const health = new Map<string, Health>();
    for (const [text, object] of objects) {
      live.set(text, object.manifest);
      const found = healthOf(object);
      if (found !== undefined) health.set(text, found);
    }
    return { live, health };
  }

  function perform(action: Outcome['action']): Outcome['result'] {
    if (action.kind === 'remove') return remove(action);
    if (action.kind === 'release') return release(action);
    const name = action.manifest.metadata.name ?? '';
    const text = keyText(keyOf(action.manifest));
    const refused = refusals.get(text) ?? 0;
    if (refused < (behaviour(name).refused ?? 0)) {
      refusals.set(text, refused + 1);
      return { ok: false, problem: new Problem('cluster-refused', 'admission webhook "policy" denied the request') };
    }
    if (action.kind === 'create') {
      if (objects.has(text)) return { ok: false, problem: new Problem('conflict', `${name} already exists`) };
      const mark = action.manifest.metadata.annotations?.[ANNOTATION.operation] ?? '';
      runs.set(`${mark} ${name}`, (runs.get(`${mark} ${name}`) ?? 0) + 1);
    }
    const did = objects.has(text) ? 'configured' : 'created';
    const kept = store(action.manifest);
    log.push(`${action.kind} ${keyOf(kept).kind}/${name}`);
    return { ok: true, did, uid: kept.metadata.uid ?? '' };
  }

  function remove(action: Extract<Outcome['action'], { kind: 'remove' }>): Outcome['result'] {
    const text = keyText(action.key);
    const there = objects.get(text);
    if (there === undefined || there.manifest.metadata.uid !== action.uid) return { ok: true, did: 'gone' };
    objects.set(text, { ...there, ...going(there.manifest) });
    log.push(`remove ${action.key.kind}/${action.key.name}`);
    return { ok: true, did: 'deleted' };
  }

  function release(action: Extract<Outcome['action'], { kind: 'release' }>): Outcome['result'] {
    const text = keyText(action.key);
    const there = objects.get(text);
    if (there === undefined || there.manifest.metadata.uid !== action.uid) return { ok: true, did: 'gone' };
    const { finalizers = [], ...metadata } = there.manifest.metadata;
    const left = finalizers.filter((one) => one !== action.finalizer);
    objects.set(text, {
      ...there,
      manifest: { ...there.manifest, metadata: left.length === 0 ? metadata : { ...metadata, finalizers: left } },
    });
    return { ok: true, did: 'released' };
  }

  function io<T>(work: () => T): T {
    if (kill()) throw new Killed();
    const result = work();
    if (kill()) throw new Killed();
    return result;
  }

  function save(operation: Operation, version: number): number {
    return io(() => {
      if (stored.version !== version) throw new Killed();
      stored = { operation, version: version + 1 };
      return stored.version;
    });
  }

  /** One step, as flows/sync.ts runs it. */
  function step(): number | undefined {
    const at = new Date(now).toISOString();
    const loaded = io(() => stored);
    let { operation, version } = loaded;
    const { options } = world.rules;
    const desired = ready({ rendered: world.rendered, operation, options, namespace: 'shop' });
    const { live, health } = io(read);
    if (needsPlan(operation, at)) {
      io(() => {
        inventory = inventoryBefore(inventory, desired);
      });
      operation = { ...operation, tasks: plan({ operation, desired, live, inventory, options }) };
    }
    const byKey = new Map(desired.map((manifest) => [keyText(keyOf(manifest)), manifest]));
    const taken = next(operation, { now: at, desired: byKey, live, health }, world.rules);
    version = save(taken.operation, version);
    const outcomes: Outcome[] = taken.actions.map((action) => ({ action, result: io(() => perform(action)) }));
    if (outcomes.length > 0) save(record(taken.operation, outcomes), version);
    if (taken.wake === undefined) {
      const tasks = taken.operation.tasks ?? [];
      inventory = inventoryAfter(inventory, desired, tasks);
    }
    return taken.wake;
  }

  let steps = 0;
  let wake: number | undefined = 0;
  while (wake !== undefined && steps++ < 2000) {
    try {
      wake = step();
      passTime(wake ?? 0);
    } catch (thrown) {
      if (!(thrown instanceof Killed)) throw thrown;
    }
  }
  passTime(10);
  const left = [...objects.values()].map(({ manifest }) => withoutUid(manifest)).sort(byName);
  return {
    operation: stored.operation,
    objects: left,
    runs,
    log,
    inventory,
    seconds: (now - START) / 1000 - 10,
    steps,
  };
}

export interface Result {
  readonly operation: Operation;
  readonly objects: readonly Manifest[];
  /** How often each run of each hook was created. */
  readonly runs: ReadonlyMap<string, number>;
  readonly log: readonly string[];
  readonly inventory: readonly InventoryItem[];
  readonly seconds: number;
  readonly steps: number;
}

/** An operation that has just begun, and has an hour. */
export const BEGUN: Operation = {
  id: 'op1',
  application: 'shop',
  revisions: ['4f2a91c'],
  definition: 'd00df00',
  trigger: { kind: 'command' },
  phase: 'Running',
  message: '',
  startedAt: new Date(START).toISOString(),
  deadline: new Date(START + 3600_000).toISOString(),
  looks: 0,
  attempt: 0,
  prune: true,
};

function started({ trigger = { kind: 'command', actor: 'ada' }, deadline, prune = true }: World): Operation {
  return { ...BEGUN, trigger, prune, ...(deadline === undefined ? {} : { deadline }) };
}

function withoutUid(manifest: Manifest): Manifest {
  const { uid: _uid, ...metadata } = manifest.metadata;
  return { ...manifest, metadata };
}

function byName(a: Manifest, b: Manifest): number {
  return keyText(keyOf(a)) < keyText(keyOf(b)) ? -1 : 1;
}

/** A manifest of namespace `shop`, with annotations by their short names. */
export function resource(
  kind: string,
  name: string,
  options: { readonly wave?: number; readonly hook?: string; readonly policy?: string; readonly body?: object } = {},
): Manifest {
  const annotations = {
    ...(options.wave === undefined ? {} : { [ANNOTATION.syncWave]: String(options.wave) }),
    ...(options.hook === undefined ? {} : { [ANNOTATION.hook]: options.hook }),
    ...(options.policy === undefined ? {} : { [ANNOTATION.hookDeletePolicy]: options.policy }),
  };
  const clusterScoped = kind === 'Namespace' || kind === 'CustomResourceDefinition' || kind === 'ClusterRole';
  return {
    apiVersion: API_VERSIONS[kind] ?? 'v1',
    kind,
    metadata: { name, ...(clusterScoped ? {} : { namespace: 'shop' }), annotations },
    ...options.body,
  };
}

const API_VERSIONS: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  Job: 'batch/v1',
  Ingress: 'networking.k8s.io/v1',
  ClusterRole: 'rbac.authorization.k8s.io/v1',
  CustomResourceDefinition: 'apiextensions.k8s.io/v1',
};

/** Rules as an application without sync options has them. */
export const RULES: SyncRules = { options: readSyncOptions([]) };
