import { afterEach, describe, expect, test } from 'vitest';
import { application, configMap, deployment, hookJob, type Platform, REPO, startPlatform } from './platform.ts';

let trimtab: Platform | undefined;

afterEach(async () => {
  await trimtab?.close();
  trimtab = undefined;
});

/** A day with a preview, a second push, a merge that runs hooks, a prune, drift that is repaired, and a command. */
async function playDay(seed: number): Promise<Platform> {
  const running = await startPlatform(
    {
      'argocd/web.yaml': application('web'),
      'apps/web/web.yaml': deployment('web', 'ghcr.io/acme/web:1.0.0'),
      'apps/web/old.yaml': configMap('old', 'goes'),
      'apps/web/migrate.yaml': hookJob('migrate', 'PreSync', ['migrate']),
      'apps/web/smoke.yaml': hookJob('smoke', 'PostSync', ['smoke']),
      'argocd/reports.yaml': application('reports', { automated: null }),
      'apps/reports/config.yaml': configMap('reports', 'first'),
    },
    { chaos: { seed, duplicate: 0.5, shuffle: true } },
  );
  trimtab = running;
  await running.schedule();
  const { number } = await running.propose({ 'apps/web/web.yaml': deployment('web', 'ghcr.io/acme/web:1.1.0') });
  const again = { 'apps/web/web.yaml': deployment('web', 'ghcr.io/acme/web:1.2.0'), 'apps/web/old.yaml': null };
  await running.forge.commit(REPO, { branch: 'change-1', message: 'Again', changes: again });
  await running.settled();
  await running.forge.merge(REPO, number, 'bob');
  await running.settled();
  await running.edit('/apis/apps/v1/namespaces/web/deployments/web', { spec: { replicas: 4 } });
  await running.schedule();
  await running.ask(number, 'bob', '/sync reports');
  return running;
}

/** Jobs that were created, by name: a hook that runs twice is created twice. */
function created(platform: Platform, kind: string): number {
  return platform.cluster.requests.filter(
    ({ method, path, query }) => method === 'POST' && path.endsWith(`/${kind}`) && !query.includes('dryRun'),
  ).length;
}

describe('jobs that come twice and in any order', () => {
  test.each([1, 2])(
    'end in the same state, with nothing done twice (seed %i)',
    async (seed) => {
      const { forge, cluster, store, preview, said } = await playDay(seed);
      const { comments } = forge;
      const body = preview(1);
      expect(body).toContain('ghcr.io/acme/web:1.2.0');
      expect(body).not.toContain('ghcr.io/acme/web:1.1.0');
      expect(comments(REPO, 1).filter((each) => each.author !== 'bob')).toHaveLength(2);
      expect(cluster.get('/apis/apps/v1/namespaces/web/deployments/web')).toMatchObject({
        spec: { replicas: 1, template: { spec: { containers: [{ image: 'ghcr.io/acme/web:1.2.0' }] } } },
      });
      expect(cluster.get('/api/v1/namespaces/web/configmaps/old')).toBeUndefined();
      expect(cluster.get('/api/v1/namespaces/reports/configmaps/reports')).toMatchObject({ data: { value: 'first' } });
      expect(await store.statuses.all()).toMatchObject([
        { application: 'reports', sync: 'Synced', health: { status: 'Healthy' } },
        { application: 'web', sync: 'Synced', health: { status: 'Healthy' } },
      ]);

      const web = (await store.histories.list('web', 10)).toReversed();
      expect(web.map((entry) => [entry.trigger.kind, entry.phase])).toEqual([
        ['schedule', 'Succeeded'],
        ['push', 'Succeeded'],
        ['self-heal', 'Succeeded'],
      ]);
      expect(new Set(web.map((entry) => entry.operation)).size).toBe(3);
      expect(await store.histories.list('reports', 10)).toHaveLength(1);

      // Self-heal is a selective sync: no hook runs in it.
      expect(created(trimtab as Platform, 'jobs')).toBe(2 * 2);
      expect(said('web is synced')).toHaveLength(2);
      expect(said('reports is synced')).toHaveLength(1);
      expect(said('drifted')).toHaveLength(1);
      const states = forge.deployments(REPO).map(({ environment, state }) => `${environment} ${state}`);
      expect(states.toSorted()).toEqual(['reports success', 'web inactive', 'web success']);
    },
    120_000,
  );
});
