import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCatalogue } from '../src/catalog/read-catalogue.ts';
import { cacheFolder } from '../src/local/cache-folder.ts';
import { createLocalForge } from '../src/local/forge/index.ts';
import { locateTools, type Tools } from '../src/render/index.ts';
import { createLocalGitSource } from '../src/source/index.ts';
import { bareRuns, type Render, renderAll } from './bare.ts';
import { type Figure, milliseconds } from './figure.ts';
import { median } from './median.ts';
import { platform, REPO_URL, REPOSITORY } from './repository.ts';

const ROUNDS = 3;
/** As many programs at once as `xargs -P2` starts. */
const AT_ONCE = 2;
const TARGET = 0.8;

/**
 * Rendering 200 applications, nothing cached, beside `xargs -P2` over the bare binaries with the same arguments: the
 * share of its throughput. The bare side neither reads what the programs print nor renders the plain manifests.
 */
export async function render(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const forge = await createLocalForge();
  try {
    const { files } = await platform();
    await forge.createRepository({ owner: 'acme', name: 'platform', files });
    const source = createLocalGitSource({
      map: { [REPO_URL]: forge.gitDir(REPOSITORY) },
      cacheDir: join(folder, 'cache'),
    });
    const checkout = await source.checkout(REPO_URL, await forge.resolve(REPOSITORY, 'main'));
    const { applications } = readCatalogue(REPO_URL, await source.manifestFiles(checkout));
    const renders: readonly Render[] = applications.map(({ value }) => ({ application: value, checkout }));
    const tools = await locateTools({ cacheDir: cacheFolder() });
    const lines = await bareRuns(renders, tools, join(folder, 'runs'));
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await compare(renders, tools, lines));
    const share = median(rounds.map(({ ours, bare }) => bare / ours));
    return [
      {
        benchmark: 'render',
        what: `${renders.length} applications cold, 2 programs at once`,
        measured: milliseconds(median(rounds.map(({ ours }) => ours))),
        beside: `${milliseconds(median(rounds.map(({ bare }) => bare)))}: xargs -P2, ${lines.length} runs`,
        result: `${Math.round(share * 100)} % of its throughput`,
        target: `≥ ${TARGET * 100} %`,
        met: share >= TARGET,
      },
    ];
  } finally {
    await forge.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Round {
  readonly ours: number;
  readonly bare: number;
}

async function compare(renders: readonly Render[], tools: Tools, lines: readonly string[]): Promise<Round> {
  const began = performance.now();
  const { status } = spawnSync('xargs', ['-0', '-n1', `-P${AT_ONCE}`, 'sh', '-c'], { input: lines.join('\0') });
  const bare = performance.now() - began;
  if (status !== 0) throw new Error(`xargs ended with ${status}`);
  const start = performance.now();
  await renderAll(renders, tools, AT_ONCE);
  return { bare, ours: performance.now() - start };
}
