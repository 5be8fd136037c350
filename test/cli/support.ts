import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'src/cli/main.ts');
const EXAMPLES = join(ROOT, 'examples');

/** What a user sees of one call. */
export interface Seen {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running CLI. */
export interface Running {
  readonly child: ChildProcess;
  /** Resolves with what stdout has said so far, as soon as it matches. */
  says(pattern: RegExp): Promise<RegExpMatchArray>;
  readonly ended: Promise<Seen>;
}

interface Setting {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another launcher than the sources themselves. */
  readonly program?: readonly string[];
}

/** Runs `trimtab` as a user does, and waits for its end. */
export function trimtab(args: readonly string[], setting: Setting = {}): Promise<Seen> {
  return start(args, setting).ended;
}

/** Starts `trimtab`; it is ended with the test. */
export function start(args: readonly string[], setting: Setting = {}): Running {
  const [program = process.execPath, ...before] = setting.program ?? [process.execPath, MAIN];
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...inherited } = process.env;
  const child = spawn(program, [...before, ...args], {
    cwd: setting.cwd ?? ROOT,
    env: { ...inherited, ...setting.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  const collect = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
    output[stream] += chunk.toString();
    for (const look of waiting) look();
  };
  child.stdout.on('data', collect('stdout'));
  child.stderr.on('data', collect('stderr'));
  const ended = new Promise<Seen>((resolve) => child.on('close', (code) => resolve({ code, ...output })));
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const says = (pattern: RegExp): Promise<RegExpMatchArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = output.stdout.match(pattern);
        if (found === null) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void ended.then(() =>
        reject(new Error(`it ended without saying ${pattern}:\n${output.stdout}\n${output.stderr}`)),
      );
    });
  return { child, says, ended };
}

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'trimtab-cli-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Files by path; null removes one. */
export type Files = Readonly<Record<string, string | null>>;

/** A small real clone. */
export interface Clone {
  readonly dir: string;
  git(...args: readonly string[]): string;
  write(files: Files): void;
  /** Commits everything on a branch, made from the current commit where it is new. */
  commit(branch: string, files: Files): string;
}

/** A git repository with these files on `main`. */
export function createClone(files: Files): Clone {
  const dir = temporaryFolder();
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=Alice', '-c', 'user.email=alice@example.com', '-C', dir, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  const write = (changes: Files): void => {
    for (const [path, text] of Object.entries(changes)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      if (text === null) rmSync(join(dir, path), { recursive: true });
      else writeFileSync(join(dir, path), text);
    }
  };
  const save = (): string => {
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', 'A change');
    return git('rev-parse', 'HEAD');
  };
  git('init', '--quiet', '--initial-branch', 'main');
  write(files);
  save();
  const commit = (branch: string, changes: Files): string => {
    git('switch', '--quiet', ...(git('branch', '--list', branch) === '' ? ['-c'] : []), branch);
    write(changes);
    return save();
  };
  return { dir, git, write, commit };
}

/** A clone of what `examples/` holds, with other files beside or instead. */
export function cloneOfExamples(files: Files = {}): Clone {
  const clone = createClone({ 'README.md': 'acme/platform\n' });
  cpSync(EXAMPLES, clone.dir, { recursive: true });
  clone.commit('main', files);
  return clone;
}
