import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Limits, run } from '../../src/render/run.ts';
import { folderWith } from './repository.ts';

/** Runs a script of the shell, as some program that nobody vouches for. */
function script(text: string, limits: Partial<Limits> = {}) {
  return run({ program: '/bin/sh', args: ['-c', text, 'sh', 'a b', '$(id)', '`id`'], cwd: '/', limits });
}

describe('run', () => {
  it('gives what the program printed and its exit code', async () => {
    const ran = await script('echo out; echo err >&2; exit 3');
    expect(ran).toEqual({ stdout: 'out\n', stderr: 'err\n', code: 3, reason: 'exited' });
  });

  it('hands arguments on as they are: nothing is read as shell', async () => {
    expect((await script('printf "%s\\n" "$@"')).stdout).toBe('a b\n$(id)\n`id`\n');
  });

  it('gives no variable of our own on, and no home', async () => {
    process.env['TRIMTAB_TEST_SECRET'] = 'hidden';
    const { stdout } = await script('export -p');
    delete process.env['TRIMTAB_TEST_SECRET'];
    expect(stdout).not.toContain('hidden');
    expect(stdout).toContain("HOME='/proc/self/none'");
    expect(stdout).toContain("PATH='/proc/self/none'");
  });

  it.each([
    ['time', 'while :; do :; done', { seconds: 0.3 }],
    ['time', 'read -r line < /dev/zero', { seconds: 0.3 }],
    ['output', 'while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done', { outputBytes: 100_000 }],
    ['output', 'while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done >&2', { outputBytes: 100_000 }],
  ])('ends a program at its limit of %s: %s', async (reason, text, limits) => {
    expect((await script(text, limits)).reason).toBe(reason);
  });

  it('ends everything that the program started, too', async () => {
    const started = performance.now();
    const ran = await script('(while :; do :; done) & (while :; do :; done) & wait', { seconds: 0.3 });
    expect(ran.reason).toBe('time');
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('ends a program that fills the disk (CVE-2023-40584)', async () => {
    const cwd = await folderWith({});
    const args = ['-c', 'while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done > large'];
    const ran = await run({ program: '/bin/sh', args, cwd, limits: { seconds: 20, fileKiB: 16 } });
    expect(ran.reason).toBe('output');
    expect((await stat(join(cwd, 'large'))).size).toBeLessThanOrEqual(16 * 1024);
  });

  it('says so when the program is not there', async () => {
    const ran = await run({ program: '/nowhere/helm', args: [], cwd: '/' });
    expect(ran).toMatchObject({ code: 127, reason: 'exited' });
  });
});
