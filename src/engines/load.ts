import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createBrotliDecompress } from 'node:zlib';
import { Problem } from '../spec/problem.ts';

/** A page of WebAssembly memory: https://webassembly.github.io/spec/core/exec/runtime.html#page-size */
const PAGE = 65_536;
const MEMORY_SECTION = 5;

/**
 * The compiled module, its memory bounded. Takes the compressed file and the greatest number of bytes that a program
 * may use; throws Problem `not-found` when the file is not there. It is compiled while it is read: whole it takes 24 MB, and
 * every copy as much again.
 */
export async function load(file: URL | string, maxMemory: number): Promise<WebAssembly.Module> {
  const compressed = createReadStream(file);
  await once(compressed, 'open').catch((cause: unknown) => {
    throw new Problem('not-found', `The engines' module is not at ${String(file)}`, {
      fix: 'Deploy src/engines/engines.wasm.br beside the bundle, or name it in the option `module`.',
      cause,
    });
  });
  const wasm = boundMemory(compressed.pipe(createBrotliDecompress()), Math.floor(maxMemory / PAGE));
  const headers = { 'content-type': 'application/wasm' };
  return await WebAssembly.compileStreaming(new Response(ReadableStream.from(wasm), { headers }));
}

/**
 * The same module with a maximum in its memory section. Go's linker writes none, and the memory is made by the module,
 * so that the embedder could not say it elsewhere. Takes and gives the module in pieces.
 * https://webassembly.github.io/spec/core/binary/modules.html#memory-section
 */
export async function* boundMemory(
  wasm: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxPages: number,
): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array();
  for await (const piece of wasm) {
    if (head === undefined) yield piece;
    else {
      head = Buffer.concat([head, piece]);
      const bounded = bound(head, maxPages);
      if (bounded === undefined) continue;
      yield bounded;
      head = undefined;
    }
  }
  if (head !== undefined) throw new Problem('internal', "The engines' module has no memory section to bound");
}

/** The beginning of a module with the maximum; undefined as long as its memory section is not whole. */
function bound(wasm: Uint8Array, maxPages: number): Uint8Array | undefined {
  for (let at = 8; at < wasm.length; ) {
    const size = readNumber(wasm, at + 1);
    const end = size.next + size.value;
    if (wasm[at] === MEMORY_SECTION && end <= wasm.length) {
      // One memory: count 1, a flag that says whether a maximum follows, the minimum.
      const minimum = readNumber(wasm, size.next + 2);
      const section = [1, 1, ...numberBytes(minimum.value), ...numberBytes(Math.max(minimum.value, maxPages))];
      const head = [MEMORY_SECTION, ...numberBytes(section.length), ...section];
      return Buffer.concat([wasm.subarray(0, at), Uint8Array.from(head), wasm.subarray(end)]);
    }
    at = end;
  }
  return undefined;
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
