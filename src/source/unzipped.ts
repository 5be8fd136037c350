import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/**
 * An archive as it is when unpacked from gzip, piece by piece; one that is not packed comes as it is. Node's own gunzip, and
 * not that of the tar library: that one unpacks a whole piece before it goes on, in a time that grows with the square of
 * what comes out, so that a bomb of zeros would hold up the process for minutes.
 */
export async function* unzipped(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const pieces = archive[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (first.done === true) return;
  const whole = Readable.from(
    (async function* () {
      yield first.value;
      yield* { [Symbol.asyncIterator]: () => pieces };
    })(),
  );
  const isPacked = first.value[0] === 0x1f && first.value[1] === 0x8b;
  // What goes wrong on the way destroys the last stream with its reason, which is thrown here.
  yield* isPacked ? pipeline(whole, createGunzip(), () => undefined) : whole;
}
