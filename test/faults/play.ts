import { ANNOTATION } from '../../src/spec/annotations.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import { createMachine, type Disturbance, type Machine } from './machine.ts';
import type { Story } from './stories.ts';

/** What is left of a story when everything is at rest: what must be the same whatever went wrong on the way. */
export interface End {
  /** Every object, without what differs from run to run. */
  readonly objects: Readonly<Record<string, Manifest>>;
  /** Objects that were there before the story and are still, as the same object (its uid). */
  readonly kept: readonly string[];
  /** Keys of the objects that were deleted by request, each as often as it was. */
  readonly removed: readonly string[];
  /** The finished operations of the story, oldest first, by application. */
  readonly histories: Readonly<Record<string, readonly string[]>>;
  /** How often each hook was created, by its name. */
  readonly hooks: Readonly<Record<string, number>>;
  /** `Synced Healthy`, by application. */
  readonly statuses: Readonly<Record<string, string>>;
  /** The states of the Deployments at GitHub, sorted. */
  readonly deployments: readonly string[];
  readonly inventories: Readonly<Record<string, readonly string[]>>;
}

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

/** A machine on which a story is about to happen: the commit before it is deployed. */
export async function prepare(story: Story): Promise<Machine> {
  const machine = createMachine(story);
  if (story.first !== true) await machine.untilRest();
  for (const stranger of STRANGERS) {
    machine.cluster.edit(`/ConfigMap:shop/${stranger.metadata.name}`, () => stranger);
  }
  return machine;
}

/** Lets a story happen to a machine. */
export function happen(story: Story, machine: Machine): void {
  if (story.happens !== undefined) story.happens(machine);
  else if (story.first !== true) machine.push();
}

/** Plays a story to its end, undisturbed or not. Answers the end, and how many calls changed something. */
export async function play(
  story: Story,
  disturbance?: Disturbance,
): Promise<{ readonly end: End; readonly calls: number }> {
  const machine = await prepare(story);
  return await playOn(machine, story, (on) => on.untilRest(disturbance));
}

/** Plays a story on a machine that is prepared for it; `run` brings it to rest. */
async function playOn(
  machine: Machine,
  story: Story,
  run: (machine: Machine) => Promise<number>,
): Promise<{ readonly end: End; readonly calls: number }> {
  const { cluster, store } = machine;
  const before = cluster.objects();
  const past = { hooks: cluster.hooks.length, removed: cluster.removed.length, deployments: machine.deployments.size };
  const entries = new Map<string, number>();
  for (const name of APPLICATIONS) entries.set(name, (await store.histories.list(name, 100)).length);
  happen(story, machine);
  const calls = await run(machine);
  const objects = cluster.objects();
  const histories: Record<string, readonly string[]> = {};
  const inventories: Record<string, readonly string[]> = {};
  for (const name of APPLICATIONS) {
    const all = await store.histories.list(name, 100);
    histories[name] = all
      .slice(0, all.length - (entries.get(name) ?? 0))
      .map(({ phase, revisions, trigger }) => `${phase} ${Number(revisions.join().slice(0, 4))} ${trigger.kind}`)
      .reverse();
    const items = (await store.inventories.load(name)) ?? [];
    inventories[name] = items.map(({ key }) => `${key.kind} ${key.name}`).sort();
  }
  const statuses = (await store.statuses.all()).map(({ application, sync, health }) => [
    application,
    `${sync} ${health.status}`,
  ]);
  return {
    calls,
    end: {
      objects: Object.fromEntries([...objects].map(([key, object]) => [key, plain(object)]).sort()),
      kept: [...objects]
        .filter(([key, { metadata }]) => before.get(key)?.metadata.uid === metadata.uid)
        .map(([key]) => key)
        .sort(),
      removed: cluster.removed
        .slice(past.removed)
        .map((line) => line.split(' ')[0] ?? '')
        .sort(),
      histories,
      inventories,
      hooks: tally(cluster.hooks.slice(past.hooks).map((line) => line.split(' ').at(-1) ?? '')),
      statuses: Object.fromEntries(statuses.sort()),
      deployments: [...machine.deployments.values()].slice(past.deployments).sort(),
    },
  };
}

function plain({ metadata: { uid: _uid, deletionTimestamp: _gone, ...metadata }, ...rest }: Manifest): Manifest {
  const { [ANNOTATION.operation]: _operation, ...annotations } = metadata.annotations ?? {};
  return { ...rest, metadata: { ...metadata, annotations } } as Manifest;
}

function tally(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
