import { afterAll, beforeAll, expect, test } from 'vitest';
import { application, configMap, type Files, type Platform, REPO, startPlatform } from './platform.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

let trimtab: Platform;

beforeAll(async () => {
  trimtab = await startPlatform({
    'argocd/shop.yaml': application('shop'),
    ...Object.fromEntries(NAMES.map((name) => [`apps/shop/${name}.yaml`, configMap(name, 'first')])),
  });
  await trimtab.schedule();
});
afterAll(() => trimtab.close());

const WITHOUT: Files = Object.fromEntries(NAMES.slice(1).map((name) => [`apps/shop/${name}.yaml`, null]));

async function held(): Promise<readonly string[]> {
  return ((await trimtab.store.inventories.load('shop')) ?? []).map(({ key }) => key.name);
}

// Each goes on where the one before ended.
test('a merge that would delete most of an application stops, and is told on its pull request and at the application', async () => {
  const { number } = await trimtab.propose(WITHOUT);
  await trimtab.forge.merge(REPO, number, 'bob');
  await trimtab.settled();
  expect(await held()).toEqual(NAMES);
  const said = trimtab.forge.comments(REPO, number).map(({ body }) => body);
  expect(said.join('\n')).toMatch(/would delete 5 of the 6 resources/);
  expect(said.join('\n')).toContain('/sync shop --prune');
  await trimtab.schedule();
  const status = await trimtab.store.statuses.load('shop');
  expect(status?.conditions).toMatchObject([{ type: 'SyncError' }]);
  expect(status?.sync).toBe('OutOfSync');
});

test('/sync --prune by somebody with write access lets it go', async () => {
  const { number } = await trimtab.propose({ 'README.md': 'A change\n' });
  await trimtab.ask(number, 'bob', '/sync shop --prune');
  await trimtab.settled();
  expect(await held()).toEqual(['a']);
});

test('a label on the pull request before its merge lets it go, too', async () => {
  const all = await trimtab.propose(
    Object.fromEntries(NAMES.map((name) => [`apps/shop/${name}.yaml`, configMap(name, 'second')])),
  );
  await trimtab.forge.merge(REPO, all.number, 'bob');
  await trimtab.settled();
  expect(await held()).toEqual(NAMES);
  const { number } = await trimtab.propose(WITHOUT);
  await trimtab.forge.label(REPO, number, 'trimtab/allow-prune', 'bob');
  await trimtab.forge.merge(REPO, number, 'bob');
  await trimtab.settled();
  expect(await held()).toEqual(['a']);
});

test('/terminate of what does not sync says so', async () => {
  const { number } = await trimtab.propose({ 'README.md': 'Another change\n' });
  expect((await trimtab.ask(number, 'bob', '/terminate shop')).text).toContain('is not syncing');
});
