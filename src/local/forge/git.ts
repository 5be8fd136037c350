import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Problem } from '../../spec/problem.ts';

/** What a path becomes in a commit: text, bytes, a symlink, or null for gone. */
export type Change = string | Uint8Array | { readonly symlink: string } | null;

/** Who wrote or committed, and when. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

export interface TreeEntry {
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  readonly path: string;
  readonly size?: number;
}

export interface CommitInfo {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

/** What a git command came to. */
interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The first git that merges without a work tree (`git merge-tree --write-tree`). */
const OLDEST_GIT = [2, 38] as const;

/** Throws Problem `misconfigured` unless there is a git that is new enough. */
export async function requireGit(): Promise<void> {
  const result = await runGit(process.cwd(), ['--version']);
  const text = result.stdout.toString('utf8').trim();
  const [major = 0, minor = 0] = (/\d+\.\d+/.exec(text)?.[0] ?? '').split('.').map(Number);
  if (major > OLDEST_GIT[0] || (major === OLDEST_GIT[0] && minor >= OLDEST_GIT[1])) return;
  throw new Problem(
    'misconfigured',
    `The embedded forge needs git ${OLDEST_GIT.join('.')} or newer, and found: ${text}`,
    {
      fix: 'Install a newer git, or put one first in PATH.',
    },
  );
}

/** A bare repository on disk and the git commands that the forge needs over it. */
export interface Git {
  readonly dir: string;
  /** Runs git and gives back whatever came, also on failure. */
  attempt(
    args: readonly string[],
    input?: string | Uint8Array,
    env?: Readonly<Record<string, string>>,
  ): Promise<GitResult>;
  /** Runs git, throws Problem `internal` on failure, gives back stdout as text without its last line break. */
  run(args: readonly string[], input?: string | Uint8Array, env?: Readonly<Record<string, string>>): Promise<string>;
  /** The commit that a branch, tag, ref or SHA names; undefined when there is none. */
  resolve(ref: string): Promise<string | undefined>;
  /** Moves or creates (from null) a ref; null as the new value deletes it. */
  setRef(ref: string, sha: string | null): Promise<void>;
  commitInfo(sha: string): Promise<CommitInfo>;
  /** A stream of `git archive` as tar.gz with one top folder. */
  archive(sha: string, prefix: string): Readable;
}

const ENVIRONMENT = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  LC_ALL: 'C',
  TZ: 'UTC',
};

/**
 * Creates an empty bare repository at `dir` and returns the commands over it.
 * Git runs without the machine's configuration, so that what a person has set up at home changes nothing.
 */
export async function createGit(dir: string, defaultBranch: string): Promise<Git> {
  await mkdir(dir, { recursive: true });
  const git = openGit(dir);
  await git.run(['init', '--quiet', '--bare', `--initial-branch=${defaultBranch}`, '.']);
  await git.run(['config', 'core.logAllRefUpdates', 'false']);
  await git.run(['config', 'gc.auto', '0']);
  return git;
}

function openGit(dir: string): Git {
  const git: Git = {
    dir,
    attempt: (args, input, env) => runGit(dir, args, input, env),
    async run(args, input, env) {
      const result = await runGit(dir, args, input, env);
      if (result.code !== 0) {
        throw new Problem('internal', `git ${args[0] ?? ''} ended with ${result.code}: ${result.stderr.trim()}`);
      }
      return result.stdout.toString('utf8').replace(/\n$/, '');
    },
    async resolve(ref) {
      if (ref === '' || ref.startsWith('-') || ref.includes('..')) return undefined;
      const whole = /^[0-9a-f]{40}$|^refs\//.test(ref);
      for (const name of whole ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`, ref]) {
        const found = await runGit(dir, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
        if (found.code === 0) return found.stdout.toString('utf8').trim();
      }
      return undefined;
    },
    async setRef(ref, sha) {
      await git.run(sha === null ? ['update-ref', '-d', ref] : ['update-ref', ref, sha]);
    },
    async commitInfo(sha) {
      const [info] = parseLog(await git.run(['log', '-1', LOG_FORMAT, sha, '--']));
      if (info === undefined) throw new Problem('internal', `git log said nothing about ${sha}`);
      return info;
    },
    archive(sha, prefix) {
      return start(dir, ['archive', '--format=tar.gz', `--prefix=${prefix}/`, sha]).stdout;
    },
  };
  return git;
}

/** The format of `git log` that `parseLog` reads: fields end in NUL, commits in SOH. */
export const LOG_FORMAT = '--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x01';

/** Commits as `git log` printed them with LOG_FORMAT, in its order. */
export function parseLog(text: string): CommitInfo[] {
  const commits: CommitInfo[] = [];
  for (const record of text.split('\x01')) {
    const [sha = '', tree = '', parents = '', an = '', ae = '', ad = '', cn = '', ce = '', cd = '', message = ''] =
      record.replace(/^\n/, '').split('\0');
    if (sha === '') continue;
    commits.push({
      sha,
      tree,
      parents: parents === '' ? [] : parents.split(' '),
      author: { name: an, email: ae, date: utc(ad) },
      committer: { name: cn, email: ce, date: utc(cd) },
      message: message.replace(/\n+$/, ''),
    });
  }
  return commits;
}

function utc(date: string): string {
  return new Date(date).toISOString().replace('.000Z', 'Z');
}

/** The variables by which git is told who writes and commits. */
export function signatures(author: Signature, committer: Signature): Record<string, string> {
  return {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: author.date,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: committer.date,
  };
}

function start(
  dir: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessByStdio<null, Readable, null> {
  return spawn('git', [...args], {
    cwd: dir,
    env: { PATH: process.env['PATH'] ?? '', ...ENVIRONMENT, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

function runGit(
  dir: string,
  args: readonly string[],
  input: string | Uint8Array = '',
  env: Readonly<Record<string, string>> = {},
): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...args], {
      cwd: dir,
      env: { PATH: process.env['PATH'] ?? '', ...ENVIRONMENT, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', (cause) =>
      reject(
        new Problem('misconfigured', 'The embedded forge needs the program git, and it could not be started.', {
          fix: 'Install git 2.38 or newer.',
          cause,
        }),
      ),
    );
    child.on('close', (code) =>
      resolve({ code: code ?? 1, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString('utf8') }),
    );
    // Git may end before it has read everything (a refused object, say): its exit code tells, not the broken pipe.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
