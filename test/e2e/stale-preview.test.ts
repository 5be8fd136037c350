import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Broken, type Fault, type Machine, openWorkshop, type Workshop } from './machine.ts';
import { application, configMap, REPO } from './platform.ts';

let workshop: Workshop;
let machine: Machine;

beforeAll(async () => {
  workshop = await openWorkshop({
    'argocd/web.yaml': application('web'),
    'apps/web/config.yaml': configMap('web', 'before'),
  });
  machine = await workshop.machine();
});
afterAll(async () => {
  await machine.close();
  await workshop.close();
});

let branch = 0;

/** Alice's pull request that sets the value of `web`. */
async function open(
  value: string,
): Promise<{ readonly number: number; readonly head: string; readonly headSha: string }> {
  branch += 1;
  const head = `change-${branch}`;
  const changes = { 'apps/web/config.yaml': configMap('web', value) };
  await workshop.forge.commit(REPO, { branch: head, from: 'main', message: value, changes });
  return await workshop.forge.openPull(REPO, { title: value, head });
}

function pushed(head: string, value: string): Promise<string> {
  const changes = { 'apps/web/config.yaml': configMap('web', value) };
  return workshop.forge.commit(REPO, { branch: head, message: value, changes });
}

function preview(pull: number, head: string, broken?: Broken): Promise<number> {
  return machine.run({ kind: 'preview', repo: REPO, pull, head }, broken);
}

const comments = (pull: number) => workshop.forge.comments(REPO, pull).map(({ body }) => body);

describe('a preview job', () => {
  beforeEach(() => workshop.forge.setIntercept(undefined));

  test('of an older push that comes late writes nothing: the newer push has superseded it', async () => {
    const { number, head, headSha } = await open('first');
    const newer = await pushed(head, 'second');
    await preview(number, newer);
    const before = comments(number);
    expect(before).toHaveLength(1);
    expect(before[0]).toContain('+  value: second');
    expect(await preview(number, headSha)).toBe(0);
    expect(comments(number)).toEqual(before);
    expect(workshop.forge.checks(REPO, headSha)).toEqual([]);
  });

  test('during which the pull request is pushed to writes nothing', async () => {
    const { number, head, headSha } = await open('first');
    let pushing: Promise<string> | undefined;
    workshop.forge.setIntercept(({ path }) => {
      if (path.includes('/tarball/') || path.includes('/git/trees/')) pushing ??= pushed(head, 'second');
      return undefined;
    });
    expect(await preview(number, headSha)).toBe(0);
    expect(pushing).toBeDefined();
    expect(comments(number)).toEqual([]);
  });

  test('of a pull request that was closed meanwhile writes nothing', async () => {
    const { number, headSha } = await open('first');
    await workshop.forge.closePull(REPO, number);
    expect(await preview(number, headSha)).toBe(0);
    expect(comments(number)).toEqual([]);
    expect(workshop.forge.checks(REPO, headSha)).toEqual([]);
  });

  test('of a pull request that was merged meanwhile writes nothing', async () => {
    const { number, headSha } = await open('before\n');
    await workshop.forge.merge(REPO, number, 'bob');
    expect(await preview(number, headSha)).toBe(0);
    expect(comments(number)).toEqual([]);
  });

  test.each<Fault>(['dies', 'answer lost'])(
    'whose function %s at any writing call leaves one comment and one green check in the end',
    async (fault) => {
      const { number: whole, headSha: sha } = await open('whole');
      const calls = await preview(whole, sha);
      expect(calls).toBeGreaterThanOrEqual(2);
      for (let call = 0; call < calls; call += 1) {
        const { number, headSha } = await open(`${fault} ${call}`);
        await preview(number, headSha, { call, fault });
        expect(comments(number), `call ${call}`).toHaveLength(1);
        expect(comments(number)[0]).toContain(`+  value: ${fault} ${call}`);
        expect(workshop.forge.checks(REPO, headSha), `call ${call}`).toMatchObject([{ conclusion: 'success' }]);
      }
    },
  );
});

describe('a command', () => {
  test.each<Fault>(['dies', 'answer lost'])(
    'whose function %s at any writing call is answered once, and done once',
    async (fault) => {
      let calls = 1;
      for (let call = 0; call < calls; call += 1) {
        const own = await workshop.machine();
        const { number } = await open(`command ${fault} ${call}`);
        const id = await workshop.forge.comment(REPO, number, 'bob', '/sync web');
        const job = { kind: 'command', repo: REPO, pull: number, comment: id } as const;
        calls = await own.run(job, { call, fault, kind: 'command' });
        const answers = comments(number).filter((body) => body.includes(`<!-- trimtab:answer:${id} -->`));
        expect(answers, `call ${call}`).toHaveLength(1);
        expect(await own.store.histories.list('web', 10), `call ${call}`).toMatchObject([
          { phase: 'Succeeded', trigger: { kind: 'command', actor: 'bob' } },
        ]);
        expect(own.cluster.get('/api/v1/namespaces/web/configmaps/web'), `call ${call}`).toBeDefined();
        await own.close();
      }
      expect(calls).toBeGreaterThanOrEqual(4);
    },
    240_000,
  );

  test.each<Fault>(['dies', 'answer lost'])(
    '/rollback whose function %s at any writing call opens one pull request',
    async (fault) => {
      const { number } = await open(`rollback ${fault}`);
      await workshop.forge.merge(REPO, number, 'bob');
      let calls = 1;
      for (let call = 0; call < calls; call += 1) {
        const id = await workshop.forge.comment(REPO, number, 'bob', '/rollback');
        calls = await machine.run(
          { kind: 'command', repo: REPO, pull: number, comment: id },
          { call, fault, kind: 'command' },
        );
        const reverts = workshop.forge
          .pulls(REPO)
          .filter((pull) => pull.state === 'open' && /^Revert/.test(pull.title));
        expect(reverts, `call ${call}`).toHaveLength(1);
        const answers = comments(number).filter((body) => body.includes(`<!-- trimtab:answer:${id} -->`));
        expect(answers, `call ${call}`).toHaveLength(1);
        expect(answers[0], `call ${call}`).toContain(`#${reverts[0]?.number}`);
        await workshop.forge.closePull(REPO, reverts[0]?.number ?? 0);
        await workshop.forge.deleteBranch(REPO, reverts[0]?.head ?? '');
      }
    },
    120_000,
  );
});
