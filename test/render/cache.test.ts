import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRenderCache } from '../../src/render/cache.ts';
import { createRenderer, type Tools } from '../../src/render/index.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import type { RenderInput } from '../../src/spec/ports.ts';
import { FACTS, folderWith, input, problemOf, testTools } from './repository.ts';

const secret = (name: string): readonly Manifest[] => [{ apiVersion: 'v1', kind: 'Secret', metadata: { name } }];

/** A render that counts how often it is done. */
function counted(name: string) {
  const task = async (): Promise<readonly Manifest[]> => {
    task.done += 1;
    return secret(name);
  };
  task.done = 0;
  return task;
}

describe('a cache of renders', () => {
  it('renders once for two that ask at once, and for those that ask later', async () => {
    const cache = createRenderCache();
    const render = counted('a');
    const both = await Promise.all([cache.get('k', render), cache.get('k', render)]);
    expect([...both, await cache.get('k', render)]).toEqual([secret('a'), secret('a'), secret('a')]);
    expect(render.done).toBe(1);
  });

  it('does not keep a failure', async () => {
    const cache = createRenderCache();
    await expect(cache.get('k', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await cache.get('k', counted('a'))).toEqual(secret('a'));
  });

  it('outlives the process on disk, where only its owner can read it', async () => {
    const dir = join(await folderWith({}), 'renders');
    const render = counted('a');
    await createRenderCache({ dir }).get('k', render);
    expect(await createRenderCache({ dir }).get('k', render)).toEqual(secret('a'));
    expect(render.done).toBe(1);
    const [file = ''] = await readdir(dir);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dir, file))).mode & 0o777).toBe(0o600);
  });

  it('does not trust a folder that others can write to', async () => {
    const dir = await folderWith({});
    await chmod(dir, 0o777);
    expect(await problemOf(createRenderCache({ dir }).get('k', counted('a')))).toMatchObject({ code: 'misconfigured' });
  });

  it('renders again when a kept file is damaged', async () => {
    const dir = join(await folderWith({}), 'renders');
    await createRenderCache({ dir }).get('k', counted('a'));
    await writeFile(join(dir, 'k.json'), '[{"apiVersion":"v1","ki');
    expect(await createRenderCache({ dir }).get('k', counted('a'))).toEqual(secret('a'));
    expect(await readFile(join(dir, 'k.json'), 'utf8')).toBe(JSON.stringify(secret('a')));
  });

  it('forgets what was not used for longest', async () => {
    const size = JSON.stringify(secret('a')).length;
    const cache = createRenderCache({ memoryBytes: size * 2 });
    const [a, b, c] = [counted('a'), counted('b'), counted('c')];
    await cache.get('a', a);
    await cache.get('b', b);
    await cache.get('a', a);
    await cache.get('c', c);
    await cache.get('a', a);
    await cache.get('b', b);
    expect([a.done, b.done, c.done]).toEqual([1, 2, 1]);
  });

  it('keeps the disk within its limit', async () => {
    const dir = join(await folderWith({}), 'renders');
    const large = [{ apiVersion: 'v1', kind: 'A', metadata: { name: 'a' }, text: 'x'.repeat(9 * 1024 * 1024) }];
    const cache = createRenderCache({ dir, diskBytes: 20 * 1024 * 1024 });
    for (const key of ['a', 'b', 'c', 'd', 'e']) await cache.get(key, async () => large);
    expect((await readdir(dir)).length).toBeLessThanOrEqual(3);
  });
});

describe('a renderer that keeps renders by content', () => {
  const tree = new Map([
    ['kustomize/base/deployment.yaml', 'd1'],
    ['kustomize/base/README.md', 'r1'],
    ['charts/shop/values.yaml', 'v1'],
    ['charts/shop-2/values.yaml', 'x1'],
  ]);
  const shop = { path: 'charts/shop' };
  const overlay = { path: 'kustomize/overlays/staging' };
  const with_ = (path: string, id: string) => new Map([...tree, [path, id]]);

  /** Whether a second render is a new one, after something has changed. */
  async function rendersAgain(
    first: RenderInput,
    second: RenderInput,
    change: { readonly tree?: ReadonlyMap<string, string>; readonly tools?: Tools } = {},
  ): Promise<boolean> {
    const dir = join(await folderWith({}), 'renders');
    const make = (files: ReadonlyMap<string, string>, tools: () => Promise<Tools>) =>
      createRenderer({ tools, tree: async () => files, cache: { dir } });
    await make(tree, testTools).render(first);
    const before = (await readdir(dir)).length;
    const { tools } = change;
    await make(change.tree ?? tree, tools === undefined ? testTools : async () => tools).render(second);
    return (await readdir(dir)).length > before;
  }

  it.each([
    ['nothing changed', input(shop), input(shop), {}, false],
    ['another commit with the same content', input(shop), input(shop, { revision: 'f'.repeat(40) }), {}, false],
    ['another branch', input(shop), input({ ...shop, targetRevision: 'next' }), {}, false],
    ['a file of the chart', input(shop), input(shop), { tree: with_('charts/shop/values.yaml', 'v2') }, true],
    [
      'a new file of the chart',
      input(shop),
      input(shop),
      { tree: with_('charts/shop/templates/new.yaml', 'n1') },
      true,
    ],
    ['a file of another chart', input(shop), input(shop), { tree: with_('charts/shop-2/values.yaml', 'x2') }, false],
    [
      'a file of the base',
      input(overlay),
      input(overlay),
      { tree: with_('kustomize/base/deployment.yaml', 'd2') },
      true,
    ],
    [
      'a file beside the base',
      input(overlay),
      input(overlay),
      { tree: with_('kustomize/base/README.md', 'r2') },
      false,
    ],
    [
      'a parameter',
      input(shop),
      input({ ...shop, helm: { parameters: [{ name: 'replicas', value: '2' }] } }),
      {},
      true,
    ],
    ['the version of the cluster', input(shop), input(shop, {}, { ...FACTS, kubeVersion: 'v1.34.0' }), {}, true],
    [
      'the version of the cluster, for Kustomize',
      input(overlay),
      input(overlay, {}, { ...FACTS, kubeVersion: 'v1.34.0' }),
      {},
      false,
    ],
    [
      'the commit, where a parameter names it',
      input({ ...shop, helm: { parameters: [{ name: 'config.R', value: '$ARGOCD_APP_REVISION' }] } }),
      input(
        { ...shop, helm: { parameters: [{ name: 'config.R', value: '$ARGOCD_APP_REVISION' }] } },
        { revision: 'f'.repeat(40) },
      ),
      {},
      true,
    ],
  ])('%s', async (_, first, second, change, expected) => {
    expect(await rendersAgain(first, second, change)).toBe(expected);
  });

  it('another version of helm', async () => {
    const tools = await testTools();
    const newer = { ...tools, helm: { ...tools.helm, version: 'v9.9.9' } };
    expect(await rendersAgain(input(shop), input(shop), { tools: newer })).toBe(true);
  });
});
