/** What goes between `runner.ts` and `worker.ts`. */

/** Given to a new worker. `progress` holds two 64-bit numbers: see `PROGRESS`. */
export interface WorkerInput {
  readonly module: WebAssembly.Module;
  readonly progress: SharedArrayBuffer;
}

/** Places in the shared progress: the index of the running item (−1: none), and when it began by `process.hrtime`. */
export const PROGRESS = { index: 0, since: 1 } as const;

/** One batch: the module's own JSON (`request` in module/main.go), and the time that it sees. */
export interface Batch {
  readonly request: string;
  readonly now: number;
}

/** `ready` once after the start; then one answer a batch. `died` holds Go's last words: the worker is of no use then. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly answer: string }
  | { readonly kind: 'died'; readonly words: string };
