import { parentPort, workerData } from 'node:worker_threads';
import { type Batch, PROGRESS, type Report, type WorkerInput } from './messages.ts';
import { createWasi } from './wasi.ts';

/**
 * The thread that the module runs in: it can be ended from outside, whatever the module does. Answers each batch once.
 * Deployed as an entry file of its own (see `createEngines`).
 */
const { module, progress } = workerData as WorkerInput;
const place = new BigInt64Array(progress);
let now = 0;
let words = '';

const names = WebAssembly.Module.imports(module);
const instance = new WebAssembly.Instance(module, {
  wasi_snapshot_preview1: createWasi(
    names.filter((each) => each.module === 'wasi_snapshot_preview1').map((each) => each.name),
    {
      memory: () => memory.buffer,
      now: () => now,
      write: (text) => {
        words = (words + text).slice(0, 2_000);
      },
    },
  ),
  trimtab: { progress: at },
});
const { memory, _initialize, allocate, run } = instance.exports as {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  allocate(size: number): number;
  run(): bigint;
};

_initialize();
parentPort?.on('message', (batch: Batch) => report(answer(batch)));
report({ kind: 'ready' });

function answer(batch: Batch): Report {
  now = batch.now;
  try {
    const request = new TextEncoder().encode(batch.request);
    // Go counts addresses without a sign; JavaScript reads an i32 with one. The memory's buffer is another one after each
    // call that made it grow, so it is asked for only then.
    const address = allocate(request.length) >>> 0;
    new Uint8Array(memory.buffer, address, request.length).set(request);
    const found = BigInt.asUintN(64, run());
    at(-1);
    const text = new Uint8Array(memory.buffer, Number(found >> 32n), Number(found & 0xffffffffn));
    return { kind: 'answer', answer: new TextDecoder().decode(text) };
  } catch (thrown) {
    // Out of memory, out of stack, or Go's own end: after any of them the module must not be entered again.
    return { kind: 'died', words: `${String(thrown)}\n${words}` };
  }
}

function at(index: number): void {
  Atomics.store(place, PROGRESS.since, process.hrtime.bigint());
  Atomics.store(place, PROGRESS.index, BigInt(index));
}

function report(message: Report): void {
  parentPort?.postMessage(message);
}
