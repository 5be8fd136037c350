import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, bundle, FUNCTIONS } from '../../bench/bundle.ts';

/** The functions as `npm run package` bundles them. */
const names = FUNCTIONS;
const bundles = new Map<string, Bundle>();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trimtab-bundles-'));
  for (const name of names) bundles.set(name, await bundle(name, folder));
}, 60_000);

afterAll(() => rm(folder, { recursive: true }));

function bundleOf(name: string): Bundle {
  const found = bundles.get(name);
  if (found === undefined) throw new Error(`no bundle of ${name}`);
  return found;
}

/** The functions whose bundle holds a file of this repository or of a package. */
function holders(part: string): readonly string[] {
  return names.filter((name) => Object.keys(bundleOf(name).meta.inputs).some((input) => input.includes(part)));
}

/** Bytes, minified: some room above what each takes, so that a package that slips in is noticed. */
const BUDGETS: Readonly<Record<string, number>> = {
  webhook: 60_000,
  preview: 1_200_000,
  command: 1_200_000,
  sync: 2_600_000,
  refresh: 2_600_000,
  notify: 450_000,
};

describe('the bundle', () => {
  it('of no function holds the AWS SDK, which takes longer to start than all the rest', () => {
    expect(holders('node_modules/@aws-sdk/')).toEqual([]);
  });

  it('has a budget for each function, and the webhook keeps below 1.5 MB: GitHub waits for it', async () => {
    expect(Object.keys(BUDGETS)).toEqual(names);
    const sizes = await Promise.all(names.map(async (name) => [name, (await stat(bundleOf(name).file)).size] as const));
    expect(sizes.filter(([name, bytes]) => bytes > (BUDGETS[name] ?? 0))).toEqual([]);
  });

  it.each(names)('of %s loads by itself, and exports its handler', async (name) => {
    const program = `const { handler } = await import(${JSON.stringify(bundleOf(name).file)}); console.log(typeof handler)`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: folder,
      env: {},
    });
    expect(stdout.trim()).toBe('function');
  });

  it('that can write to Slack is that of notify', () => {
    expect(holders('node_modules/@slack/web-api/')).toEqual(['notify']);
  });

  it.each(['writable', 'apply', 'create', 'remove'])('that holds src/cluster/%s.ts is that of sync', (verb) => {
    expect(holders(`src/cluster/${verb}.ts`)).toEqual(['sync']);
  });

  it('of the webhook and of notify have no client for GitHub', () => {
    expect(holders('node_modules/@octokit/core/')).toEqual(['preview', 'command', 'sync', 'refresh']);
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
