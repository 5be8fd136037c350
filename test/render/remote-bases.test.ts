import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import type { KustomizeSource } from '../../src/spec/application.ts';
import type { RenderInput } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';
import { folderWith, input, problemOf, testTools } from './repository.ts';

const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

const BASES = 'https://github.com/acme/bases';

/** Repositories by URL, with their files; every ref stands for a commit of its own. */
function hosting(repositories: Record<string, Record<string, string>>) {
  const asked: string[] = [];
  const folders = new Map<string, Promise<string>>();
  const bases: NonNullable<RenderInput['bases']> = {
    resolve: async (repoURL, ref = '') => {
      asked.push(`${repoURL} ${ref}`);
      if (repositories[repoURL] === undefined)
        throw new Problem('forbidden', `The project does not permit ${repoURL}.`);
      return `commit-of-${ref}`;
    },
    checkout: async (repoURL, revision) => {
      const key = `${repoURL} ${revision}`;
      const dir = folders.get(key) ?? folderWith(repositories[repoURL] ?? {});
      folders.set(key, dir);
      return { repoURL, revision, dir: await dir };
    },
  };
  return { asked, bases };
}

async function render(
  files: Record<string, string>,
  bases?: NonNullable<RenderInput['bases']>,
  kustomize?: KustomizeSource,
) {
  const source = { path: 'app', ...(kustomize === undefined ? {} : { kustomize }) };
  const made = input(source, { dir: await folderWith(files) });
  return createRenderer({ tools: testTools }).render({ ...made, ...(bases === undefined ? {} : { bases }) });
}

const names = async (rendered: ReturnType<typeof render>): Promise<readonly string[]> =>
  (await rendered).map(({ metadata }) => metadata.name ?? '').sort();

const COMPONENT = 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: x-\n';

const WEB = {
  'web/kustomization.yaml': 'resources: [web.yaml, ../common]\n',
  'web/web.yaml': map('web'),
  'common/kustomization.yaml':
    'configMapGenerator: [{name: settings, files: [a.txt], options: {disableNameSuffixHash: true}}]\n',
  'common/a.txt': 'a',
};

describe('remote bases', () => {
  it('are brought at the commit of their ref and built without a network', async () => {
    const { asked, bases } = hosting({ [BASES]: WEB });
    const files = {
      'app/kustomization.yaml': `resources:\n  - own.yaml\n  - ${BASES}//web?ref=v1\nnamePrefix: live-\n`,
      'app/own.yaml': map('own'),
    };
    expect(await names(render(files, bases))).toEqual(['live-own', 'live-settings', 'live-web']);
    expect(asked).toEqual([`${BASES} v1`]);
  });

  it('may name others, to any depth, each repository brought once a commit', async () => {
    const other = 'https://github.com/acme/other';
    const { asked, bases } = hosting({
      [BASES]: {
        ...WEB,
        'top/kustomization.yaml': `resources: ["${other}/a?ref=v2", "${other}/b?ref=v2", ../web]\n`,
        'extra/kustomization.yaml': COMPONENT,
      },
      [other]: {
        'a/kustomization.yaml': 'resources: [a.yaml]\n',
        'a/a.yaml': map('a'),
        'b/kustomization.yaml': `resources: [b.yaml]\ncomponents: ["${BASES}//extra?ref=v3"]\n`,
        'b/b.yaml': map('b'),
      },
    });
    const files = { 'app/kustomization.yaml': `resources: ["${BASES}//top?ref=v1"]\n` };
    expect(await names(render(files, bases))).toEqual(['a', 'settings', 'web', 'x-b']);
    expect(asked).toEqual([`${BASES} v1`, `${other} v2`, `${BASES} v3`]);
  });

  it('may be single files of GitHub, by their raw addresses', async () => {
    const { bases } = hosting({ [BASES]: { 'crds/a.yaml': map('a') } });
    const files = {
      'app/kustomization.yaml':
        'resources:\n  - https://raw.githubusercontent.com/acme/bases/v1/crds/a.yaml\n' +
        'patches:\n  - target: {kind: ConfigMap}\n    patch: |\n      - {op: add, path: /data, value: {k: v}}\n',
    };
    expect(await render(files, bases)).toMatchObject([{ metadata: { name: 'a' }, data: { k: 'v' } }]);
  });

  it('may be files of the web, downloaded when they are rendered', async () => {
    const url = 'https://github.com/acme/operator/releases/download/v1/install.yaml';
    const asked: string[] = [];
    const { bases } = hosting({});
    const webFile = (file: string) => {
      if (!file.startsWith('https://github.com/acme/'))
        throw new Problem('forbidden', 'The project does not permit it.');
      return async () => {
        asked.push(file);
        return file.includes('/v1/') ? map('installed') : Promise.reject(new Problem('not-found', 'There is none.'));
      };
    };
    const naming = (file: string) => ({ 'app/kustomization.yaml': `namePrefix: live-\nresources:\n  - ${file}\n` });
    expect(await names(render(naming(url), { ...bases, webFile }))).toEqual(['live-installed']);
    expect(asked).toEqual([url]);
    const where = { file: 'app/kustomization.yaml', line: 3, field: 'resources' };
    const gone = await problemOf(render(naming(url.replace('v1', 'v2')), { ...bases, webFile }));
    expect(gone).toMatchObject({ code: 'not-found', where });
    const other = await problemOf(render(naming('https://evil.example/a.yaml'), { ...bases, webFile }));
    expect(other).toMatchObject({ code: 'forbidden', where });
    expect(await problemOf(render(naming(url), bases))).toMatchObject({ code: 'unsupported', where });
  });

  it('may be components of the Application', async () => {
    const { bases } = hosting({ [BASES]: { 'extra/kustomization.yaml': COMPONENT } });
    const files = { 'app/kustomization.yaml': 'resources: [own.yaml]\n', 'app/own.yaml': map('own') };
    const components = [`${BASES}//extra?ref=v1`];
    expect(await names(render(files, bases, { components }))).toEqual(['x-own']);
    // Argo CD looks for it as a folder of the repository, and does not find it.
    expect(await names(render(files, bases, { components, ignoreMissingComponents: true }))).toEqual(['own']);
  });

  it('that name each other in a circle end with an error', async () => {
    const { bases } = hosting({
      [BASES]: { 'web/kustomization.yaml': `resources: ["${BASES}//web?ref=v1"]\n` },
    });
    const problem = await problemOf(
      render({ 'app/kustomization.yaml': `resources: ["${BASES}//web?ref=v1"]\n` }, bases),
    );
    expect(problem.message).toContain('cycle detected');
    expect(problem.message).not.toContain('/tmp/');
  });

  it('are rendered again when their ref moves, and not before', async () => {
    let commit = 'first';
    let text = map('first');
    const bases: NonNullable<RenderInput['bases']> = {
      resolve: async () => commit,
      checkout: async (repoURL, revision) => ({
        repoURL,
        revision,
        dir: await folderWith({ 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': text }),
      }),
    };
    let runs = 0;
    const kept = createRenderer({
      tools: async () => {
        runs += 1;
        return testTools();
      },
      tree: async () => new Map([['app/kustomization.yaml', 'same']]),
    });
    const made = input(
      { path: 'app' },
      { dir: await folderWith({ 'app/kustomization.yaml': `resources: ["${BASES}?ref=main"]\n` }) },
    );
    const nameNow = async () => (await kept.render({ ...made, bases }))[0]?.metadata.name;
    expect(await nameNow()).toBe('first');
    text = map('second');
    expect(await nameNow()).toBe('first');
    commit = 'second';
    // Asked for once a minute.
    expect(await nameNow()).toBe('first');
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    expect(await nameNow()).toBe('second');
    expect(runs).toBe(1);
  });
});

describe('a remote base is refused at the line that names it', () => {
  const where = { file: 'app/kustomization.yaml', line: 3, field: 'resources' };
  const naming = (url: string) => ({
    'app/kustomization.yaml': `resources:\n  - own.yaml\n  - ${url}\n`,
    'app/own.yaml': map('own'),
  });

  it('without a ref', async () => {
    const { asked, bases } = hosting({ [BASES]: WEB });
    const problem = await problemOf(render(naming(`${BASES}//web`), bases));
    expect(problem).toMatchObject({ code: 'misconfigured', where });
    expect(problem.fix).toContain('?ref=');
    expect(asked).toEqual([]);
  });

  it('where the project does not permit its repository', async () => {
    const { bases } = hosting({});
    const problem = await problemOf(render(naming('https://github.com/spy/payroll//x?ref=v1'), bases));
    expect(problem).toMatchObject({ code: 'forbidden', where });
    expect(problem.message).toContain('https://github.com/spy/payroll');
  });

  it('where nobody brings it', async () => {
    expect(await problemOf(render(naming(`${BASES}//web?ref=v1`)))).toMatchObject({ code: 'unsupported', where });
  });

  it('when it is not there at that ref', async () => {
    const { bases } = hosting({ [BASES]: WEB });
    const problem = await problemOf(render(naming(`${BASES}//gone?ref=v1`), bases));
    expect(problem).toMatchObject({ code: 'render-failed', where });
    expect(problem.message).toContain('gone, which does not exist');
  });

  it('when it leads out of its repository, or names what does', async () => {
    const { bases } = hosting({
      [BASES]: { 'web/kustomization.yaml': 'resources: [../../../etc]\n' },
    });
    expect(await problemOf(render(naming(`${BASES}//web?ref=v1`), bases))).toMatchObject({
      code: 'unsafe-path',
      where: { repo: BASES, file: 'web/kustomization.yaml', line: 1 },
    });
  });

  it('in a field where kustomize would fetch a file', async () => {
    const { bases } = hosting({ [BASES]: WEB });
    const files = { 'app/kustomization.yaml': `crds: ["${BASES}//web?ref=v1"]\n` };
    expect((await problemOf(render(files, bases))).code).toBe('unsupported');
  });
});
