import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SourceAccess } from '../../src/source/access.ts';
import { createElsewhere } from '../../src/source/elsewhere.ts';
import { emptyFolder, problemOf } from './archive.ts';
import { type GitServer, gitServer } from './git-server.ts';

/** Everything is registered here: otherwise nobody asks this machine. */
async function elsewhere(access: SourceAccess = {}, timeLimit?: number) {
  const registered: SourceAccess = { privateHosts: true, ...access };
  return createElsewhere({ cacheDir: await emptyFolder(), access: async () => registered, timeLimit });
}

const FILES = { 'apps/web/one.yaml': 'kind: ConfigMap\n', 'README.md': '# shop\n' };

/** A repository with two commits, a branch beside main, tags of both kinds. */
async function shop(server: GitServer) {
  const first = await server.commit('shop', FILES);
  server.git('shop', 'tag', 'v1.0.0');
  server.git('shop', 'tag', '--annotate', '--message=one', 'v1.2.0');
  const second = await server.commit('shop', { 'apps/web/one.yaml': 'kind: Secret\n' });
  server.git('shop', 'branch', 'next');
  server.git('shop', 'tag', 'v2.0.0');
  return { first, second, repoURL: `${server.url}/shop` };
}

describe.each([
  ['the newer protocol', false],
  ['the older protocol', true],
])('a repository of a Git server that speaks %s', (_, old) => {
  it('gives the commit of a branch, a tag of either kind, a range of tags, HEAD and a full name', async () => {
    const server = await gitServer({ old });
    const { first, second, repoURL } = await shop(server);
    const source = await elsewhere();
    for (const [wanted, commit] of [
      [undefined, second],
      ['', second],
      ['HEAD', second],
      ['next', second],
      ['refs/heads/next', second],
      ['v1.0.0', first],
      ['v1.2.0', first],
      ['1.x', first],
      ['>=1', second],
      ['^1.0', first],
    ] as const) {
      expect(await source.resolve(repoURL, wanted), String(wanted)).toBe(commit);
    }
  });

  it('gives the files of a commit, links left out by name, and no folder of a submodule', async () => {
    const server = await gitServer({ old });
    const long = `${'deep/'.repeat(40)}${'long'.repeat(30)}.yaml`;
    const commit = await server.commit('shop', { ...FILES, [long]: 'kind: List\n', out: { link: '/etc/passwd' } });
    server.git('shop', 'update-index', '--add', '--cacheinfo', `160000,${commit},module`);
    server.git('shop', 'commit', '--quiet', '--message=module');
    const source = await elsewhere();
    const revision = await source.resolve(`${server.url}/shop`, 'main');
    const checkout = await source.checkout(`${server.url}/shop`, revision);
    expect(checkout).toMatchObject({ repoURL: `${server.url}/shop`, revision, links: ['out'] });
    expect((await readdir(checkout.dir)).sort()).toEqual(['README.md', 'apps', 'deep']);
    expect(await readFile(join(checkout.dir, long), 'utf8')).toBe('kind: List\n');
    expect(await readFile(join(checkout.dir, 'apps/web/one.yaml'), 'utf8')).toBe(FILES['apps/web/one.yaml']);
  });

  it('gives a commit that is at the tip of nothing', async () => {
    const server = await gitServer({ old });
    const { repoURL, second } = await shop(server);
    server.git('shop', 'tag', '--delete', 'v1.0.0', 'v1.2.0');
    const [between] = [
      await server.commit('shop', { 'README.md': '# between\n' }),
      await server.commit('shop', { a: '1' }),
    ];
    const source = await elsewhere();
    const checkout = await source.checkout(repoURL, between);
    expect(await readFile(join(checkout.dir, 'README.md'), 'utf8')).toBe('# between\n');
    expect(second).not.toBe(between);
  });

  it('that does not have a revision is told so', async () => {
    const server = await gitServer({ old });
    const { repoURL } = await shop(server);
    const source = await elsewhere();
    const field = { field: 'spec.source.targetRevision' };
    expect(await problemOf(source.resolve(repoURL, 'nightly'))).toMatchObject({
      code: 'not-found',
      message: `${repoURL} has no branch and no tag "nightly".`,
      where: field,
    });
    expect(await problemOf(source.resolve(repoURL, '9.x'))).toMatchObject({ code: 'not-found', where: field });
    expect((await problemOf(source.resolve(repoURL, 'deadbeef'))).fix).toContain('all 40 digits');
    expect(await problemOf(source.checkout(repoURL, '1'.repeat(40)))).toMatchObject({
      code: 'not-found',
      where: field,
    });
  });
});

describe('a repository of a Git server', () => {
  it('is asked for a commit once, however many read it and however they write its URL', async () => {
    const server = await gitServer();
    const { repoURL, second } = await shop(server);
    const source = await elsewhere();
    await Promise.all([1, 2, 3].map(() => source.checkout(repoURL, second)));
    await source.checkout(`${repoURL}/`, second);
    await source.tree(repoURL, second);
    expect(server.asked.filter((one) => one.startsWith('POST'))).toHaveLength(1);
  });

  it('has trees of the ids that Git has, in which a link is one', async () => {
    const server = await gitServer();
    const commit = await server.commit('shop', { ...FILES, here: { link: 'README.md' } });
    const source = await elsewhere();
    const tree = await source.tree(`${server.url}/shop`, commit);
    const id = (path: string): string => server.git('shop', 'rev-parse', `HEAD:${path}`);
    expect(Object.fromEntries(tree)).toEqual({
      'README.md': id('README.md'),
      'apps/web/one.yaml': id('apps/web/one.yaml'),
      here: `link:${id('here')}`,
    });
  });

  it('is whole where its files are stored as differences to each other', async () => {
    const server = await gitServer();
    const lines = Array.from({ length: 2000 }, (_, index) => `line ${index * 7919}`);
    const files: Record<string, string> = {};
    for (let index = 0; index < 40; index += 1) {
      lines.splice((index * 37) % lines.length, 1, `changed ${index}`);
      files[`versions/${index}.yaml`] = lines.join('\n');
    }
    const commit = await server.commit('shop', files);
    server.git('shop', 'repack', '-a', '-d', '-f', '--depth=50', '--window=50', '--quiet');
    const source = await elsewhere();
    const { dir } = await source.checkout(`${server.url}/shop`, commit);
    for (const [path, text] of Object.entries(files)) expect(await readFile(join(dir, path), 'utf8')).toBe(text);
  });

  it('that is private is read with the registered user and password, or a token alone', async () => {
    const server = await gitServer({
      instead: (_, { headers }, response) => {
        const basic = Buffer.from(headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString();
        if (['reader:hunter2', 'x-access-token:hunter2'].includes(basic) || headers.authorization === 'Bearer abc')
          return false;
        response.writeHead(401, { 'www-authenticate': 'Basic realm="shop"' }).end();
        return true;
      },
    });
    const { repoURL, second } = await shop(server);
    for (const access of [
      { username: 'reader', password: 'hunter2' },
      { password: 'hunter2' },
      { bearerToken: 'abc' },
    ]) {
      const source = await elsewhere(access);
      expect(await source.resolve(repoURL, 'main')).toBe(second);
      expect(await source.checkout(repoURL, second)).toMatchObject({ revision: second });
    }
    const problem = await problemOf(
      (await elsewhere({ username: 'reader', password: 'wrong' })).resolve(repoURL, 'main'),
    );
    expect(problem).toMatchObject({ code: 'forbidden', fix: expect.stringContaining('secret-type: repository') });
    expect(JSON.stringify([problem.message, problem.fix])).not.toContain('wrong');
  });

  it('that moved within its host is followed there, and not to another one', async () => {
    const thief = await gitServer();
    let to = '';
    const server = await gitServer({
      instead: (path, { url = '' }, response) => {
        if (!path.startsWith('/old')) return false;
        response.writeHead(301, { location: `${to}${url.replace('/old', '/shop')}` }).end();
        return true;
      },
    });
    const { second } = await shop(server);
    const source = await elsewhere({ username: 'reader', password: 'hunter2' });
    expect(await source.resolve(`${server.url}/old`, 'main')).toBe(second);
    expect(await source.checkout(`${server.url}/old`, second)).toMatchObject({ revision: second });
    to = thief.url;
    const problem = await problemOf(source.resolve(`${server.url}/old`, 'main'));
    expect(problem).toMatchObject({ code: 'forbidden', message: expect.stringContaining(thief.url) });
    expect(thief.asked).toEqual([]);
  });

  it('that is not there, is no Git server, is down, or hangs is told apart', async () => {
    const server = await gitServer({
      instead: (path, _, response) => {
        if (path.startsWith('/page')) response.end('<html>hello</html>');
        else if (path.startsWith('/busy')) response.writeHead(503).end();
        else return path.startsWith('/hangs');
        return true;
      },
    });
    const source = await elsewhere({}, 200);
    const codeOf = async (repoURL: string): Promise<string> => (await problemOf(source.resolve(repoURL, 'main'))).code;
    expect(await codeOf(`${server.url}/nothing`)).toBe('not-found');
    expect(await codeOf(`${server.url}/page`)).toBe('not-found');
    expect(await codeOf(`${server.url}/busy`)).toBe('unavailable');
    expect(await codeOf(`${server.url}/hangs`)).toBe('unavailable');
    expect(await codeOf('http://127.0.0.1:1/shop')).toBe('unavailable');
  });

  it('that sends a byte now and then is left when its time is over', async () => {
    const ticking: NodeJS.Timeout[] = [];
    const server = await gitServer({
      instead: (_, request, response) => {
        response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
        const timer = setInterval(() => response.write('0'), 20);
        ticking.push(timer);
        request.on('close', () => clearInterval(timer));
        response.on('close', () => clearInterval(timer));
        return true;
      },
    });
    const problem = await problemOf((await elsewhere({}, 300)).resolve(`${server.url}/shop`, 'main'));
    expect(problem.code).toBe('unavailable');
    expect(ticking).toHaveLength(1);
  });

  it('on this machine is not asked unless it is registered, and none is without TLS', async () => {
    const server = await gitServer();
    const source = createElsewhere({ cacheDir: await emptyFolder() });
    expect(await problemOf(source.resolve(`${server.url}/shop`, 'main'))).toMatchObject({ code: 'unsupported' });
    const secure = server.url.replace('http:', 'https:');
    expect(await problemOf(source.resolve(`${secure}/shop`, 'main'))).toMatchObject({ code: 'forbidden' });
    expect(await problemOf(source.resolve('https://localhost/shop', 'main'))).toMatchObject({ code: 'forbidden' });
    expect(server.asked).toEqual([]);
  });

  it.each([
    ['git@gitlab.com:acme/shop.git', 'https://gitlab.com/acme/shop.git'],
    ['ssh://git@gitlab.com:2222/acme/shop', 'https://gitlab.com/acme/shop.git'],
  ])('over SSH is not read, and it is said how: %s', async (repoURL, address) => {
    const problem = await problemOf((await elsewhere()).resolve(repoURL, 'main'));
    expect(problem).toMatchObject({ code: 'unsupported', where: { field: 'spec.source.repoURL' } });
    expect(problem.message).toContain('over SSH');
    expect(problem.fix).toContain(address);
  });

  it.each([
    'https://user:hunter2@gitlab.com/acme/shop',
    '/etc',
    'charts',
    'file:///etc',
    'https://gitlab.com/a%2Fb/c',
    'https://gitlab.com/a?b',
  ])('is not to be had at %s', async (repoURL) => {
    const problem = await problemOf((await elsewhere()).resolve(repoURL, 'main'));
    expect(problem.where.field).toBe('spec.source.repoURL');
    expect(`${problem.message} ${problem.fix}`).not.toContain('hunter2');
  });
});
