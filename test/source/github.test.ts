import { chmod, mkdir, readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGitHubSource, type GitHubSourceOptions } from '../../src/source/index.ts';
import type { SourceScope } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';
import { archiveOf, emptyFolder, inPieces, problemOf } from './archive.ts';
import { gitServer } from './git-server.ts';

const URL = 'https://github.com/acme/platform';
const SHA = '8f14e45fceea167a5a36dedd4bea2543e9d1c0b7';

/** A GitHub with one repository, which writes down what it is asked. */
async function github(options: Partial<GitHubSourceOptions> = {}) {
  const asked: string[] = [];
  const forge: GitHubSourceOptions['forge'] = {
    resolve: async (repo, ref) => {
      asked.push(`resolve ${repo} ${ref}`);
      return SHA;
    },
    tags: async () => ['v1.2.0', 'v1.10.0', 'v2.0.0-rc.1', 'nightly'],
    tree: async (repo, sha) => {
      asked.push(`tree ${repo} ${sha}`);
      return new Map([['a.yaml', 'b1']]);
    },
    archive: async (repo, sha) => {
      asked.push(`archive ${repo} ${sha}`);
      if (repo !== 'acme/platform') throw new Problem('not-found', `There is no repository ${repo}.`);
      return inPieces(
        archiveOf([
          { path: 'top/a.yaml', text: `# ${sha}` },
          { path: 'top/link', type: 'SymbolicLink', linkpath: '/etc/passwd' },
        ]),
      );
    },
  };
  const cacheDir = options.cacheDir ?? (await emptyFolder());
  return { asked, cacheDir, source: createGitHubSource({ forge, ...options, cacheDir }) };
}

describe('the revision of a source on GitHub', () => {
  it.each([
    ['1.x', 'v1.10.0'],
    ['~1.2', 'v1.2.0'],
    ['>=1.0 <3', 'v1.10.0'],
    ['9.x', '9.x'],
    ['v1.2.0', 'v1.2.0'],
    ['release-1.x', 'release-1.x'],
  ])('%j is asked for as %s: ranges are of tags', async (targetRevision, ref) => {
    const { asked, source } = await github();
    expect(await source.resolve(URL, targetRevision)).toBe(SHA);
    expect(asked).toEqual([`resolve acme/platform ${ref}`]);
  });
});

describe('the files of a repository on GitHub', () => {
  it('come as a checkout that names the links it left out', async () => {
    const { source } = await github();
    const checkout = await source.checkout(URL, SHA);
    expect(checkout).toMatchObject({ repoURL: URL, revision: SHA, links: ['link'] });
    expect(await readdir(checkout.dir)).toEqual(['a.yaml']);
    expect(await readFile(join(checkout.dir, 'a.yaml'), 'utf8')).toBe(`# ${SHA}`);
  });

  it('are downloaded once for all who ask, however they write the URL, and once for all processes', async () => {
    const { asked, cacheDir, source } = await github();
    const urls = [URL, `${URL}.git`, 'git@github.com:acme/platform.git', URL];
    await Promise.all(urls.map((url) => source.checkout(url, SHA)));
    await source.checkout(URL, SHA);
    const other = await github({ cacheDir });
    expect((await other.source.checkout(URL, SHA)).links).toEqual(['link']);
    expect([...asked, ...other.asked]).toEqual([`archive acme/platform ${SHA}`]);
  });

  it('are whole when two processes download at once', async () => {
    const cacheDir = await emptyFolder();
    const both = await Promise.all([github({ cacheDir }), github({ cacheDir })]);
    const [first, second] = await Promise.all(both.map(({ source }) => source.checkout(URL, SHA)));
    expect(second?.dir).toBe(first?.dir);
    expect(await readdir(join(cacheDir, 'checkouts'))).toHaveLength(1);
  });

  it('are asked for again after a failure, and nothing of it stays', async () => {
    const { asked, cacheDir, source } = await github();
    const gone = 'https://github.com/acme/gone';
    expect(await problemOf(source.checkout(gone, SHA))).toMatchObject({ code: 'not-found' });
    expect(await problemOf(source.checkout(gone, SHA))).toMatchObject({ code: 'not-found' });
    expect(asked).toHaveLength(2);
    expect(await readdir(join(cacheDir, 'checkouts'))).toEqual([]);
  });

  it('that were not used for longest make room, but none that may be in use', async () => {
    const { cacheDir, source } = await github({ maxBytes: 60 });
    const shas = ['1', '2', '3'].map((digit) => digit.repeat(40));
    for (const sha of shas) await source.checkout(URL, sha);
    const kept = async (): Promise<number> => (await readdir(join(cacheDir, 'checkouts'))).length;
    expect(await kept()).toBe(3);
    const long = new Date(Date.now() - 3_600_000);
    for (const name of await readdir(join(cacheDir, 'checkouts'))) {
      await utimes(join(cacheDir, 'checkouts', name, 'about.json'), long, long);
    }
    await source.checkout(URL, '4'.repeat(40));
    expect(await kept()).toBe(1);
  });

  it('do not lie in a folder that others can write to', async () => {
    const { cacheDir, source } = await github();
    await mkdir(join(cacheDir, 'checkouts'));
    await chmod(join(cacheDir, 'checkouts'), 0o777);
    expect(await problemOf(source.checkout(URL, SHA))).toMatchObject({ code: 'misconfigured' });
  });
});

describe('the revisions of a repository on GitHub', () => {
  it('are looked up anew each time, since a branch moves; nothing means the default branch', async () => {
    const { asked, source } = await github();
    const asking = [
      source.resolve(URL, 'main'),
      source.resolve(URL, 'main'),
      source.resolve(URL, undefined),
      source.resolve(URL, ''),
    ];
    expect(await Promise.all(asking)).toEqual([SHA, SHA, SHA, SHA]);
    const [main, head] = ['resolve acme/platform main', 'resolve acme/platform HEAD'];
    expect(asked).toEqual([main, main, head, head]);
  });

  it('need no look-up when they are commits', async () => {
    const { asked, source } = await github();
    expect(await source.resolve(URL, SHA)).toBe(SHA);
    expect(asked).toEqual([]);
  });

  it('have trees, read once a commit', async () => {
    const { asked, source } = await github();
    expect(await source.tree(URL, SHA)).toBe(await source.tree('git@github.com:acme/platform', SHA));
    expect(asked).toEqual([`tree acme/platform ${SHA}`]);
  });
});

describe('a repository elsewhere', () => {
  it.each(['https://user:hunter2@gitlab.com/acme/platform', '/etc', 'charts'])('is refused: %s', async (url) => {
    const { asked, source } = await github();
    const tasks = [() => source.resolve(url, 'main'), () => source.tree(url, SHA), () => source.checkout(url, SHA)];
    for (const task of tasks) {
      const problem = await problemOf(task());
      expect(problem).toMatchObject({ where: { field: 'spec.source.repoURL' } });
      expect(problem.message).not.toContain('hunter2');
    }
    expect(asked).toEqual([]);
  });

  it('is read from its own server, which GitHub hears nothing of', async () => {
    const server = await gitServer();
    const commit = await server.commit('shop', { 'a.yaml': 'kind: List\n' });
    const { asked, source } = await github({ access: async () => ({ privateHosts: true }) });
    const repoURL = `${server.url}/shop.git`;
    expect(await source.resolve(repoURL, 'main')).toBe(commit);
    const checkout = await source.checkout(repoURL, commit);
    expect(await readdir(checkout.dir)).toEqual(['a.yaml']);
    expect([...(await source.tree(repoURL, commit)).keys()]).toEqual(['a.yaml']);
    expect(asked).toEqual([]);
  });

  it('on GitHub that the App is not installed on is read as anybody may, on behalf of an application alone', async () => {
    const server = await gitServer({ tls: true });
    const commit = await server.commit('acme/open', { 'a.yaml': 'kind: List\n' });
    const host = server.url.replace('https://', '');
    const refuse = async (): Promise<never> => {
      throw new Problem('forbidden', 'The App may not read it: install it there.');
    };
    const scope: SourceScope = { accessTo: () => undefined, permits: () => true };
    const { source } = await github({
      host,
      forge: { resolve: refuse, tags: refuse, tree: refuse, archive: refuse },
      access: async () => ({ privateHosts: true, tls: { insecure: true } }),
    });
    const repoURL = `git@127.0.0.1:acme/open.git`;
    expect((await problemOf(source.resolve(repoURL, 'main'))).message).toContain('install it there');
    expect(await source.resolve(repoURL, 'main', scope)).toBe(commit);
    const checkout = await source.checkout(repoURL, commit, scope);
    expect(checkout).toMatchObject({ repoURL, revision: commit });
    expect([...(await source.tree(repoURL, commit)).keys()]).toEqual(['a.yaml']);
    // What is private is nobody's: then the App is what is missing.
    const hidden = await problemOf(source.resolve('git@127.0.0.1:acme/hidden.git', 'main', scope));
    expect(hidden.message).toContain('install it there');
  });

  it('is at home on its own GitHub Enterprise Server', async () => {
    const { asked, source } = await github({ host: 'git.acme.example' });
    await source.resolve('https://git.acme.example/acme/platform', 'main');
    expect(asked).toEqual(['resolve acme/platform main']);
  });
});
