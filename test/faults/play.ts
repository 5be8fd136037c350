import { ANNOTATION } from '../../src/spec/annotations.ts';
import { keyText, type Manifest } from '../../src/spec/manifest.ts';
import type { Store } from '../../src/spec/ports.ts';
import type { End } from './end.ts';
import type { Call } from './faults.ts';
import { createMachine, type Disturbance, type Leg, type Machine } from './machine.ts';
import { hookName } from './memory-cluster.ts';
import { indexOf } from './repository.ts';
import type { Story } from './stories.ts';
import type { World } from './world.ts';

/** Names of all applications of the stories. */
const APPLICATIONS = ['shop', 'store'];

/** Objects that are nobody's, which nothing may touch: one of somebody else, one that was copied with its annotations. */
const STRANGERS: readonly Manifest[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'foreign', namespace: 'shop' }, data: { of: 'others' } },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'copied',
      namespace: 'shop',
      annotations: { [ANNOTATION.trackingId]: 'shop:/ConfigMap:shop/settings' },
    },
  },
];

/** Another store than that in memory, with what the world remembers in it. */
export type StoreOf = (world: World) => Promise<Store>;

const before = new Map<Story, Promise<World>>();

/** A machine on which a story is about to happen: the commits before it are deployed. */
export async function prepare(story: Story, storeOf?: StoreOf): Promise<Machine> {
  const known = before.get(story) ?? deployed(story);
  before.set(story, known);
  const world = structuredClone(await known);
  return createMachine(story, world, await storeOf?.(world));
}

async function deployed(story: Story): Promise<World> {
  const { meets: _, ...calm } = story;
  const machine = createMachine(calm);
  const count = story.deployed ?? 1;
  for (let index = 0; index < count; index += 1) {
    if (index > 0) machine.push();
    await machine.untilRest();
  }
  for (const stranger of STRANGERS) {
    machine.cluster.edit(`/ConfigMap:shop/${stranger.metadata.name}`, () => stranger);
  }
  return machine.world;
}

/** Lets a story happen to a machine. */
export function happen(story: Story, machine: Machine): void {
  if (story.happens !== undefined) story.happens(machine);
  else if (story.deployed !== 0) machine.push();
}

/** A moment of a story at which no function works: from there it can be played on, any number of times. */
export interface Checkpoint extends Leg {
  readonly world: World;
}

export interface PlayOptions {
  readonly disturbance?: Disturbance;
  readonly storeOf?: StoreOf;
  /** Plays what comes after this moment. Default: all of the story. */
  readonly from?: Checkpoint;
  /** Is told of each such moment. */
  readonly pass?: (moment: Checkpoint) => void;
}

/** Plays a story to its end, undisturbed or not. Answers the end, and the calls of ports. */
export async function play(
  story: Story,
  { disturbance, storeOf, from, pass }: PlayOptions = {},
): Promise<{ readonly end: End; readonly calls: readonly Call[] }> {
  const start = await prepare(story, storeOf);
  const objectsBefore = start.cluster.objects();
  const past = {
    hooks: start.world.cluster.hooks.length,
    removed: start.world.cluster.removed.length,
    deployments: start.world.forge.deployments.length,
  };
  const entries = new Map<string, number>();
  for (const name of APPLICATIONS) entries.set(name, (await start.store.histories.list(name, 100)).length);
  const machine = from === undefined ? start : createMachine(story, structuredClone(from.world));
  const { cluster, store, world } = machine;
  const { hooks, removed } = world.cluster;
  if (from === undefined) happen(story, machine);
  const calls = await machine.untilRest({
    ...(disturbance && { disturbance }),
    ...(from && { from }),
    ...(pass && { pass: (leg) => pass({ ...leg, world: structuredClone(world) }) }),
  });
  const twice = hooks.find((line, index) => hooks.indexOf(line) !== index);
  if (twice !== undefined) throw new Error(`the hook ${twice} ran twice`);
  const objects = cluster.objects();
  const histories: Record<string, readonly string[]> = {};
  const inventories: Record<string, readonly string[]> = {};
  for (const name of APPLICATIONS) {
    const all = await store.histories.list(name, 100);
    histories[name] = all
      .slice(0, all.length - (entries.get(name) ?? 0))
      .map(({ phase, revisions, trigger }) => `${phase} ${indexOf(revisions.join())} ${trigger.kind}`)
      .reverse();
    // What is left of an application that is gone is nobody's any more
    const isKnown = (await store.statuses.load(name)) !== undefined;
    const items = isKnown ? ((await store.inventories.load(name)) ?? []) : [];
    const there = items.filter(({ key }) => isTracked(objects.get(keyText(key))));
    inventories[name] = there.map(({ key }) => `${key.kind} ${key.name}`).sort();
  }
  const statuses = (await store.statuses.all()).map(({ application, sync, health }) => [
    application,
    `${sync} ${health.status}`,
  ]);
  const end: End = {
    objects: Object.fromEntries([...objects].map(([key, object]) => [hookName(key), plain(object)]).sort()),
    kept: [...objects]
      .filter(([key, { metadata }]) => objectsBefore.get(key)?.metadata.uid === metadata.uid)
      .map(([key]) => hookName(key))
      .sort(),
    removed: removed
      .slice(past.removed)
      .map((line) => hookName(line.split(' ')[0] ?? ''))
      .sort(),
    histories,
    inventories,
    hooks: tally(hooks.slice(past.hooks).map((line) => hookName(line.split(' ').at(-1) ?? ''))),
    statuses: Object.fromEntries(statuses.sort()),
    deployments: world.forge.deployments
      .slice(past.deployments)
      .map(({ state }) => state)
      .sort(),
    said: [
      ...world.forge.comments.map(({ pull, body }) => `#${pull} ${body}`),
      ...[...world.forge.checks.values()].map(({ name, head, conclusion }) => `${name} ${head} ${conclusion}`),
      ...world.forge.reactions,
      ...world.forge.proposals.values(),
    ].sort(),
  };
  return { calls, end };
}

function isTracked(object: Manifest | undefined): boolean {
  return object?.metadata.annotations?.[ANNOTATION.trackingId] !== undefined;
}

function plain({ metadata: { uid: _uid, deletionTimestamp: _gone, ...metadata }, ...rest }: Manifest): Manifest {
  const {
    [ANNOTATION.operation]: _operation,
    [ANNOTATION.trackingId]: id,
    ...annotations
  } = metadata.annotations ?? {};
  const tracked = id === undefined ? {} : { [ANNOTATION.trackingId]: hookName(id) };
  const name = hookName(metadata.name ?? '');
  return { ...rest, metadata: { ...metadata, name, annotations: { ...annotations, ...tracked } } } as Manifest;
}

function tally(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
