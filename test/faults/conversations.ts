import type { Job } from '../../src/spec/event.ts';
import { commit, config, job, manual, web } from './manifests.ts';
import { REPO } from './repository.ts';
import { ask, PULL, type Story } from './stories.ts';

const previewed: Job = { kind: 'preview', repo: REPO, pull: 1, head: PULL.head.sha };

/** What people say to trimtab at GitHub, and hear: one comment, one check, one Deployment, however often it is tried. */
export const CONVERSATIONS: readonly Story[] = [
  {
    name: 'a pull request is previewed',
    ends: { shop: [], store: [] },
    happens: ({ world, send }) => {
      world.forge.pulls.set(1, PULL);
      send(previewed);
    },
    commits: [
      commit({ shop: [config('settings', 'one')], store: [config('b', '1')] }),
      commit({ shop: [config('settings', 'two')], store: [config('b', '1')] }),
    ],
  },
  {
    name: 'a pull request that does not render is previewed',
    ends: { shop: [], store: [] },
    happens: ({ world, send }) => {
      world.forge.pulls.set(1, { ...PULL, mergeable: false });
      send(previewed);
    },
    commits: [commit({ shop: [config('settings', 'one')] }), commit({ shop: [] })],
  },
  {
    name: 'somebody syncs an application that does not sync by itself',
    ends: { shop: ['Succeeded 1 command'], store: [] },
    hooks: { migrate: 1 },
    behaviours: { migrate: { takes: 9 } },
    happens: (machine) => {
      machine.push();
      ask(machine, '/sync shop');
    },
    commits: [
      commit({ shop: [] }, [manual('shop')]),
      commit({ shop: [job('migrate', 'PreSync'), config('settings', 'two'), web('web:1', { wave: 1 })] }, [
        manual('shop'),
      ]),
    ],
  },
  {
    name: 'somebody asks for the history, and for another preview',
    ends: { shop: [], store: [] },
    happens: (machine) => {
      ask(machine, '/history shop', 78);
      ask(machine, '/preview', 79);
    },
    // Where a first try failed, its answer is mended
    loosely: ({ said, ...end }) => ({ ...end, said: said.filter((text) => !text.includes('trimtab:answer:79')) }),
    commits: [commit({ shop: [config('settings', 'one')] }), commit({ shop: [config('settings', 'two')] })],
  },
  {
    name: 'somebody asks for what does not exist',
    ends: { shop: [], store: [] },
    happens: (machine) => ask(machine, '/sync nothing'),
    commits: [commit({ shop: [config('settings', 'one')] })],
  },
  {
    name: 'somebody syncs one resource of several',
    ends: { shop: ['Succeeded 1 command'], store: [] },
    happens: (machine) => {
      machine.push();
      ask(machine, '/sync shop --resource :ConfigMap:shop/settings');
    },
    commits: [
      commit({ shop: [] }, [manual('shop')]),
      commit({ shop: [job('migrate', 'PreSync'), config('settings', 'two'), config('other', 'not yet')] }, [
        manual('shop'),
      ]),
    ],
  },
  {
    name: 'somebody asks to roll back',
    ends: { shop: [], store: [] },
    deployed: 2,
    happens: (machine) => ask(machine, '/rollback shop'),
    commits: ['one', 'two'].map((value) => commit({ shop: [config('settings', value)] })),
  },
];
