import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { locateTools, type Tools } from '../../src/render/index.ts';
import type { ApplicationSource } from '../../src/spec/application.ts';
import type { ClusterFacts, RenderInput } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';

/** A repository as a team has it: a chart with a subchart, a kustomize base with two overlays, plain manifests. */
const REPOSITORY: string = fileURLToPath(new URL('../fixtures/render/repository', import.meta.url));

export const FACTS: ClusterFacts = {
  kubeVersion: 'v1.33.2-eks-1a2b3c4',
  apiVersions: ['v1', 'apps/v1', 'apps/v1/Deployment'],
};

/** The binaries of the npm package, unpacked once for all test files. */
export function testTools(): Promise<Tools> {
  return locateTools({ cacheDir: join(tmpdir(), `trimtab-test-${process.getuid?.() ?? 0}`) });
}

/** A folder with these files, removed when the test is over. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'trimtab-repository-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await write(dir, files);
  return dir;
}

/** Writes files into a folder. */
export async function write(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
}

/** A render of an application `shop` that goes to the namespace `shop-live`. */
export function input(
  source: Omit<ApplicationSource, 'repoURL'>,
  checkout: Partial<RenderInput['checkout']> = {},
  facts: ClusterFacts = FACTS,
): RenderInput {
  const from = { repoURL: 'https://github.com/acme/platform', targetRevision: 'main', ...source };
  return {
    application: {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'shop' },
      spec: {
        project: 'production',
        source: from,
        destination: { server: 'https://kubernetes.default.svc', namespace: 'shop-live' },
      },
    },
    source: from,
    checkout: {
      repoURL: from.repoURL,
      revision: '8f14e45fceea167a5a36dedd4bea2543e9d1c0b7',
      dir: REPOSITORY,
      ...checkout,
    },
    facts,
  };
}

/** The Problem that a task ends with. */
export async function problemOf(task: Promise<unknown>): Promise<Problem> {
  const thrown = await task.then(
    (value) => new Error(`expected a Problem, got ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (thrown instanceof Problem) return thrown;
  throw thrown;
}
