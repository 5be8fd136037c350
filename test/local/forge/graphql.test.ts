import { describe, expect, test } from 'vitest';
import { asker, gitSays, installationToken, startShop } from './support.ts';

const REVERT = `mutation Undo($input: RevertPullRequestInput!) {
  revertPullRequest(input: $input) { pullRequest { merged } revertPullRequest { number title url headRefName } }
}`;

describe('GraphQL of the embedded forge', () => {
  test('reverts a merged pull request on a branch of its own, keeping what came after', async () => {
    const { forge, ask } = await startShop();
    await forge.commit('acme/shop', {
      branch: 'scale',
      from: 'main',
      message: 'Scale',
      changes: { 'web/values.yaml': 'replicas: 9\n' },
    });
    await forge.openPull('acme/shop', { title: 'Scale', head: 'scale' });
    const merge = await forge.merge('acme/shop', 1);
    const later = await forge.commit('acme/shop', {
      branch: 'main',
      message: 'Docs',
      changes: { 'README.md': '# New\n' },
    });
    const found = await ask('POST /graphql', {
      query: 'query($n: Int!) { repository(owner: "acme", name: "shop") { pullRequest(number: $n) { id state } } }',
      variables: { n: 1 },
    });
    const { id, state } = found.body['data'] === null ? { id: '', state: '' } : pullIn(found.body);
    expect(state).toBe('MERGED');
    const input = { pullRequestId: id, title: 'Undo the scaling', body: 'Asked for in #1' };
    const undone = await ask('POST /graphql', { query: REVERT, variables: { input } });
    expect(undone.body).toEqual({
      data: {
        revertPullRequest: {
          pullRequest: { merged: true },
          revertPullRequest: {
            number: 2,
            title: 'Undo the scaling',
            url: `${forge.url}/acme/shop/pull/2`,
            headRefName: 'revert-1-scale',
          },
        },
      },
    });
    expect(gitSays(forge, 'acme/shop', 'show', 'revert-1-scale:web/values.yaml')).toBe('replicas: 2');
    expect(gitSays(forge, 'acme/shop', 'show', 'revert-1-scale:README.md')).toBe('# New');
    expect(gitSays(forge, 'acme/shop', 'rev-parse', 'revert-1-scale^')).toBe(later);
    expect(gitSays(forge, 'acme/shop', 'log', '-1', '--format=%B', 'revert-1-scale')).toContain(
      `This reverts commit ${merge}`,
    );
  });

  test('says that a pull request cannot be reverted when what it changed has been changed again', async () => {
    const { forge, ask } = await startShop();
    await forge.commit('acme/shop', {
      branch: 'scale',
      from: 'main',
      message: 'Scale',
      changes: { 'web/values.yaml': 'replicas: 9\n' },
    });
    await forge.openPull('acme/shop', { title: 'Scale', head: 'scale' });
    await forge.merge('acme/shop', 1);
    await forge.commit('acme/shop', {
      branch: 'main',
      message: 'More',
      changes: { 'web/values.yaml': 'replicas: 12\n' },
    });
    const pull = await ask('GET /repos/acme/shop/pulls/1');
    const undone = await ask('POST /graphql', {
      query: REVERT,
      variables: { input: { pullRequestId: pull.body['node_id'] } },
    });
    expect(undone.status).toBe(200);
    expect(undone.body['errors']).toMatchObject([{ type: 'UNPROCESSABLE', path: ['revertPullRequest'] }]);
    expect(forge.pulls('acme/shop')).toHaveLength(1);
  });

  test('does not revert what is not merged', async () => {
    const { forge, ask } = await startShop();
    await forge.commit('acme/shop', { branch: 'a', from: 'main', message: 'a', changes: { a: '1' } });
    await forge.openPull('acme/shop', { title: 'A', head: 'a' });
    const pull = await ask('GET /repos/acme/shop/pulls/1');
    const undone = await ask('POST /graphql', {
      query: REVERT,
      variables: { input: { pullRequestId: pull.body['node_id'] } },
    });
    expect(JSON.stringify(undone.body['errors'])).toContain('Only merged pull requests can be reverted.');
  });

  test('hides a comment as outdated', async () => {
    const { forge, ask } = await startShop();
    await forge.commit('acme/shop', { branch: 'a', from: 'main', message: 'a', changes: { a: '1' } });
    await forge.openPull('acme/shop', { title: 'A', head: 'a' });
    const comment = await ask('POST /repos/acme/shop/issues/1/comments', { body: 'Old news' });
    const query = `mutation { minimizeComment(input: { subjectId: "${String(comment.body['node_id'])}", classifier: OUTDATED }) {
      minimizedComment { isMinimized minimizedReason }
    } }`;
    const hidden = await ask('POST /graphql', { query });
    expect(hidden.body['data']).toEqual({
      minimizeComment: { minimizedComment: { isMinimized: true, minimizedReason: 'outdated' } },
    });
    expect(forge.comments('acme/shop', 1)[0]?.minimized).toBe('outdated');
  });

  test('refuses what the token may not, and fields that GitHub does not have', async () => {
    const { forge, ask, asApp } = await startShop();
    await forge.commit('acme/shop', { branch: 'a', from: 'main', message: 'a', changes: { a: '1' } });
    await forge.openPull('acme/shop', { title: 'A', head: 'a' });
    await forge.merge('acme/shop', 1);
    const pull = await ask('GET /repos/acme/shop/pulls/1');
    const reader = asker(
      forge,
      await installationToken(asApp, 'acme/shop', { permissions: { contents: 'read', pull_requests: 'read' } }),
    );
    const refused = await reader('POST /graphql', {
      query: REVERT,
      variables: { input: { pullRequestId: pull.body['node_id'] } },
    });
    expect(refused.body['errors']).toMatchObject([
      { type: 'FORBIDDEN', message: 'Resource not accessible by integration' },
    ]);
    const wrong = await ask('POST /graphql', { query: '{ viewer { password } }' });
    expect(JSON.stringify(wrong.body['errors'])).toContain('Cannot query field');
    expect((await asker(forge, '')('POST /graphql', { query: '{ viewer { login } }' })).status).toBe(401);
  });
});

function pullIn(body: Readonly<Record<string, unknown>>): { id: string; state: string } {
  const text = JSON.stringify(body);
  return {
    id: /"id":"([^"]+)"/.exec(text)?.[1] ?? '',
    state: /"state":"([^"]+)"/.exec(text)?.[1] ?? '',
  };
}
