import { describe, expect, test } from 'vitest';
import { type Ask, type Installed, startShop } from './support.ts';

const REPO = '/repos/acme/shop';

async function startWithPull(): Promise<Installed & { readonly sha: string }> {
  const shop = await startShop();
  const sha = await shop.forge.commit('acme/shop', { branch: 'a', from: 'main', message: 'a', changes: { a: '1' } });
  await shop.forge.openPull('acme/shop', { title: 'A', head: 'a' });
  return { ...shop, sha };
}

describe('comments', () => {
  test('of 65,536 characters are taken, of one more refused, whatever bytes the characters have', async () => {
    const { ask } = await startWithPull();
    const write = (body: string) => ask(`POST ${REPO}/issues/1/comments`, { body });
    expect((await write('🚀'.repeat(65_536))).status).toBe(201);
    const refused = await write('x'.repeat(65_537));
    expect(refused.status).toBe(422);
    expect(JSON.stringify(refused.body)).toContain('Body is too long (maximum is 65536 characters)');
    expect((await write('  ')).status).toBe(422);
    expect((await ask(`POST ${REPO}/issues/1/comments`, {})).body['message']).toContain('"body" wasn\'t supplied');
  });

  test('are the bot’s, are edited in place, and get each reaction once', async () => {
    const { forge, ask } = await startWithPull();
    const { body } = await ask(`POST ${REPO}/issues/1/comments`, { body: 'one' });
    const own = `${REPO}/issues/comments/${String(body['id'])}`;
    await ask(`PATCH ${own}`, { body: 'two' });
    const react = () => ask(`POST ${own}/reactions`, { content: 'rocket' });
    expect([(await react()).status, (await react()).status]).toEqual([201, 200]);
    expect(forge.comments('acme/shop', 1)).toMatchObject([
      { author: 'trimtab[bot]', body: 'two', reactions: ['rocket'] },
    ]);
    expect((await ask(`DELETE ${own}`)).status).toBe(204);
    expect(forge.comments('acme/shop', 1)).toEqual([]);
  });

  test('can be written on an issue, too, by those who may read the repository', async () => {
    const { forge, ask } = await startShop();
    const number = await forge.openIssue('acme/shop', { title: 'Help' });
    await forge.comment('acme/shop', number, 'carol', '/help');
    await expect(forge.comment('acme/shop', number, 'mallory', '/help')).rejects.toMatchObject({ code: 'forbidden' });
    const { list } = await ask(`GET ${REPO}/issues/${number}/comments`);
    expect(list).toMatchObject([{ body: '/help', user: { login: 'carol' } }]);
  });
});

test.each([
  ['alice', 'admin'],
  ['bob', 'write'],
  ['carol', 'read'],
  ['mallory', 'none'],
])('%s has the permission %s', async (login, permission) => {
  const { ask } = await startShop();
  const { body } = await ask(`GET ${REPO}/collaborators/${login}/permission`);
  expect(body).toMatchObject({ permission, role_name: permission, user: { login } });
});

describe('check runs', () => {
  const create = (ask: Ask, sha: string, more: object) =>
    ask(`POST ${REPO}/check-runs`, { name: 'trimtab', head_sha: sha, ...more });

  test('are completed by their conclusion and keep what an update leaves out', async () => {
    const { forge, ask, sha } = await startWithPull();
    const { body } = await create(ask, sha, { status: 'in_progress', output: { title: 'Rendering', summary: 'soon' } });
    await ask(`PATCH ${REPO}/check-runs/${String(body['id'])}`, { conclusion: 'success' });
    expect(forge.checks('acme/shop', sha)).toMatchObject([
      { status: 'completed', conclusion: 'success', title: 'Rendering' },
    ]);
    const listed = await ask(`GET ${REPO}/commits/${sha}/check-runs`);
    expect(listed.body).toMatchObject({ total_count: 1, check_runs: [{ pull_requests: [{ number: 1 }] }] });
  });

  test('are listed once a name, the newest, unless all are asked for', async () => {
    const { ask, sha } = await startWithPull();
    await create(ask, sha, {});
    const second = await create(ask, sha, {});
    const latest = await ask(`GET ${REPO}/commits/${sha}/check-runs`);
    expect(latest.body).toMatchObject({ total_count: 1, check_runs: [{ id: second.body['id'] }] });
    expect((await ask(`GET ${REPO}/commits/${sha}/check-runs?filter=all`)).body['total_count']).toBe(2);
  });

  test.each([
    [
      'a summary of 65,536 characters',
      { output: { title: 't', summary: 'x'.repeat(65_536) } },
      'Only 65535 characters are allowed; 65536 were supplied.',
    ],
    [
      '51 annotations',
      {
        output: {
          title: 't',
          summary: 's',
          annotations: Array.from({ length: 51 }, () => ({
            path: 'a',
            start_line: 1,
            end_line: 1,
            annotation_level: 'notice',
            message: 'm',
          })),
        },
      },
      'No more than 50 items are allowed; 51 were supplied.',
    ],
    ['no conclusion when completed', { status: 'completed' }, '"conclusion" wasn\'t supplied.'],
    ['an output without a summary', { output: { title: 't' } }, 'output/summary'],
  ])('with %s are refused', async (_, more, message) => {
    const { ask, sha } = await startWithPull();
    const refused = await create(ask, sha, more);
    expect(refused.status).toBe(422);
    expect(refused.body['message']).toContain(message);
  });

  test('of a commit that is not there are refused', async () => {
    const { ask } = await startWithPull();
    expect((await create(ask, 'a'.repeat(40), {})).body['message']).toBe(`No commit found for SHA: ${'a'.repeat(40)}`);
  });
});

describe('deployments', () => {
  const plain = { auto_merge: false, required_contexts: [] };

  test('make the earlier success in the same environment inactive, and no other', async () => {
    const { forge, ask, sha } = await startWithPull();
    const deploy = async (environment: string, state: string, more: object = {}) => {
      const { body } = await ask(`POST ${REPO}/deployments`, { ref: sha, environment, ...plain });
      await ask(`POST ${REPO}/deployments/${String(body['id'])}/statuses`, { state, ...more });
    };
    await deploy('production', 'success');
    await deploy('staging', 'success');
    await deploy('production', 'failure');
    await deploy('production', 'success', { auto_inactive: false });
    expect(forge.deployments('acme/shop').map((one) => one.state)).toEqual([
      'success',
      'success',
      'failure',
      'success',
    ]);
    await deploy('production', 'success');
    expect(forge.deployments('acme/shop').map((one) => one.state)).toEqual([
      'inactive',
      'success',
      'failure',
      'inactive',
      'success',
    ]);
  });

  test('are refused while a check of the commit is not a success, unless that is not asked for', async () => {
    const { ask, sha } = await startWithPull();
    await ask(`POST ${REPO}/check-runs`, { name: 'trimtab', head_sha: sha, conclusion: 'failure' });
    expect((await ask(`POST ${REPO}/deployments`, { ref: sha, auto_merge: false })).status).toBe(409);
    expect((await ask(`POST ${REPO}/deployments`, { ref: sha, ...plain })).status).toBe(201);
  });

  test('of a branch that is behind merge the default branch into it instead, unless told not to', async () => {
    const { forge, ask } = await startWithPull();
    await forge.commit('acme/shop', { branch: 'main', message: 'm', changes: { m: '1' } });
    const merged = await ask(`POST ${REPO}/deployments`, { ref: 'a', required_contexts: [] });
    expect([merged.status, merged.body['message']]).toEqual([202, 'Auto-merged main into a on deployment.']);
    expect(forge.deployments('acme/shop')).toEqual([]);
    expect((await ask(`POST ${REPO}/deployments`, { ref: 'a', ...plain })).status).toBe(201);
  });
});
