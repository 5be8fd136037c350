import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Broken, type Machine, openWorkshop, type Workshop } from './machine.ts';
import { application, deployment, hookJob, REPO } from './platform.ts';

let workshop: Workshop;

beforeAll(async () => {
  workshop = await openWorkshop({
    'argocd/web.yaml': application('web'),
    'apps/web/web.yaml': deployment('web', 'ghcr.io/acme/web:1.0.0'),
    'apps/web/migrate.yaml': hookJob('migrate', 'PreSync', ['migrate'], {
      'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded',
    }),
  });
});
afterAll(() => workshop.close());

/** Plays the story once on a machine of its own; answers how many writing calls it took. */
async function play(broken: Broken | undefined, check: (machine: Machine) => Promise<void>): Promise<number> {
  const machine = await workshop.machine();
  try {
    const calls = await machine.run({ kind: 'refresh', scope: { of: 'all' } }, broken);
    // A look that got no answer says so until the next one, three minutes later.
    if (broken?.fault === 'answer lost') await machine.run({ kind: 'refresh', scope: { of: 'all' } });
    await check(machine);
    return calls;
  } finally {
    await machine.close();
  }
}

function jobsCreated({ cluster }: Machine): readonly string[] {
  return cluster.requests
    .filter(({ method, path, query }) => method === 'POST' && path.endsWith('/jobs') && !query.includes('dryRun'))
    .map(({ path }) => path);
}

test('a function that dies at any writing call, or does not get its answer, leads to the same state in the end', async () => {
  const { forge } = workshop;
  const twice: string[] = [];
  const playedWith = async (broken: Broken | undefined): Promise<number> => {
    const what = broken === undefined ? 'nothing goes wrong' : `${broken.fault} at writing call ${broken.call}`;
    const before = forge.deployments(REPO).length;
    return await play(broken, async (machine) => {
      const { cluster, slack, store } = machine;
      expect(await store.statuses.load('web'), what).toMatchObject({ sync: 'Synced', health: { status: 'Healthy' } });
      expect(await store.histories.list('web', 10), what).toMatchObject([{ id: 1, phase: 'Succeeded' }]);
      expect(cluster.get('/apis/apps/v1/namespaces/web/deployments/web'), what).toBeDefined();
      expect(cluster.get('/apis/batch/v1/namespaces/web/jobs/migrate'), what).toBeUndefined();
      expect(jobsCreated(machine), what).toHaveLength(1);
      const said = slack.messages().map(({ text }) => text);
      if (said.length > 1) twice.push(what);
      expect([...new Set(said)], what).toEqual(['web is synced']);
      const shown = forge.deployments(REPO).slice(before);
      expect(
        shown.map(({ environment, state }) => `${environment} ${state}`),
        what,
      ).toEqual(['web success']);
    });
  };
  const calls = await playedWith(undefined);
  expect(calls).toBeGreaterThan(20);
  // A lost answer is the rarer fault, and the milder one: every fourth call has to do.
  for (let call = 0; call < calls; call += 1)
    await playedWith({ call, fault: call % 4 === 3 ? 'answer lost' : 'dies' });
  // Slack can't be asked whether it has a message: who gets no answer to it, or dies before noting it, sends it again.
  expect(twice.length).toBeLessThanOrEqual(2);
}, 300_000);
