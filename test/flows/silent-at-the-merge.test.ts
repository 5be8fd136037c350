import { describe, expect, it } from 'vitest';
import type { Application } from '../../src/spec/application.ts';
import type { Job } from '../../src/spec/event.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import type { Pull } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';
import { windowedProject } from '../fixtures/windowed-project.ts';
import { application, configMap, type Desk, startDesk } from './desk.ts';

/** A pull request is merged, and the chart repository answers 503 when the push is looked at. */

const REPO = 'acme/platform';
const HEAD = `0001${'c'.repeat(36)}`;

const MERGED: Pull = {
  repo: REPO,
  number: 7,
  nodeId: 'PR_7',
  title: 'Fewer things',
  url: 'https://github.com/acme/platform/pull/7',
  author: 'alice',
  state: 'closed',
  draft: false,
  merged: true,
  fork: false,
  labels: ['trimtab/allow-prune'],
  base: { ref: 'main', sha: 'base' },
  head: { ref: 'fewer', sha: 'head' },
  mergeCommit: HEAD,
};

const AUTOMATED = {
  syncPolicy: { automated: { prune: true }, syncOptions: ['CreateNamespace=true'], retry: { limit: 0 } },
};

const ITEMS = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => configMap(name, 'x'));

interface Story {
  readonly desk: Desk;
  /** Comments on the merged pull request, by their hidden line. */
  readonly comments: ReadonlyMap<string, string>;
  /** The chart repository is silent, or answers again. */
  silence(names: readonly string[]): void;
}

interface Merging {
  /** Those whose definitions the pull request changed. Default all. */
  readonly touched?: readonly string[];
  readonly spec?: Partial<Application['spec']>;
  readonly beside?: readonly object[];
}

/** Applications as they were synced before the merge. */
async function merge(
  names: readonly string[],
  { touched = names, spec = {}, beside = [] }: Merging = {},
): Promise<Story> {
  let silent: readonly string[] = [];
  const comments = new Map<string, string>();
  const render =
    (name: string) =>
    ({ checkout }: { readonly checkout: { readonly revision: string } }): readonly Manifest[] => {
      if (silent.includes(name)) throw new Problem('unavailable', 'charts.example.com answers 503.');
      return checkout.revision === HEAD ? ITEMS.slice(0, 1) : ITEMS;
    };
  const desk = await startDesk({
    definitions: [...names.map((name) => application(name, { ...AUTOMATED, ...spec })), ...beside],
    renders: Object.fromEntries(names.map((name) => [name, render(name)])),
    forge: {
      pullsOf: async (_, sha) => (sha === HEAD ? [MERGED] : []),
      parents: async () => ['base'],
      hasComment: async (_repo, _pull, marker) => comments.has(marker),
      upsertComment: async (_repo, _pull, marker, body) => {
        comments.set(marker, body);
        return 'created';
      },
    },
    tree: async (_, sha) =>
      new Map(names.map((name, index) => [`argocd/${index}.json`, touched.includes(name) ? sha : 'same'])),
  });
  await desk.look();
  desk.commit({});
  desk.sent.length = 0;
  return {
    desk,
    comments,
    silence: (some) => {
      silent = some;
    },
  };
}

const PUSH: Job = { kind: 'refresh', scope: { of: 'branch', repo: REPO, branch: 'main', sha: HEAD } };

/** Works off what was sent, in the order in which it is due. */
async function settle(desk: Desk): Promise<void> {
  for (;;) {
    const [next] = desk.sent.toSorted((a, b) => a.delaySeconds - b.delaySeconds);
    if (next === undefined) return;
    desk.sent.splice(desk.sent.indexOf(next), 1);
    desk.pass(next.delaySeconds);
    await desk.work(next.job);
  }
}

const held = async (desk: Desk, name: string): Promise<readonly string[]> =>
  ((await desk.store.inventories.load(name)) ?? [])
    .filter(({ key }) => key.kind === 'ConfigMap')
    .map(({ key }) => key.name);

describe('an application that syncs by itself', () => {
  const trigger = async (desk: Desk) => (await desk.store.operations.load('shop'))?.value.trigger;

  it('is synced when its chart is there again, as the merge of that pull request and with what its label allows', async () => {
    const { desk, silence } = await merge(['shop']);
    silence(['shop']);
    await desk.work(PUSH);
    expect(desk.sent).toHaveLength(1);
    expect(await held(desk, 'shop')).toHaveLength(6);
    silence([]);
    await settle(desk);
    expect(await trigger(desk)).toEqual({ kind: 'push', pull: { repo: REPO, number: 7 } });
    expect(await held(desk, 'shop')).toEqual(['a']);
  });

  it('is so, too, where the scheduled look comes first', async () => {
    const { desk, silence } = await merge(['shop']);
    silence(['shop']);
    await desk.work(PUSH);
    desk.sent.length = 0;
    silence([]);
    await desk.look();
    expect(await trigger(desk)).toEqual({ kind: 'push', pull: { repo: REPO, number: 7 } });
    expect(await held(desk, 'shop')).toEqual(['a']);
  });

  it('is so when its sync window opens', async () => {
    const project = windowedProject('frozen', { kind: 'deny', schedule: '5 10 * * *', duration: '10m' });
    const { desk } = await merge(['shop'], { spec: { project: 'frozen' }, beside: [project] });
    desk.pass(300);
    await desk.work(PUSH);
    expect(await held(desk, 'shop')).toHaveLength(6);
    await settle(desk);
    expect(await trigger(desk)).toEqual({ kind: 'push', pull: { repo: REPO, number: 7 } });
    expect(await held(desk, 'shop')).toEqual(['a']);
  });

  it('loses nothing by a label of a pull request that does not touch it', async () => {
    const { desk } = await merge(['shop', 'web'], { touched: ['web'] });
    await desk.work(PUSH);
    await settle(desk);
    expect(await held(desk, 'web')).toEqual(['a']);
    expect(await held(desk, 'shop')).toHaveLength(6);
    expect((await desk.store.operations.load('shop'))?.value).toMatchObject({
      phase: 'Error',
      message: expect.stringContaining('would delete 5 of the 6 resources'),
    });
  });
});

it('applications that wait for somebody are named at the merged pull request, those that answered at once and those that did later', async () => {
  const { desk, comments, silence } = await merge(['shop', 'web']);
  desk.git.definitions = ['shop', 'web'].map((name) => application(name, { syncPolicy: {} }));
  silence(['web']);
  await desk.work(PUSH);
  expect([...comments.values()].join()).toContain('/sync shop`');
  silence([]);
  await settle(desk);
  expect([...comments.values()]).toHaveLength(1);
  expect([...comments.values()].join()).toContain('/sync shop web`');
});
