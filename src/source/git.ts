import { spawn } from 'node:child_process';
import { Problem } from '../spec/problem.ts';

/** What a git command printed, and how it ended. */
export interface GitResult {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly code: number;
}

/** No prompt, no system settings, no hooks and helpers of the repository, English words. */
function environment(): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '/',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
  };
}

const SETTINGS = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'protocol.allow=never'];

/** Runs git in a folder, without a shell. Throws Problem `misconfigured` when there is no git on this machine. */
export async function git(dir: string, args: readonly string[]): Promise<GitResult> {
  const stdout: Buffer[] = [];
  const child = start(dir, args);
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  const { stderr, code } = await ended(child);
  return { stdout: Buffer.concat(stdout), stderr, code };
}

/** The output of git as it comes. Throws Problem `unavailable` at its end when git failed. */
export async function* gitStream(dir: string, args: readonly string[]): AsyncIterable<Uint8Array> {
  const child = start(dir, args);
  const end = ended(child);
  end.catch(() => undefined);
  for await (const chunk of child.stdout) yield chunk;
  const { code, stderr } = await end;
  if (code !== 0)
    throw new Problem('unavailable', `git ${args[0] ?? ''} failed in ${dir}: ${stderr.trim().slice(0, 500)}`);
}

function start(dir: string, args: readonly string[]): ReturnType<typeof spawnGit> {
  return spawnGit(dir, args);
}

function spawnGit(dir: string, args: readonly string[]) {
  return spawn('git', [...SETTINGS, '-C', dir, ...args], { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
}

function ended(child: ReturnType<typeof spawnGit>): Promise<{ readonly stderr: string; readonly code: number }> {
  return new Promise((resolve, reject) => {
    const stderr: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', (cause) => {
      reject(new Problem('misconfigured', 'git does not run on this machine.', { fix: 'Install git.', cause }));
    });
    child.on('close', (code) => resolve({ stderr: Buffer.concat(stderr).toString(), code: code ?? 1 }));
  });
}
