import { describe, expect, test } from 'vitest';
import type { Forge } from '../../src/spec/ports.ts';
import { gitSays } from '../local/forge/support.ts';
import { problemIn, REPO, type Stage, stage } from './support.ts';

const FILES = {
  'apps/web/values.yaml': 'replicas: 2\n',
  'apps/web/old.yaml': 'kind: ConfigMap\n',
  'apps/web.yaml': 'kind: Application\n',
  'other.txt': 'one\n',
};

type Proposal = Parameters<Forge['proposeTrees']>[1];

function proposal(paths: Proposal['paths'], more: Partial<Proposal> = {}): Proposal {
  return { base: 'main', branch: 'trimtab/rollback-web-3', title: 'Roll back web', body: 'Why', paths, ...more };
}

/** A history: what was there first, and what main became. */
async function history(): Promise<Stage & { readonly first: string }> {
  const on = await stage({ files: FILES });
  const first = await on.site.resolve(REPO, 'main');
  await on.site.commit(REPO, {
    branch: 'main',
    message: 'Go on',
    changes: {
      'apps/web/values.yaml': 'replicas: 5\n',
      'apps/web/old.yaml': null,
      'apps/web/new.yaml': 'kind: Secret\n',
      'apps/web.yaml': 'kind: Application\nspec: {}\n',
      'other.txt': 'two\n',
      'added.yaml': 'kind: Service\n',
    },
  });
  return { ...on, first };
}

const filesOf = (on: Stage, rev: string) => gitSays(on.site, REPO, 'ls-tree', '-r', '--name-only', rev).split('\n');
const show = (on: Stage, rev: string, path: string) => gitSays(on.site, REPO, 'show', `${rev}:${path}`);

describe('proposeTrees', () => {
  test('gives a folder and a file what they were, and leaves the rest as it is', async () => {
    const on = await history();
    const opened = await on.forge.proposeTrees(
      REPO,
      proposal([
        { path: 'apps/web.yaml', at: on.first },
        { path: 'apps/web', at: on.first },
      ]),
    );
    const pull = on.site.pull(REPO, opened.number);
    expect(pull).toMatchObject({ title: 'Roll back web', body: 'Why', head: 'trimtab/rollback-web-3', base: 'main' });
    expect(opened.url).toBe(pull.url);
    expect(filesOf(on, pull.headSha)).toEqual([
      'added.yaml',
      'apps/web.yaml',
      'apps/web/old.yaml',
      'apps/web/values.yaml',
      'other.txt',
    ]);
    expect(show(on, pull.headSha, 'apps/web/values.yaml')).toBe('replicas: 2');
    expect(show(on, pull.headSha, 'apps/web.yaml')).toBe('kind: Application');
    expect(show(on, pull.headSha, 'other.txt')).toBe('two');
    expect(await on.forge.parents(REPO, pull.headSha)).toEqual([await on.site.resolve(REPO, 'main')]);
  });

  test('removes what was not there, and passes over what neither has', async () => {
    const on = await history();
    const { number } = await on.forge.proposeTrees(
      REPO,
      proposal([
        { path: 'added.yaml', at: on.first },
        { path: 'never/was', at: on.first },
      ]),
    );
    const files = filesOf(on, on.site.pull(REPO, number).headSha);
    expect(files).not.toContain('added.yaml');
    expect(files).toContain('apps/web/new.yaml');
  });

  test('removes a folder that was not there, with all that it holds', async () => {
    const on = await history();
    const changes = { 'apps/late/a.yaml': 'a', 'apps/late/deep/b.yaml': 'b' };
    await on.site.commit(REPO, { branch: 'main', message: 'Later', changes });
    const { number } = await on.forge.proposeTrees(REPO, proposal([{ path: 'apps/late', at: on.first }]));
    const files = filesOf(on, on.site.pull(REPO, number).headSha);
    expect(files.filter((file) => file.startsWith('apps/late'))).toEqual([]);
    expect(files).toContain('apps/web/new.yaml');
  });

  test('lets the narrower of two paths win', async () => {
    const on = await history();
    const { number } = await on.forge.proposeTrees(
      REPO,
      proposal(
        [
          { path: 'apps/web/values.yaml', at: 'main' },
          { path: 'apps/', at: on.first },
        ].map(({ path, at }) => ({ path, at: at === 'main' ? gitSays(on.site, REPO, 'rev-parse', 'main') : at })),
      ),
    );
    const { headSha } = on.site.pull(REPO, number);
    expect(show(on, headSha, 'apps/web/values.yaml')).toBe('replicas: 5');
    expect(show(on, headSha, 'apps/web.yaml')).toBe('kind: Application');
    expect(filesOf(on, headSha)).not.toContain('apps/web/new.yaml');
  });

  test('gives the whole repository back when the path is its root', async () => {
    const on = await history();
    const { number } = await on.forge.proposeTrees(REPO, proposal([{ path: '', at: on.first }]));
    const { headSha } = on.site.pull(REPO, number);
    expect(gitSays(on.site, REPO, 'rev-parse', `${headSha}^{tree}`)).toBe(
      gitSays(on.site, REPO, 'rev-parse', `${on.first}^{tree}`),
    );
  });

  test('gives the open pull request when it is asked for twice', async () => {
    const on = await history();
    const wanted = proposal([{ path: 'apps/web', at: on.first }]);
    const first = await on.forge.proposeTrees(REPO, wanted);
    expect(await on.forge.proposeTrees(REPO, wanted)).toEqual(first);
    expect(on.site.pulls(REPO)).toHaveLength(1);
  });

  test('begins anew on the branch that a closed proposal left behind', async () => {
    const on = await history();
    const wanted = proposal([{ path: 'apps/web', at: on.first }]);
    const first = await on.forge.proposeTrees(REPO, wanted);
    await on.site.closePull(REPO, first.number);
    const main = await on.site.commit(REPO, { branch: 'main', message: 'On', changes: { 'other.txt': 'three\n' } });
    const second = await on.forge.proposeTrees(REPO, wanted);
    expect(second.number).not.toBe(first.number);
    expect(await on.forge.parents(REPO, on.site.pull(REPO, second.number).headSha)).toEqual([main]);
  });

  test('refuses when there is nothing to change, and writes nothing', async () => {
    const on = await history();
    const at = await on.site.resolve(REPO, 'main');
    on.said();
    const problem = await problemIn(on.forge.proposeTrees(REPO, proposal([{ path: 'apps/web', at }])));
    expect(problem).toMatchObject({
      code: 'bad-command',
      message: expect.stringMatching(/^Nothing differs: .*apps\/web/),
    });
    expect(on.said().filter((line) => line.startsWith('POST /repos'))).toEqual([]);
  });

  test('names a commit that is not there', async () => {
    const on = await history();
    const at = 'b'.repeat(40);
    const problem = await problemIn(on.forge.proposeTrees(REPO, proposal([{ path: 'apps/web', at }])));
    expect(problem).toMatchObject({ code: 'not-found', message: expect.stringContaining(at) });
  });
});
