import { FINALIZER } from '../../src/spec/annotations.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import type { Pull } from '../../src/spec/ports.ts';
import type { End } from './end.ts';
import type { Machine, MachineOptions } from './machine.ts';
import { application, commit, config, generated, job, resource, web } from './manifests.ts';
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
];
