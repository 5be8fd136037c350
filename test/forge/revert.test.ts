import { describe, expect, test } from 'vitest';
import { gitSays } from '../local/forge/support.ts';
import { openPull, problemIn, REPO, type Stage, stage } from './support.ts';

const BODY = 'Asked for by @bob with `/rollback`.';

async function merged(on: Stage): Promise<Awaited<ReturnType<Stage['forge']['pull']>>> {
  const { number } = await openPull(on.site);
  await on.site.merge(REPO, number);
  return on.forge.pull(REPO, number);
}

describe('revert', () => {
  test('opens a pull request that takes back what was merged', async () => {
    const on = await stage();
    const pull = await merged(on);
    const opened = await on.forge.revert(REPO, pull, 'Revert "Change scale"', BODY);
    const revert = on.site.pull(REPO, opened.number);
    expect(revert).toMatchObject({ title: 'Revert "Change scale"', body: BODY, base: 'main', state: 'open' });
    expect(opened.url).toBe(revert.url);
    expect(gitSays(on.site, REPO, 'show', `${revert.headSha}:web/values.yaml`)).toBe('replicas: 2');
  });

  test('gives the open one when it is asked for twice', async () => {
    const on = await stage();
    const pull = await merged(on);
    const first = await on.forge.revert(REPO, pull, 'Revert', BODY);
    expect(await on.forge.revert(REPO, pull, 'Revert', BODY)).toEqual(first);
    expect(on.site.pulls(REPO)).toHaveLength(2);
  });

  test('takes pull request 1 not for 10', async () => {
    const on = await stage();
    const pull = await merged(on);
    await openPull(on.site, `revert-${pull.number}0-other`, { other: '1\n' });
    const opened = await on.forge.revert(REPO, pull, 'Revert', BODY);
    expect(on.site.pull(REPO, opened.number).head).toBe(`revert-${pull.number}-scale`);
  });

  test('says so when later changes stand against it', async () => {
    const on = await stage();
    const pull = await merged(on);
    await on.site.commit(REPO, { branch: 'main', message: 'Later', changes: { 'web/values.yaml': 'replicas: 7\n' } });
    expect(await problemIn(on.forge.revert(REPO, pull, 'Revert', BODY))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`the revert of pull request #${pull.number}`),
      fix: expect.stringContaining('/rollback APP'),
      where: { repo: REPO },
    });
  });
});
