import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build, type Metafile, type Plugin } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

/** The functions as `npm run package` bundles them: its options, its plugin. */
const root = join(import.meta.dirname, '../..');
const stack = parse(readFileSync(join(root, 'serverless.yml'), 'utf8'), { merge: true }) as {
  readonly functions: Readonly<Record<string, unknown>>;
  readonly custom: {
    readonly esbuild: {
      readonly minify: boolean;
      readonly format: 'esm';
      readonly banner: { readonly js: string };
      readonly plugins: string;
    };
  };
};
const names = Object.keys(stack.functions);
const bundles = new Map<string, { readonly file: string; readonly meta: Metafile }>();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trimtab-bundles-'));
  const { minify, format, banner, plugins } = stack.custom.esbuild;
  for (const name of names) {
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: [`handlers/${name}.ts`],
      outdir: join(folder, 'handlers'),
      outExtension: { '.js': '.mjs' },
      bundle: true,
      minify,
      format,
      banner,
      platform: 'node',
      target: 'node24',
      metafile: true,
      plugins: createRequire(import.meta.url)(join(root, plugins)) as Plugin[],
    });
    bundles.set(name, { file: join(folder, 'handlers', `${name}.mjs`), meta: metafile });
  }
}, 60_000);

afterAll(() => rm(folder, { recursive: true }));

function bundle(name: string): { readonly file: string; readonly meta: Metafile } {
  const found = bundles.get(name);
  if (found === undefined) throw new Error(`no bundle of ${name}`);
  return found;
}

/** The functions whose bundle holds a file of this repository or of a package. */
function holders(part: string): readonly string[] {
  return names.filter((name) => Object.keys(bundle(name).meta.inputs).some((input) => input.includes(part)));
}

describe('the bundle', () => {
  it('of the webhook is small: GitHub waits for it', async () => {
    expect((await stat(bundle('webhook').file)).size).toBeLessThan(1.5e6);
  });

  it.each(names)('of %s loads by itself, and exports its handler', async (name) => {
    const program = `const { handler } = await import(${JSON.stringify(bundle(name).file)}); console.log(typeof handler)`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: folder,
      env: {},
    });
    expect(stdout.trim()).toBe('function');
  });

  it('that can write to Slack is that of notify', () => {
    expect(holders('node_modules/@slack/web-api/')).toEqual(['notify']);
  });

  it('that can change clusters is that of sync', () => {
    expect(holders('src/cluster/writable.ts')).toEqual(['sync']);
  });

  it('of the functions without clusters knows no client for them', () => {
    expect(holders('node_modules/@kubernetes/client-node/')).toEqual(['sync', 'refresh']);
  });

  it.each(['src/local/', 'node_modules/fauxqs/', 'node_modules/dynalite/', 'node_modules/probot/', 'src/cli/'])(
    'of no function holds %s, which is for laptops',
    (part) => {
      expect(holders(part)).toEqual([]);
    },
  );

  it('has the engines and their worker beside it exactly where it uses them', () => {
    const using = holders('src/engines/index.ts');
    expect(using.length).toBeGreaterThan(0);
    const beside = (name: string, file: string): boolean =>
      existsSync(join(folder, `__only_${name}`, 'handlers', file));
    expect(names.filter((name) => beside(name, 'engines.wasm.br'))).toEqual(using);
    expect(names.filter((name) => beside(name, 'engines-worker.mjs'))).toEqual(using);
  });
});
