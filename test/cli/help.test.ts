import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { start, temporaryFolder, trimtab } from './support.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/trimtab.js', import.meta.url));
const VERBS = ['preview', 'render', 'diff', 'demo', 'dev'];

test('--help names every verb and ends with examples', async () => {
  const { code, stdout } = await trimtab(['--help']);
  for (const verb of VERBS) expect(stdout).toMatch(new RegExp(`^ {2}${verb} `, 'm'));
  expect(stdout).toContain('Examples:\n  trimtab demo\n');
  expect(code).toBe(0);
});

test.each(VERBS)('%s --help ends with examples that begin with it', async (verb) => {
  const { code, stdout } = await trimtab([verb, '--help']);
  expect(stdout).toMatch(new RegExp(`\\nExamples:\\n {2}trimtab ${verb}`));
  expect(code).toBe(0);
});

test.each([
  [['prewiew'], /unknown command 'prewiew'\n\(Did you mean preview\?\)/],
  [['preview', '--base', 'main'], /required option '--head <rev>' not specified/],
  [['render'], /missing required argument 'app'/],
  [['render', 'x', '--map', 'nonsense'], /Write it as URL=DIR/],
  [['render', 'x', '-o', 'xml'], /Allowed choices are yaml, json/],
  [['demo', '--port', '99999'], /A port is a number from 0 to 65535/],
  [
    ['dev'],
    /The repository with the Applications is not given\.\n {2}fix: +trimtab dev --control-repository OWNER\/REPO/,
  ],
])('wrong usage %j is said, and exits 2', async (args, words) => {
  const { code, stderr } = await trimtab(args, { env: { CONTROL_REPOSITORY: '' } });
  expect(stderr).toMatch(words);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(code).toBe(2);
});

/** Every Node of this machine, whatever its version, beside the one that runs the tests. */
function nodes(): readonly string[] {
  const found = (process.env['PATH'] ?? '').split(delimiter).map((dir) => join(dir, 'node'));
  return [
    ...new Set([process.execPath, ...found.filter((file) => existsSync(file))].map((file) => realpathSync(file))),
  ];
}

test.each(nodes().map((node, index) => [index, node]))(
  'the launcher works on Node %i of this machine',
  async (_, node) => {
    const { code, stdout, stderr } = await trimtab(['--version'], { program: [node, LAUNCHER] });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(code).toBe(0);
  },
);

test('the launcher passes the exit code on', async () => {
  expect((await trimtab(['nonsense'], { program: [process.execPath, LAUNCHER] })).code).toBe(2);
});

test('the launcher hands Ctrl-C on, and ends when what it started has ended', async () => {
  const folder = temporaryFolder();
  const env = { HOME: folder, GITHUB_URL: 'http://127.0.0.1:9' };
  const running = start(['dev', '--control-repository', 'acme/platform', '--port', '0'], {
    cwd: folder,
    env,
    program: [process.execPath, LAUNCHER],
  });
  const [, setup = ''] = await running.says(/(http:\S+\/setup\S+)/);
  running.child.kill('SIGTERM');
  await running.ended;
  await expect(fetch(setup)).rejects.toThrow('fetch failed');
});
