import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { Problem } from '../spec/problem.ts';

/** A page of WebAssembly memory: https://webassembly.github.io/spec/core/exec/runtime.html#page-size */
const PAGE = 65_536;
const MEMORY_SECTION = 5;

/**
 * The compiled module, its memory bounded. Takes the compressed file and the greatest number of bytes that a program
 * may use; throws Problem `not-found` when the file is not there.
 */
export async function load(file: URL | string, maxMemory: number): Promise<WebAssembly.Module> {
  const compressed = await readFile(file).catch((cause: unknown) => {
    throw new Problem('not-found', `The engines' module is not at ${String(file)}`, {
      fix: 'Deploy src/engines/engines.wasm.br beside the bundle, or name it in the option `module`.',
      cause,
    });
  });
  return WebAssembly.compile(boundMemory(await promisify(brotliDecompress)(compressed), Math.floor(maxMemory / PAGE)));
}

/**
 * The same module with a maximum in its memory section. Go's linker writes none, and the memory is made by the module,
 * so that the embedder could not say it elsewhere.
 * https://webassembly.github.io/spec/core/binary/modules.html#memory-section
 */
export function boundMemory(wasm: Uint8Array, maxPages: number): Uint8Array {
  for (let at = 8; at < wasm.length; ) {
    const size = readNumber(wasm, at + 1);
    const end = size.next + size.value;
    if (wasm[at] === MEMORY_SECTION) {
      // One memory: count 1, a flag that says whether a maximum follows, the minimum.
      const minimum = readNumber(wasm, size.next + 2);
      const section = [1, 1, ...numberBytes(minimum.value), ...numberBytes(Math.max(minimum.value, maxPages))];
      const head = [MEMORY_SECTION, ...numberBytes(section.length), ...section];
      return Buffer.concat([wasm.subarray(0, at), Uint8Array.from(head), wasm.subarray(end)]);
    }
    at = end;
  }
  throw new Problem('internal', "The engines' module has no memory section to bound");
}

/** An unsigned LEB128 number: https://webassembly.github.io/spec/core/binary/values.html#integers */
function readNumber(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let next = at, factor = 1; ; next += 1, factor *= 128) {
    const byte = bytes[next] ?? 0;
    value += (byte & 127) * factor;
    if (byte < 128) return { value, next: next + 1 };
  }
}

function numberBytes(value: number): readonly number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...numberBytes(Math.floor(value / 128))];
}
