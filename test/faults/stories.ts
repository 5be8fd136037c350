import { ANNOTATION, FINALIZER } from '../../src/spec/annotations.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import type { Pull } from '../../src/spec/ports.ts';
import type { End } from './end.ts';
import type { Machine, MachineOptions } from './machine.ts';
import { application, closed, commit, config, generated, job, manual, resource, web } from './manifests.ts';
import { REPO, sha } from './repository.ts';

/** Something that happens to applications, from a state at rest to the next one. */
export interface Story extends MachineOptions {
  readonly name: string;
  /** What happens after the first commit is deployed. Default: the next commit is pushed. */
  readonly happens?: (machine: Machine) => void;
  /** So many commits are deployed before it. Default 1; with 0 the first deployment itself is the story. */
  readonly deployed?: number;
  /** How often each hook runs, by its name; those of the first deployment do not count. */
  readonly hooks?: Readonly<Record<string, number>>;
  /** The finished operations that it leaves, oldest first, by application: their phases and what began them. */
  readonly ends: Readonly<Record<string, readonly string[]>>;
  /** What of the end must be the same, where faults may rightly lead to it by other ways. Default: all of it. */
  readonly loosely?: (end: End) => End;
}

export const PULL: Pull = {
  repo: REPO,
  number: 1,
  nodeId: 'PR_1',
  title: 'Release',
  url: 'https://github.com/acme/platform/pull/1',
  author: 'alice',
  state: 'open',
  draft: false,
  merged: false,
  fork: false,
  labels: [],
  base: { ref: 'main', sha: sha(0) },
  head: { ref: 'release', sha: 'a'.repeat(40) },
  mergeCommit: sha(1),
  mergeable: true,
};

/** Somebody with the right to writes a comment on a pull request. */
export function ask(machine: Machine, body: string, comment = 77): void {
  const { asked, pulls } = machine.world.forge;
  pulls.set(1, PULL);
  asked.set(comment, { id: comment, author: 'bob', body, url: `${PULL.url}#issuecomment-${comment}` });
  machine.send({ kind: 'command', repo: REPO, pull: 1, comment });
}

const edit = (machine: Machine, key: string, change: (manifest: Manifest) => Manifest | undefined): void =>
  machine.cluster.edit(key, (manifest) => (manifest === undefined ? undefined : change(manifest)));

const WEB = 'apps/Deployment:shop/web';

/** Somebody takes an object out of the hands of its application. */
const takeOver = (machine: Machine, key: string): void =>
  edit(machine, key, ({ metadata, ...rest }) => {
    const { [ANNOTATION.trackingId]: _, ...annotations } = metadata.annotations ?? {};
    return { ...rest, metadata: { ...metadata, annotations } } as Manifest;
  });

/** Without the commits and the beginnings of its operations, which depend on when a message arrives. */
const anyCommit = ({ histories, ...end }: End): End => ({
  ...end,
  histories: Object.fromEntries(
    Object.entries(histories).map(([name, lines]) => [name, lines.map((line) => line.split(' ')[0] ?? '')]),
  ),
});

export const STORIES: readonly Story[] = [
  {
    name: 'a first deployment, with hooks and waves',
    ends: { shop: ['Succeeded 0 schedule'], store: [] },
    deployed: 0,
    behaviours: { migrate: { takes: 9 }, web: { takes: 20 }, smoke: { takes: 4 } },
    hooks: { migrate: 1, smoke: 1 },
    commits: [
      commit({
        shop: [
          job('migrate', 'PreSync'),
          config('settings', 'one'),
          web('web:1', { wave: 1 }),
          resource('Service', 'web', { wave: 2 }),
          job('smoke', 'PostSync', 'HookSucceeded'),
        ],
      }),
    ],
  },
  {
    name: 'a release that changes, adds and prunes in waves',
    ends: { shop: ['Succeeded 1 schedule'], store: [] },
    behaviours: { migrate: { takes: 3 }, web: { takes: 6 } },
    hooks: { migrate: 1, done: 1 },
    commits: [
      commit({
        shop: [
          job('migrate', 'PreSync'),
          config('settings', 'one'),
          config('old', 'goes'),
          config('older', 'goes first', { wave: 1 }),
          config('kept', 'for ever', { options: 'Prune=false', compare: 'IgnoreExtraneous' }),
          web('web:1'),
        ],
      }),
      commit({
        shop: [
          job('migrate', 'PreSync'),
          config('settings', 'two'),
          config('new', 'comes', { wave: 2 }),
          web('web:2', { wave: 1 }),
          job('done', 'PostSync', 'HookSucceeded,BeforeHookCreation'),
        ],
      }),
    ],
  },
  {
    name: 'resources that move from one application to another',
    ends: { shop: ['Succeeded 1 schedule'], store: ['Succeeded 1 schedule'] },
    commits: [
      commit({ shop: [config('a', '1'), config('shared', 'moves'), web('web:1')], store: [config('b', '1')] }),
      commit({ shop: [config('a', '2')], store: [config('b', '2'), config('shared', 'moves'), web('web:1')] }),
    ],
  },
  {
    name: 'a PreSync hook that fails, and the SyncFail hook after it',
    ends: { shop: ['Failed 1 schedule'], store: [] },
    behaviours: { check: { takes: 2, fails: true }, tell: { takes: 1 } },
    hooks: { check: 1, tell: 1 },
    commits: [
      commit({ shop: [config('settings', 'one')] }, [application('shop', { limit: 0 })]),
      commit(
        { shop: [job('check', 'PreSync'), config('settings', 'two'), config('new', 'no'), job('tell', 'SyncFail')] },
        [application('shop', { limit: 0 })],
      ),
    ],
  },
  {
    name: 'drift that is repaired: a changed field, a deleted object',
    ends: { shop: ['Succeeded 0 self-heal'], store: [] },
    happens: (machine) => {
      edit(machine, WEB, (manifest) => ({ ...manifest, spec: { ...Object(manifest['spec']), replicas: 7 } }));
      edit(machine, '/ConfigMap:shop/settings', () => undefined);
    },
    behaviours: { web: { takes: 5 } },
    commits: [commit({ shop: [config('settings', 'one'), config('other', 'two'), web('web:1', { wave: 1 })] })],
  },
  {
    name: 'an application that goes with what it deployed, beside one that stays',
    ends: { shop: ['Succeeded 0 schedule'], store: [] },
    commits: [
      commit({ shop: [config('a', '1'), web('web:1')], store: [config('b', '1')] }, [
        application('shop', { finalizers: [FINALIZER.resources] }),
        application('store'),
      ]),
      commit({ store: [config('b', '1')] }),
    ],
  },
  {
    name: 'a sync that is tried again after an admission policy refused it',
    ends: { shop: ['Succeeded 1 schedule'], store: [] },
    behaviours: { late: { refused: 2 } },
    commits: [
      commit({ shop: [config('settings', 'one')] }, [application('shop', { limit: 5 })]),
      commit({ shop: [config('settings', 'two'), config('late', 'late'), config('after', 'x', { wave: 1 })] }, [
        application('shop', { limit: 5 }),
      ]),
    ],
  },
  {
    name: 'hooks that their TTL takes away as soon as they end, of which one fails',
    ends: { shop: ['Failed 1 schedule'], store: [] },
    behaviours: { prepare: { takes: 5, ttl: 0 }, migrate: { takes: 9, fails: true, ttl: 0 } },
    hooks: { prepare: 1, migrate: 1 },
    commits: [
      commit({ shop: [config('settings', 'one')] }, [application('shop', { limit: 0 })]),
      commit(
        {
          shop: [
            job('prepare', 'PreSync'),
            resource('Job', 'migrate', { hook: 'PreSync', wave: 1 }),
            config('settings', 'two'),
          ],
        },
        [application('shop', { limit: 0 })],
      ),
    ],
  },
  {
    name: 'prune last, behind a wave that takes long',
    ends: { shop: ['Succeeded 1 schedule'], store: [] },
    behaviours: { web: { takes: 40 } },
    commits: [
      commit({ shop: [config('old-1', 'x'), config('old-2', 'x', { wave: -1 }), web('web:1')] }, [
        application('shop', { syncOptions: ['PruneLast=true'] }),
      ]),
      commit({ shop: [web('web:2', { wave: 3 }), config('settings', 'new')] }, [
        application('shop', { syncOptions: ['PruneLast=true', 'PrunePropagationPolicy=background'] }),
      ]),
    ],
  },
  {
    name: 'an application that goes, with hooks before and after',
    ends: { shop: ['Succeeded 0 schedule'], store: [] },
    behaviours: { backup: { takes: 8 }, farewell: { takes: 3 } },
    hooks: { backup: 1, farewell: 1 },
    commits: [
      commit(
        {
          shop: [
            job('backup', 'PreDelete', 'HookSucceeded'),
            config('a', '1'),
            web('web:1'),
            job('farewell', 'PostDelete'),
          ],
          store: [config('b', '1')],
        },
        [application('shop', { finalizers: [FINALIZER.resources] }), application('store')],
      ),
      commit({ store: [config('b', '1')] }),
    ],
  },
  {
    name: 'an application that gets another name, and keeps what it deployed',
    ends: { shop: ['Succeeded 0 schedule'], store: ['Succeeded 1 schedule'] },
    commits: [
      commit({ shop: [config('a', '1'), web('web:1')] }, [application('shop', { finalizers: [FINALIZER.resources] })]),
      commit({ store: [config('a', '2'), web('web:1')] }),
    ],
  },
  {
    name: 'a release that is taken back',
    ends: { shop: ['Succeeded 2 schedule'], store: [] },
    deployed: 2,
    behaviours: { migrate: { takes: 4 }, web: { takes: 4 } },
    hooks: { migrate: 1 },
    commits: [
      commit({ shop: [job('migrate', 'PreSync'), config('settings', 'one'), web('web:1', { wave: 1 })] }),
      commit({
        shop: [
          job('migrate', 'PreSync'),
          config('settings', 'two'),
          config('extra', 'goes again', { wave: 2 }),
          web('web:2', { wave: 1 }),
        ],
      }),
      commit({ shop: [job('migrate', 'PreSync'), config('settings', 'one'), web('web:1', { wave: 1 })] }),
    ],
  },
  {
    name: 'a release that failed halfway, and is taken back',
    ends: { shop: ['Succeeded 2 schedule'], store: [] },
    deployed: 2,
    behaviours: { check: { takes: 2, fails: true } },
    commits: [
      commit({ shop: [config('settings', 'one'), config('old', 'stays after all')] }, [
        application('shop', { limit: 0 }),
      ]),
      commit(
        {
          shop: [
            config('settings', 'two', { wave: -1 }),
            config('half', 'there', { wave: -1 }),
            job('check', 'PostSync'),
          ],
        },
        [application('shop', { limit: 0 })],
      ),
      commit({ shop: [config('settings', 'one'), config('old', 'stays after all')] }, [
        application('shop', { limit: 0 }),
      ]),
    ],
  },
  {
    name: 'a PostSync hook that fails, twice with a pause between',
    ends: { shop: ['Failed 1 schedule'], store: [] },
    behaviours: { check: { takes: 3, fails: true }, seed: { takes: 2 } },
    hooks: { seed: 2, check: 2, tell: 2 },
    commits: [
      commit({ shop: [config('settings', 'one')] }, [application('shop', { limit: 1 })]),
      commit(
        {
          shop: [
            generated('seed', 'PreSync', 'HookSucceeded'),
            config('settings', 'two'),
            job('check', 'PostSync', 'HookFailed'),
            generated('tell', 'SyncFail', 'HookFailed'),
          ],
        },
        [application('shop', { limit: 1 })],
      ),
    ],
  },
  {
    name: 'a newer release that overtakes one which is halfway',
    ends: { shop: ['Failed 1 schedule', 'Succeeded 2 schedule'], store: [] },
    behaviours: { web: { takes: 60 } },
    meets: {
      at: (write) => write.kind === 'put' && write.manifest.metadata.name === 'web',
      happens: (machine) => {
        machine.push();
        machine.send({ kind: 'refresh', scope: { of: 'branch', repo: REPO, branch: 'main', sha: sha(2) } });
      },
    },
    // The older one may come to its end before anybody sees the newer one
    loosely: ({ histories, ...end }) => ({
      ...end,
      deployments: [],
      removed: [],
      histories: { ...histories, shop: (histories['shop'] ?? []).slice(-1).map((line) => line.slice(0, 11)) },
    }),
    commits: [
      commit({ shop: [config('settings', 'one'), config('old', 'goes')] }),
      commit({
        shop: [
          config('settings', 'two'),
          config('passing', 'only in between', { wave: -1 }),
          web('web:2', { wave: 1 }),
          config('never', 'comes', { wave: 2 }),
        ],
      }),
      commit({ shop: [config('settings', 'three'), web('web:3', { wave: 1 })] }),
    ],
  },
  {
    name: 'a sync that is terminated while its hook runs',
    ends: { shop: ['Failed 1 schedule'], store: [] },
    behaviours: { migrate: { takes: 6000 } },
    hooks: { migrate: 1 },
    meets: {
      at: (write) => write.kind === 'put' && write.manifest.metadata.name === 'migrate',
      happens: (machine) => ask(machine, '/terminate shop'),
    },
    // Whoever asked for it a moment later hears that nothing is left to terminate
    loosely: ({ said: _, ...end }) => ({ ...end, said: [] }),
    commits: [
      commit({ shop: [config('settings', 'one')] }),
      commit({ shop: [job('migrate', 'PreSync'), config('settings', 'two')] }),
    ],
  },
  {
    name: 'a prune that comes just after somebody made another object of that name',
    ends: { shop: ['Succeeded 1 schedule'], store: [] },
    behaviours: { old: { replaced: true } },
    commits: [
      commit({ shop: [config('settings', 'one'), config('old', 'goes')] }),
      commit({ shop: [config('settings', 'two')] }),
    ],
  },
  {
    name: 'resources that are replaced, or deleted for a new one where a field cannot change',
    ends: { shop: ['Succeeded 1 schedule'], store: [] },
    behaviours: { ledger: { fixed: 'rehearsed' }, 'quiet-ledger': { fixed: 'applied' } },
    commits: ['one', 'two'].map((value) =>
      commit({
        shop: [
          config('whole', value, { options: 'Replace=true' }),
          config('anew', value, { options: 'Replace=true,Force=true' }),
          config('ledger', value, { options: 'Force=true' }),
          config('quiet-ledger', value, { options: 'Force=true', wave: 1 }),
          config('after', value, { wave: 2 }),
        ],
      }),
    ),
  },
  {
    name: 'a prune that somebody approves while the sync waits for it',
    ends: { shop: ['Succeeded 1 schedule'], store: [] },
    happens: (machine) => {
      machine.push();
      machine.push(1, 400);
    },
    loosely: anyCommit,
    commits: [
      commit({ shop: [config('settings', 'one'), config('precious', 'x', { options: 'Prune=confirm' })] }),
      ...[{}, { [ANNOTATION.deletionApproved]: '2026-11-24T23:00:00Z' }].map((annotations) =>
        commit({ shop: [config('settings', 'two', { wave: -1 }), config('after', 'x', { wave: 1 })] }, [
          application('shop', { annotations }),
        ]),
      ),
    ],
  },
  {
    name: 'a release that is looked at from everywhere while it is synced',
    ends: { shop: ['Succeeded 1 schedule'], store: [] },
    behaviours: { migrate: { takes: 9 }, web: { takes: 12 } },
    hooks: { migrate: 1, both: 2 },
    happens: (machine) => {
      machine.push();
      for (const seconds of [0, 1, 3, 8, 13, 21]) {
        machine.send({ kind: 'refresh', scope: { of: 'all' } }, seconds);
        machine.send({ kind: 'refresh', scope: { of: 'applications', names: ['shop'], heals: true } }, seconds + 1);
        machine.send(
          { kind: 'refresh', scope: { of: 'branch', repo: REPO, branch: 'main', sha: sha(1) } },
          seconds + 1,
        );
      }
    },
    // Whichever look is first begins it
    loosely: anyCommit,
    commits: [
      commit({ shop: [config('settings', 'one'), config('old', 'goes'), web('web:1')] }),
      commit({
        shop: [
          job('migrate', 'PreSync'),
          job('both', 'PreSync,PostSync'),
          config('settings', 'two'),
          web('web:2', { wave: 1 }),
        ],
      }),
    ],
  },
  {
    name: 'drift that appears in the middle of a release, behind its back',
    ends: { shop: ['Succeeded 1 schedule', 'Succeeded 1 self-heal'], store: [] },
    behaviours: { web: { takes: 8 } },
    meets: {
      at: (write) => write.kind === 'put' && write.manifest.metadata.name === 'web',
      happens: (machine) => edit(machine, '/ConfigMap:shop/settings', (manifest) => ({ ...manifest, data: {} })),
    },
    commits: ['1', '2'].map((value) =>
      commit({
        shop: [config('settings', value), web(`web:${value}`, { wave: 1 }), config('last', value, { wave: 2 })],
      }),
    ),
  },
  {
    name: 'objects that somebody takes over before they would go, and in the middle of it',
    ends: { shop: ['Succeeded 1 schedule'], store: [] },
    happens: (machine) => {
      takeOver(machine, '/ConfigMap:shop/taken');
      machine.push();
    },
    meets: {
      at: (write) => write.kind === 'put' && write.manifest.metadata.name === 'settings',
      happens: (machine) => takeOver(machine, '/ConfigMap:shop/taken-late'),
    },
    commits: [
      commit({
        shop: [config('settings', 'one'), config('taken', 'x'), config('taken-late', 'x'), config('old', 'x')],
      }),
      commit({ shop: [config('settings', 'two', { wave: -1 })] }),
    ],
  },
  {
    name: 'a store that is lost, before a release that prunes',
    ends: { shop: ['Succeeded 1 schedule'], store: [] },
    behaviours: { web: { takes: 4 } },
    happens: (machine) => {
      const { operations, inventories, statuses } = machine.world.store;
      for (const lost of [operations, inventories, statuses]) lost.clear();
      machine.push();
    },
    commits: [
      commit({ shop: [config('settings', 'one'), config('old', 'goes'), web('web:1')] }),
      commit({ shop: [config('settings', 'two'), web('web:1')] }),
    ],
  },
  {
    name: 'a resource that moved to another application, which lets it go; the one before it never synced again',
    ends: { shop: [], store: ['Succeeded 2 schedule'] },
    deployed: 2,
    commits: [
      commit({ shop: [config('a', '1'), config('shared', 'moves')], store: [config('b', '1')] }),
      commit({ shop: [config('a', '1')], store: [config('b', '2'), config('shared', 'moves')] }, [
        manual('shop'),
        application('store'),
      ]),
      commit({ shop: [config('a', '1')], store: [config('b', '3')] }, [manual('shop'), application('store')]),
    ],
  },
  {
    name: 'an application that loses a resource to another one, and does not sync by itself',
    ends: { shop: [], store: ['Succeeded 1 schedule'] },
    commits: [
      commit({ shop: [config('a', '1'), config('shared', 'moves')], store: [config('b', '1')] }),
      commit({ shop: [config('a', '1')], store: [config('b', '2'), config('shared', 'moves')] }, [
        manual('shop'),
        application('store'),
      ]),
    ],
  },
  {
    name: 'an application that goes while it is synced',
    ends: { shop: ['Succeeded 1 schedule', 'Succeeded 1 schedule'], store: [] },
    behaviours: { web: { takes: 20 } },
    meets: {
      at: (write) => write.kind === 'put' && write.manifest.metadata.name === 'web',
      happens: (machine) => machine.push(),
    },
    commits: [
      ...['1', '2'].map((value) =>
        commit(
          {
            shop: [config('a', value), web(`web:${value}`, { wave: 1 }), config('late', value, { wave: 2 })],
            store: [config('b', '1')],
          },
          [application('shop', { finalizers: [FINALIZER.resources] }), application('store')],
        ),
      ),
      commit({ store: [config('b', '1')] }),
    ],
  },
  {
    name: 'an application that comes back while it is deleted',
    ends: { shop: ['Succeeded 0 schedule', 'Succeeded 2 schedule'], store: [] },
    behaviours: { web: { takes: 5 } },
    meets: { at: (write) => write.kind === 'remove', happens: (machine) => machine.push() },
    commits: [true, false, true].map((isThere) =>
      commit({ ...(isThere && { shop: [config('a', '1'), web('web:1')] }), store: [config('b', '1')] }, [
        ...(isThere ? [application('shop', { finalizers: [FINALIZER.resources] })] : []),
        application('store'),
      ]),
    ),
  },
  {
    name: 'a release that waits for its sync window',
    ends: { shop: ['Succeeded 1 schedule'], store: [] },
    hooks: { migrate: 1 },
    behaviours: { migrate: { takes: 5 } },
    commits: [
      commit({ shop: [config('settings', 'one'), config('old', 'goes')] }),
      commit({ shop: [job('migrate', 'PreSync'), config('settings', 'two')] }, undefined, [
        closed('0 10 * * *', '20m'),
      ]),
    ],
  },
];
