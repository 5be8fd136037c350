/** Error numbers of WASI preview 1: https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#errno */
const SUCCESS = 0;
const BAD_FILE = 8;
const NOT_SUPPORTED = 52;

/** What the module may know of the world; the calls that it makes go through these. */
export interface World {
  readonly memory: () => ArrayBuffer;
  /** Milliseconds since 1970 that the module takes for the present. */
  readonly now: () => number;
  /** What Go writes when it dies: for the cause of a Problem, never for people. */
  readonly write: (text: string) => void;
}

/**
 * WASI preview 1 with nothing behind it: no arguments, no environment, no files, no sockets. The wall clock is the
 * caller's; random bytes are real, since Sprig makes passwords and keys. Takes the names that the module imports; every
 * one that is not needed answers "not supported". `proc_exit` throws.
 */
export function createWasi(names: readonly string[], world: World): Readonly<Record<string, Call>> {
  const view = (): DataView => new DataView(world.memory());
  const nothing = (count: number, size: number): number => {
    view().setUint32(count, 0, true);
    view().setUint32(size, 0, true);
    return SUCCESS;
  };
  const calls: Record<string, Call> = {
    args_sizes_get: nothing,
    args_get: () => SUCCESS,
    environ_sizes_get: nothing,
    environ_get: () => SUCCESS,
    sched_yield: () => SUCCESS,
    /** Clock 0 tells the time; the others only measure how long Go's own work took. */
    clock_time_get(clock: number, _precision: bigint, place: number): number {
      const nanoseconds = clock === 0 ? world.now() * 1e6 : Math.floor(performance.now() * 1e6);
      view().setBigUint64(place, BigInt(nanoseconds), true);
      return SUCCESS;
    },
    random_get(place: number, length: number): number {
      for (let done = 0; done < length; done += 65_536) {
        crypto.getRandomValues(new Uint8Array(world.memory(), place + done, Math.min(65_536, length - done)));
      }
      return SUCCESS;
    },
    fd_write(_file: number, vectors: number, count: number, written: number): number {
      const memory = view();
      let total = 0;
      for (let each = vectors; each < vectors + count * 8; each += 8) {
        const length = memory.getUint32(each + 4, true);
        world.write(new TextDecoder().decode(new Uint8Array(world.memory(), memory.getUint32(each, true), length)));
        total += length;
      }
      memory.setUint32(written, total, true);
      return SUCCESS;
    },
    fd_prestat_get: () => BAD_FILE,
    fd_fdstat_get: () => BAD_FILE,
    /** Go's scheduler sleeps through this; every wait is over at once, as there is nothing to wait for. */
    poll_oneoff(subscriptions: number, events: number, count: number, stored: number): number {
      const memory = view();
      for (let each = 0; each < count; each += 1) {
        memory.setBigUint64(events + each * 32, memory.getBigUint64(subscriptions + each * 48, true), true);
        memory.setUint32(events + each * 32 + 8, memory.getUint8(subscriptions + each * 48 + 8) << 16, true);
      }
      memory.setUint32(stored, count, true);
      return SUCCESS;
    },
    proc_exit(status: number): never {
      throw new Error(`the module ended itself with status ${status}`);
    },
  };
  return Object.fromEntries(names.map((name) => [name, calls[name] ?? (() => NOT_SUPPORTED)]));
}

/** An imported function: numbers (i32, or bigint for i64) in, an error number out. */
export type Call = (...numbers: never[]) => number;
