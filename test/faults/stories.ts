import { ANNOTATION, FINALIZER } from '../../src/spec/annotations.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import type { Commit, Machine, MachineOptions } from './machine.ts';

/** Something that happens to applications, from a state at rest to the next one. */
export interface Story extends MachineOptions {
  readonly name: string;
  /** What happens after the first commit is deployed. Default: the next commit is pushed. */
  readonly happens?: (machine: Machine) => void;
  /** The first deployment itself is the story. */
  readonly first?: boolean;
  /** How often each hook runs, by its name; those of the first deployment do not count. */
  readonly hooks?: Readonly<Record<string, number>>;
  /** The finished operations that it leaves, oldest first, by application: their phases and what began them. */
  readonly ends: Readonly<Record<string, readonly string[]>>;
}

interface Looks {
  readonly wave?: number;
  readonly hook?: string;
  readonly policy?: string;
  readonly options?: string;
  readonly compare?: string;
  readonly body?: object;
}

const API_VERSIONS: Readonly<Record<string, string>> = { Deployment: 'apps/v1', Job: 'batch/v1' };

function resource(kind: string, name: string, looks: Looks = {}): Manifest {
  const annotations = {
    ...(looks.wave === undefined ? {} : { [ANNOTATION.syncWave]: String(looks.wave) }),
    ...(looks.hook === undefined ? {} : { [ANNOTATION.hook]: looks.hook }),
    ...(looks.policy === undefined ? {} : { [ANNOTATION.hookDeletePolicy]: looks.policy }),
    ...(looks.options === undefined ? {} : { [ANNOTATION.syncOptions]: looks.options }),
    ...(looks.compare === undefined ? {} : { [ANNOTATION.compareOptions]: looks.compare }),
  };
  return {
    apiVersion: API_VERSIONS[kind] ?? 'v1',
    kind,
    metadata: { name, ...(kind === 'Namespace' ? {} : { namespace: 'shop' }), annotations },
    ...looks.body,
  };
}

const config = (name: string, value: string, looks: Looks = {}): Manifest =>
  resource('ConfigMap', name, { ...looks, body: { data: { value } } });

const web = (image: string, looks: Looks = {}): Manifest =>
  resource('Deployment', 'web', {
    ...looks,
    body: { spec: { replicas: 2, template: { spec: { containers: [{ name: 'web', image }] } } } },
  });

const job = (name: string, hook: string, policy?: string): Manifest =>
  resource('Job', name, { hook, ...(policy === undefined ? {} : { policy }) });

function application(
  name: string,
  options: {
    readonly finalizers?: readonly string[];
    readonly limit?: number;
    readonly syncOptions?: readonly string[];
  } = {},
): object {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, ...(options.finalizers === undefined ? {} : { finalizers: options.finalizers }) },
    spec: {
      project: 'default',
      source: { repoURL: 'https://github.com/acme/platform', path: name },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: ['CreateNamespace=true', ...(options.syncOptions ?? [])],
        ...(options.limit === undefined
          ? {}
          : { retry: { limit: options.limit, backoff: { duration: '5s', factor: 2 } } }),
      },
    },
  };
}

function commit(
  renders: Commit['renders'],
  applications = Object.keys(renders).map((name) => application(name)),
): Commit {
  return { applications, renders };
}

const edit = (machine: Machine, key: string, change: (manifest: Manifest) => Manifest | undefined): void =>
  machine.cluster.edit(key, (manifest) => (manifest === undefined ? undefined : change(manifest)));

const WEB = 'apps/Deployment:shop/web';

export const STORIES: readonly Story[] = [
  {
    name: 'a first deployment, with hooks and waves',
    ends: { shop: ['Succeeded 0 schedule'], store: [] },
    first: true,
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
];
