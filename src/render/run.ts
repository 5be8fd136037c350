import { type ChildProcess, spawn } from 'node:child_process';
import { Problem } from '../spec/problem.ts';

/** A program to run on files that nobody vouches for. */
export interface Command {
  /** Absolute path of the program. */
  readonly program: string;
  readonly args: readonly string[];
  /** The folder that it starts in. */
  readonly cwd: string;
  /** A folder for its temporary files. Absent: it has none. */
  readonly temporary?: string;
  readonly limits?: Partial<Limits>;
}

/** What a program may use before it is ended. */
export interface Limits {
  /** Wall clock. Also the limit of processor time, which counts all threads, times two. */
  readonly seconds: number;
  /**
   * Address space. Go reserves about 600 MB before it does anything (measured: 600 MB is too little for helm 4.2 and
   * kubectl 1.36, 1 GB is enough); a template bomb fails at this limit with less than 200 MB in use.
   */
  readonly addressSpaceKiB: number;
  /** What it may print, on both streams together. */
  readonly outputBytes: number;
  /** Size of a file that it may write. Neither tool has to write any. */
  readonly fileKiB: number;
}

export const LIMITS: Limits = {
  seconds: 90,
  addressSpaceKiB: 1_500_000,
  outputBytes: 64 * 1024 * 1024,
  fileKiB: 1024,
};

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
  /** `exited` by itself, or which limit it ran over. */
  readonly reason: 'exited' | 'time' | 'memory' | 'output' | 'killed';
}

/**
 * Sets limits and becomes the program. It is a constant: paths and arguments are its parameters, so nothing of a
 * repository is ever read as shell (compare CVE-2021-41254). A limit that is lower already stays; one that can't be set
 * ends the run. `prlimit` does not exist on Lambda; `ulimit` is in every POSIX shell. macOS has no limit of address space.
 */
const LIMITED = `
limit() { ulimit "$1" "$2" 2>/dev/null || [ "$(ulimit "$1")" -le "$2" ] 2>/dev/null || exit 126; }
ulimit -c 0; limit -t "$1"; limit -f "$2"; [ "$3" = 0 ] || limit -v "$3"
shift 3; exec "$@"`;

/** A path under which nothing is and nothing can be made, not even by root: no configuration, no plugins, no cache. */
const NOWHERE = '/proc/self/none';

/** Refuses every connection at once. Go does not use it for loopback addresses: `remote.ts` looks for those before. */
const DEAD_PROXY = 'http://127.0.0.1:1';

const ENVIRONMENT: Readonly<Record<string, string>> = {
  HOME: NOWHERE,
  PATH: NOWHERE,
  HELM_CACHE_HOME: NOWHERE,
  HELM_CONFIG_HOME: NOWHERE,
  HELM_DATA_HOME: NOWHERE,
  HELM_PLUGINS: NOWHERE,
  KUSTOMIZE_PLUGIN_HOME: NOWHERE,
  KUBECONFIG: '/dev/null',
  HTTP_PROXY: DEAD_PROXY,
  HTTPS_PROXY: DEAD_PROXY,
  http_proxy: DEAD_PROXY,
  https_proxy: DEAD_PROXY,
  // Both tools live for 50 ms: without collecting garbage before there is much, they are a quarter faster.
  GOGC: 'off',
  GOMEMLIMIT: '256MiB',
};

/**
 * The one place of trimtab that starts a renderer. The program gets an empty environment, no home, no network but what
 * loopback offers, and limits of time, memory and output; it and all that it starts are killed at the first that it runs
 * over. Never throws for what the program does. Throws Problem `limit-exceeded` when the arguments are longer than the
 * system takes, and the system's error when the program can't be started.
 */
export async function run(command: Command): Promise<Ran> {
  const limits = { ...LIMITS, ...command.limits };
  const space = process.platform === 'linux' ? limits.addressSpaceKiB : 0;
  const parameters = [Math.ceil(limits.seconds * 2), limits.fileKiB * 2, space].map(String);
  const child = start(['-c', LIMITED, 'sh', ...parameters, command.program, ...command.args], command);
  return new Promise((resolve, reject) => {
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[], bytes: 0 };
    let ended: Ran['reason'] | undefined;
    const end = (reason: Ran['reason']): void => {
      ended ??= reason;
      killGroup(child);
    };
    const timer = setTimeout(() => end('time'), limits.seconds * 1000);
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].on('data', (chunk: Buffer) => {
        output.bytes += chunk.length;
        if (output.bytes > limits.outputBytes) end('output');
        else output[stream].push(chunk);
      });
    }
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const stderr = Buffer.concat(output.stderr).toString();
      resolve({
        stdout: Buffer.concat(output.stdout).toString(),
        stderr,
        code: code ?? undefined,
        reason: ended ?? reasonOf(code, signal, stderr),
      });
    });
  });
}

function start(args: readonly string[], { cwd, temporary = NOWHERE }: Pick<Command, 'cwd' | 'temporary'>) {
  try {
    const env = { ...ENVIRONMENT, TMPDIR: temporary };
    return spawn('/bin/sh', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'E2BIG')) throw thrown;
    throw new Problem('limit-exceeded', 'A parameter of the source is longer than a program can be given.', {
      fix: 'Write long values into a value file.',
      cause: thrown,
    });
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself in the meantime.
  }
}

/** Go's runtime says so when it gets no more memory, and exits with 2; no signal tells. */
const OUT_OF_MEMORY = /^(fatal error: |runtime: )(runtime: )?(out of memory|cannot allocate memory|failed to reserve)/m;

function reasonOf(code: number | null, signal: NodeJS.Signals | null, stderr: string): Ran['reason'] {
  if (signal === 'SIGXCPU') return 'time';
  if (signal === 'SIGXFSZ') return 'output';
  if (signal !== null) return 'killed';
  return code !== 0 && OUT_OF_MEMORY.test(stderr) ? 'memory' : 'exited';
}
