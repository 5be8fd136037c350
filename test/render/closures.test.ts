import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import type { Application } from '../../src/spec/application.ts';
import { Problem } from '../../src/spec/problem.ts';

const URL = 'https://github.com/acme/platform';

let folder: string;
/** revision → path → content id */
const trees = new Map<string, ReadonlyMap<string, string>>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'closures-'));
});

afterEach(async () => {
  trees.clear();
  await rm(folder, { recursive: true });
});

/** A commit with these files; the content is its own id. */
async function commit(revision: string, files: Readonly<Record<string, string>>): Promise<void> {
  trees.set(revision, new Map(Object.entries(files)));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, revision, path)), { recursive: true });
    await writeFile(join(folder, revision, path), text);
  }
}

const renderer = createRenderer({
  tools: () => Promise.reject(new Problem('misconfigured', 'no tools are needed here')),
  tree: async (_, revision) => trees.get(revision) ?? new Map(),
});

/** Without the parameters beside the kustomization, which are always read. */
async function closureOf(path: string, revision: string): Promise<readonly string[]> {
  const source = { repoURL: URL, path };
  const application: Application = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'shop' },
    spec: { project: 'default', source, destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' } },
  };
  const checkout = { repoURL: URL, revision, dir: join(folder, revision), links: [] };
  const reads = await renderer.closure({ application, source, checkout });
  return reads.filter((each) => !each.includes('.argocd-source'));
}

const OVERLAY = 'apps/shop/overlays/production';
const PLAIN: Readonly<Record<string, string>> = {
  [`${OVERLAY}/kustomization.yaml`]: 'resources: [../../base]',
  'apps/shop/base/kustomization.yaml': 'resources: [web.yaml]',
  'apps/shop/base/web.yaml': 'kind: Service',
  'apps/other/web.yaml': 'kind: Service',
};
const BASE = ['apps/shop/base/kustomization.yaml', 'apps/shop/base/web.yaml', `${OVERLAY}/kustomization.yaml`];

describe('the closure at a second commit', () => {
  it('is that of the first when the commit changes something else', async () => {
    await commit('first', PLAIN);
    expect(await closureOf(OVERLAY, 'first')).toEqual(BASE);
    // Without its files on disk it could not be found again.
    trees.set('second', new Map([...Object.entries(PLAIN), ['apps/other/web.yaml', 'kind: Ingress']]));
    expect(await closureOf(OVERLAY, 'second')).toEqual(BASE);
  });

  it.each<[string, string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      'a base names another file',
      OVERLAY,
      {
        'apps/shop/base/kustomization.yaml': 'resources: [web.yaml, job.yaml]',
        'apps/shop/base/job.yaml': 'kind: Job',
      },
      [
        'apps/shop/base/job.yaml',
        'apps/shop/base/kustomization.yaml',
        'apps/shop/base/web.yaml',
        `${OVERLAY}/kustomization.yaml`,
      ],
    ],
    [
      'a file becomes a folder with a kustomization',
      OVERLAY,
      {
        'apps/shop/base/kustomization.yaml': 'resources: [web.yaml]',
        'apps/shop/base/web.yaml/kustomization.yaml': 'resources: []',
      },
      [
        'apps/shop/base/kustomization.yaml',
        'apps/shop/base/web.yaml/kustomization.yaml',
        `${OVERLAY}/kustomization.yaml`,
      ],
    ],
    [
      'the folder becomes a kustomization',
      'apps/other',
      { 'apps/other/kustomization.yaml': 'resources: [web.yaml]' },
      ['apps/other/kustomization.yaml', 'apps/other/web.yaml'],
    ],
  ])('is found again when %s', async (_, path, changes, expected) => {
    await commit('first', PLAIN);
    await closureOf(path, 'first');
    const kept = Object.keys(PLAIN).filter((file) => !Object.keys(changes).some((to) => to.startsWith(`${file}/`)));
    await commit('second', { ...Object.fromEntries(kept.map((file) => [file, PLAIN[file] ?? ''])), ...changes });
    expect(await closureOf(path, 'second')).toEqual(expected);
  });
});
