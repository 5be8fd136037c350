import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { list } from 'tar';
import { describe, expect, test } from 'vitest';
import { gitSays } from '../local/forge/support.ts';
import { problemIn, REPO, stage } from './support.ts';

const FILES = { 'README.md': '# shop\n', 'web/values.yaml': 'replicas: 2\n', 'web/templates/a.yaml': 'a: 1\n' };

describe('tree', () => {
  test('gives every file with the blob that Git has for it', async () => {
    const { forge, site } = await stage({ files: FILES });
    const sha = await site.resolve(REPO, 'main');
    const lines = gitSays(site, REPO, 'ls-tree', '-r', sha).split('\n');
    const expected = new Map(lines.map((line) => [line.split('\t')[1] ?? '', line.split(/\s/)[2] ?? '']));
    expect(await forge.tree(REPO, sha)).toEqual(expected);
    expect([...expected.keys()]).toEqual(['README.md', 'web/templates/a.yaml', 'web/values.yaml']);
  });

  test('holds symlinks, but no folders and no submodules', async () => {
    const { forge, site } = await stage({ files: FILES });
    const dir = site.gitDir(REPO);
    const blob = gitSays(site, REPO, 'rev-parse', 'main:README.md');
    const commit = await site.resolve(REPO, 'main');
    const git = (...args: string[]) =>
      execFileSync('git', args, { cwd: dir, encoding: 'utf8', env: { ...process.env, GIT_INDEX_FILE: 'index.test' } });
    git('read-tree', 'main');
    git('update-index', '--add', '--cacheinfo', `120000,${blob},link`);
    git('update-index', '--add', '--cacheinfo', `160000,${commit},vendor`);
    const tree = git('write-tree').trim();
    expect([...(await forge.tree(REPO, tree)).keys()]).toEqual([...Object.keys(FILES), 'link'].sort());
  });

  test('that GitHub cuts off is read folder by folder', async () => {
    const { forge, site, said } = await stage({ files: FILES });
    const sha = await site.resolve(REPO, 'main');
    const whole = await forge.tree(REPO, sha);
    site.setIntercept(({ path, query }) =>
      path.endsWith(`/git/trees/${sha}`) && query.has('recursive')
        ? { status: 200, body: { sha, url: site.apiUrl, tree: [], truncated: true } }
        : undefined,
    );
    said();
    expect(new Map([...(await forge.tree(REPO, sha))].sort())).toEqual(new Map([...whole].sort()));
    const web = gitSays(site, REPO, 'rev-parse', `${sha}:web`);
    expect(said()).toEqual([
      `GET /repos/acme/shop/git/trees/${sha}?recursive=1`,
      `GET /repos/acme/shop/git/trees/${sha}`,
      `GET /repos/acme/shop/git/trees/${web}?recursive=1`,
    ]);
  });

  test('of which GitHub lists not even one folder is a limit, not a part of the truth', async () => {
    const { forge, site } = await stage();
    const sha = await site.resolve(REPO, 'main');
    site.setIntercept(({ path }) =>
      path.includes('/git/trees/')
        ? { status: 200, body: { sha, url: site.apiUrl, tree: [], truncated: true } }
        : undefined,
    );
    expect(await problemIn(forge.tree(REPO, sha))).toMatchObject({ code: 'limit-exceeded', where: { repo: REPO } });
  });

  test('of a commit that is not there names it', async () => {
    const { forge } = await stage();
    const problem = await problemIn(forge.tree(REPO, 'e'.repeat(40)));
    expect(problem).toMatchObject({ code: 'not-found', message: expect.stringContaining('e'.repeat(40)) });
  });
});

describe('archive', () => {
  test('streams the files of the commit in one top folder', async () => {
    const { forge, site } = await stage({ files: FILES });
    const sha = await site.resolve(REPO, 'main');
    const paths: string[] = [];
    const bytes = await buffer(Readable.from(await forge.archive(REPO, sha)));
    await new Promise<void>((resolve, reject) => {
      const parser = list({ gzip: true, onReadEntry: (entry) => paths.push(entry.path) });
      parser.on('end', () => resolve());
      parser.on('error', reject);
      parser.end(bytes);
    });
    const top = `acme-shop-${sha.slice(0, 7)}`;
    expect(paths.filter((path) => !path.endsWith('/')).sort()).toEqual(
      Object.keys(FILES)
        .map((path) => `${top}/${path}`)
        .sort(),
    );
  });

  test('of a commit that is not there names it', async () => {
    const { forge } = await stage();
    expect(await problemIn(forge.archive(REPO, 'f'.repeat(40)))).toMatchObject({ code: 'not-found' });
  });

  test('tells nothing of the address of the download, which holds a token', async () => {
    const { forge, site } = await stage();
    const sha = await site.resolve(REPO, 'main');
    site.setIntercept(({ path }) =>
      path.includes('/tarball/')
        ? { status: 302, headers: { location: `${site.url}/_codeload/gone?token=SECRETTICKET` } }
        : undefined,
    );
    const problem = await problemIn(forge.archive(REPO, sha));
    expect(problem.code).toBe('not-found');
    expect(`${problem.stack}${String(problem.cause)}${JSON.stringify(problem)}`).not.toContain('SECRETTICKET');
  });
});
