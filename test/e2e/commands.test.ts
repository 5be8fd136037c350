import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { application, configMap, deployment, type Platform, REPO, startPlatform } from './platform.ts';

let trimtab: Platform;

beforeAll(async () => {
  trimtab = await startPlatform({
    'argocd/web.yaml': application('web'),
    'apps/web/web.yaml': deployment('web', 'ghcr.io/acme/web:1.0.0'),
    'argocd/reports.yaml': application('reports', { automated: null }),
    'apps/reports/config.yaml': configMap('reports', 'first'),
  });
  await trimtab.schedule();
});
afterAll(() => trimtab.close());

function change(): Promise<{ readonly number: number }> {
  return trimtab.propose({ 'apps/web/web.yaml': deployment('web', 'ghcr.io/acme/web:1.1.0') });
}

async function openPulls(): Promise<number> {
  return trimtab.forge.pulls(REPO).filter((pull) => pull.state === 'open').length;
}

describe('a comment', () => {
  test('with a typo in the command is answered with what was meant', async () => {
    const { number } = await change();
    const { text, reactions } = await trimtab.ask(number, 'bob', '/snyc web');
    expect(text).toContain('did you mean /sync?');
    expect(text).toContain('`/sync [APP…]');
    expect(reactions).toEqual(['confused']);
  });

  test('with a typo in an option or in a name is answered with the nearest one', async () => {
    const { number } = await change();
    expect((await trimtab.ask(number, 'bob', '/sync web --prnue')).text).toContain('did you mean --prune?');
    const { text, reactions } = await trimtab.ask(number, 'bob', '/history wbe');
    expect(text).toContain('did you mean web?');
    expect(reactions).toContain('confused');
  });

  test('that is no command, or begins with a path, is left alone', async () => {
    const { number } = await change();
    const before = trimtab.forge.comments(REPO, number).length;
    await trimtab.forge.comment(REPO, number, 'bob', 'Looks good. Will you /sync it?');
    await trimtab.forge.comment(REPO, number, 'bob', '/etc/hosts is what I meant');
    await trimtab.settled();
    expect(trimtab.forge.comments(REPO, number)).toHaveLength(before + 2);
  });

  test('/rollback by somebody without write access is refused with the rule, and opens nothing', async () => {
    const { number } = await change();
    await trimtab.forge.merge(REPO, number, 'bob');
    await trimtab.settled();
    const before = await openPulls();
    const { text, reactions } = await trimtab.ask(number, 'carol', '/rollback');
    expect(text).toContain('`/rollback` needs **write** access');
    expect(text).toContain('`carol` has **read**');
    expect(reactions.toSorted()).toEqual(['confused', 'eyes']);
    expect(await openPulls()).toBe(before);
  });

  test('/rollback by somebody who may read only what is public opens nothing either', async () => {
    const { number } = await change();
    const before = await openPulls();
    const { text } = await trimtab.ask(number, 'carol', '/rollback web');
    expect(text).toContain('needs **write** access');
    expect(await openPulls()).toBe(before);
  });

  test('/rollback on a pull request that is open says that there is nothing to roll back, and what to write', async () => {
    const { number } = await change();
    const { text } = await trimtab.ask(number, 'bob', '/rollback');
    expect(text).toContain('is not merged');
    expect(text).toContain('/rollback APP');
  });
});

describe('an application that does not sync by itself', () => {
  const WANTED = '/api/v1/namespaces/reports/configmaps/reports';

  test('becomes OutOfSync by a merge, its pull request is told how to sync it, and /sync does', async () => {
    const { number } = await trimtab.propose({ 'apps/reports/config.yaml': configMap('reports', 'second') });
    expect(trimtab.preview(number)).toContain('waits for `/sync reports`');
    await trimtab.forge.merge(REPO, number, 'bob');
    await trimtab.settled();
    expect(await trimtab.store.statuses.load('reports')).toMatchObject({ sync: 'OutOfSync' });
    expect(trimtab.cluster.get(WANTED)).toBeUndefined();
    const told = trimtab.forge.comments(REPO, number).filter((each) => each.body.includes('/sync reports'));
    expect(told.map((each) => each.body).filter((body) => body.includes('not synced automatically'))).toHaveLength(1);

    const refused = await trimtab.ask(number, 'carol', '/sync reports');
    expect(refused.text).toContain('`/sync` needs **write** access');
    expect(trimtab.cluster.get(WANTED)).toBeUndefined();

    const { text, reactions } = await trimtab.ask(number, 'bob', '/sync reports');
    expect(text).toContain('`reports` is syncing to');
    expect(reactions).toContain('rocket');
    expect(trimtab.cluster.get(WANTED)).toMatchObject({ data: { value: 'second' } });
    expect(await trimtab.store.statuses.load('reports')).toMatchObject({ sync: 'Synced' });
    const [entry] = await trimtab.store.histories.list('reports', 10);
    expect(entry).toMatchObject({ phase: 'Succeeded', trigger: { kind: 'command', actor: 'bob' } });
  });
});
