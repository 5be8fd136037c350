import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';

const sources = join(import.meta.dirname, '../../src/engines');
let folder: string;

/** What a deployed zip holds: the bundled handler, the bundled worker, and the module, side by side. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engines-bundle-'));
  const entry = join(folder, 'entry.ts');
  await writeFile(
    entry,
    `import { createEngines } from ${JSON.stringify(join(sources, 'index.ts'))};
     const engines = createEngines();
     const at = '2026-01-31T08:00:00Z';
     const endless = await engines.lua([{ script: 'while true do end', object: {} }], at);
     const text = await engines.templates([{ template: '{{ upper .name }}', data: { name: 'shop' } }], at);
     console.log(JSON.stringify([endless, text]));`,
  );
  const shared = { bundle: true, minify: true, platform: 'node', format: 'esm' } as const;
  await build({ ...shared, entryPoints: [entry], outfile: join(folder, 'handler.mjs') });
  await build({ ...shared, entryPoints: [join(sources, 'worker.ts')], outfile: join(folder, 'engines-worker.mjs') });
  await copyFile(join(sources, 'engines.wasm.br'), join(folder, 'engines.wasm.br'));
  await rm(entry);
});
afterAll(() => rm(folder, { recursive: true }));

it('runs from a bundle, and the idle engines do not keep the process alive', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'handler.mjs')], { timeout: 25_000 });
  expect(JSON.parse(stdout)).toEqual([
    [{ ok: false, error: 'ran over its limit of 1 s', limit: 'time' }],
    [{ ok: true, value: 'SHOP' }],
  ]);
});
