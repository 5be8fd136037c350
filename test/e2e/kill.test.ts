import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Broken, type Fault, type Machine, openWorkshop, type Workshop } from './machine.ts';
import { application, deployment, hookJob, REPO } from './platform.ts';

let workshop: Workshop;

beforeAll(async () => {
  workshop = await openWorkshop({
    'argocd/web.yaml': application('web'),
    'apps/web/web.yaml': deployment('web', 'ghcr.io/acme/web:1.0.0'),
    'apps/web/migrate.yaml': hookJob('migrate', 'PreSync', ['migrate']),
    'apps/web/smoke.yaml': hookJob('smoke', 'PostSync', ['smoke'], {
      'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded',
    }),
  });
});
afterAll(() => workshop.close());

const FAULTS: readonly Fault[] = ['dies', 'answer lost'];

/**
 * Plays a story once as it should go, then once for each writing call of it with that call going wrong, each time on a
 * machine of its own; `check` looks at the end.
 */
async function everywhere(
  fault: Fault,
  story: (machine: Machine, broken?: Broken) => Promise<number>,
  check: (machine: Machine, what: string) => Promise<void>,
): Promise<number> {
  const play = async (call: number | undefined): Promise<number> => {
    const machine = await workshop.machine();
    try {
      const calls = await story(machine, call === undefined ? undefined : { call, fault });
      await check(machine, call === undefined ? 'nothing goes wrong' : `${fault} at writing call ${call}`);
      return calls;
    } finally {
      await machine.close();
    }
  };
  const calls = await play(undefined);
  // A lost answer is the milder fault: every second call of it has to do.
  for (let call = 0; call < calls; call += fault === 'dies' ? 1 : 2) await play(call);
  return calls;
}

function jobsCreated({ cluster }: Machine): readonly string[] {
  return cluster.requests
    .filter(({ method, path, query }) => method === 'POST' && path.endsWith('/jobs') && !query.includes('dryRun'))
    .map(({ path }) => path);
}

describe.each(FAULTS)('a function whose writing call fails (%s)', (fault) => {
  test('while it looks, syncs, finishes and tells: the state in the end is the same', async () => {
    const before = workshop.forge.deployments(REPO).length;
    let shown = before;
    const twice: string[] = [];
    const calls = await everywhere(
      fault,
      async (machine, broken) => {
        const calls = await machine.run({ kind: 'refresh', scope: { of: 'all' } }, broken);
        // A look that got no answer says so until the next one, three minutes later.
        if (broken?.fault === 'answer lost') await machine.run({ kind: 'refresh', scope: { of: 'all' } });
        return calls;
      },
      async (machine, what) => {
        expect(await machine.store.statuses.load('web'), what).toMatchObject({
          sync: 'Synced',
          health: { status: 'Healthy' },
        });
        expect(await machine.store.histories.list('web', 10), what).toMatchObject([{ id: 1, phase: 'Succeeded' }]);
        expect(machine.cluster.get('/apis/apps/v1/namespaces/web/deployments/web'), what).toBeDefined();
        expect(machine.cluster.get('/apis/batch/v1/namespaces/web/jobs/smoke'), what).toBeUndefined();
        expect(machine.cluster.get('/apis/batch/v1/namespaces/web/jobs/migrate'), what).toBeDefined();
        expect(jobsCreated(machine), what).toHaveLength(2);
        expect(
          machine.slack.messages().map(({ text }) => text),
          what,
        ).toEqual(['web is synced']);
        const all = workshop.forge.deployments(REPO);
        expect(
          all.slice(shown).map(({ environment, state }) => `${environment} ${state}`),
          what,
        ).toEqual(['web success']);
        shown = all.length;
      },
    );
    expect(calls).toBeGreaterThan(20);
    // Slack can't be asked whether it has a message: who dies right after sending it sends it again.
    expect(twice.length).toBeLessThanOrEqual(1);
  }, 300_000);
});
