import { Worker } from 'node:worker_threads';
import { Problem } from '../spec/problem.ts';
import { load } from './load.ts';
import { type Batch, PROGRESS, type Report, type WorkerInput } from './messages.ts';

export interface RunnerOptions {
  /** The worker's entry file. */
  readonly worker: URL | string;
  /** The compressed module. */
  readonly module: URL | string;
  /** The greatest number of bytes that the module may use. */
  readonly maxMemory: number;
}

/** The item (−1: before the first) at which the thread had to be given up, why, and Go's last words. */
export interface GivenUp {
  readonly index: number;
  readonly limit: 'time' | 'memory';
  readonly words: string;
}

/** How a batch ended. */
type Ending = { readonly answer: string } | GivenUp;

export interface Runner {
  /** Runs a batch after those before it; `itemMilliseconds` bounds each of its items. */
  run(batch: Batch, itemMilliseconds: number): Promise<Ending>;
  close(): Promise<void>;
}

/** The start of a thread, and reading a request, are no item's fault: both have this long, in milliseconds. */
const PATIENCE = 30_000;

interface Thread {
  readonly worker: Worker;
  readonly progress: BigInt64Array<SharedArrayBuffer>;
}

/**
 * Owns the one thread in which the module runs: started with the first batch, ended when an item runs over its time or
 * its memory, then replaced. The compiled module is kept and shared with the next thread. An idle thread does not keep
 * the process alive; a running batch does.
 */
export function createRunner(options: RunnerOptions): Runner {
  let compiled: Promise<WebAssembly.Module> | undefined;
  let thread: Promise<Thread> | undefined;
  let running: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  async function start(): Promise<Thread> {
    compiled ??= load(options.module, options.maxMemory);
    const shared = new SharedArrayBuffer(16);
    const workerData: WorkerInput = { module: await compiled, progress: shared };
    // Nothing of the process is handed on: no environment, no flags, no standard streams.
    const worker = new Worker(options.worker, { workerData, env: {}, execArgv: [], stdout: true, stderr: true });
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      if (running === worker) thread = undefined;
    });
    running = worker;
    const first = await firstReport(worker, PATIENCE, () => undefined);
    if (first === undefined || first.kind !== 'ready') throw await gaveUp(worker, first);
    return { worker, progress: new BigInt64Array(shared) };
  }

  async function runNow(batch: Batch, itemMilliseconds: number): Promise<Ending> {
    if (closed) throw new Problem('unavailable', 'The engines are closed');
    thread ??= start();
    const { worker, progress } = await thread.catch((cause: unknown) => {
      thread = undefined;
      compiled = undefined;
      throw cause;
    });
    if (closed) throw new Problem('unavailable', 'The engines are closed');
    Atomics.store(progress, PROGRESS.index, -1n);
    Atomics.store(progress, PROGRESS.since, process.hrtime.bigint());
    worker.ref();
    worker.postMessage(batch);
    const report = await firstReport(worker, itemMilliseconds, () => leftOf(progress, itemMilliseconds));
    worker.unref();
    if (report?.kind === 'answer') return report;
    thread = undefined;
    await worker.terminate();
    if (closed) throw new Problem('unavailable', 'The engines were closed while a program ran');
    const index = Number(Atomics.load(progress, PROGRESS.index));
    return report?.kind === 'died'
      ? { index, limit: 'memory', words: report.words }
      : { index, limit: 'time', words: '' };
  }

  return {
    run(batch, itemMilliseconds) {
      const mine = last.then(() => runNow(batch, itemMilliseconds));
      last = mine.catch(() => undefined);
      return mine;
    },
    async close() {
      closed = true;
      const open = await thread?.catch(() => undefined);
      await open?.worker.terminate();
      await last;
    },
  };
}

/** Milliseconds that the running item has left, undefined when it has none. */
function leftOf(progress: BigInt64Array<SharedArrayBuffer>, itemMilliseconds: number): number | undefined {
  const allowed = Atomics.load(progress, PROGRESS.index) < 0n ? PATIENCE : itemMilliseconds;
  const left = allowed - Number(process.hrtime.bigint() - Atomics.load(progress, PROGRESS.since)) / 1e6;
  return left > 0 ? left : undefined;
}

/**
 * The next report of a worker; `died` when it ended by itself; undefined when the time is up: after `milliseconds`
 * `left` is asked for more, again and again, until it has none.
 */
function firstReport(
  worker: Worker,
  milliseconds: number,
  left: () => number | undefined,
): Promise<Report | undefined> {
  return new Promise((resolve) => {
    let timer = setTimeout(look, milliseconds);
    function look(): void {
      const more = left();
      if (more === undefined) settle(undefined);
      else timer = setTimeout(look, Math.ceil(more));
    }
    const failed = (thrown: unknown): void => settle({ kind: 'died', words: String(thrown) });
    const ended = (status: number): void => settle({ kind: 'died', words: `the thread ended with status ${status}` });
    function settle(report: Report | undefined): void {
      clearTimeout(timer);
      worker.off('message', settle).off('error', failed).off('exit', ended);
      resolve(report);
    }
    worker.on('message', settle).on('error', failed).on('exit', ended);
  });
}

async function gaveUp(worker: Worker, report: Report | undefined): Promise<Problem> {
  await worker.terminate();
  const words = report?.kind === 'died' ? report.words : `no answer within ${PATIENCE / 1000} s`;
  return new Problem('internal', 'The engines did not start', { cause: new Error(words) });
}
