import { Problem } from '../spec/problem.ts';

/** One packet: its bytes, or what stands between parts of a message. */
export type Packet = Buffer | 'flush' | 'delimiter' | 'end';

export const FLUSH: Buffer = Buffer.from('0000');
export const DELIMITER: Buffer = Buffer.from('0001');

const SPECIAL: readonly Packet[] = ['flush', 'delimiter', 'end'];

/** A line as one packet. https://git-scm.com/docs/gitprotocol-common#_pkt_line_format */
export function packet(line: string): Buffer {
  const text = Buffer.from(`${line}\n`);
  return Buffer.concat([Buffer.from((text.length + 4).toString(16).padStart(4, '0')), text]);
}

/** The packets of a body as they come. Throws Problem `unavailable` for what is none, or ends within one. */
export async function* packetsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Packet> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of body) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= 4) {
      const length = lengthAt(rest, at);
      const special = SPECIAL[length];
      if (special !== undefined) {
        at += 4;
        yield special;
      } else if (length <= rest.length - at) {
        yield rest.subarray(at + 4, at + length);
        at += length;
      } else break;
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw broken();
}

function lengthAt(bytes: Buffer, at: number): number {
  const text = bytes.toString('latin1', at, at + 4);
  const length = /^[0-9a-f]{4}$/i.test(text) ? Number.parseInt(text, 16) : 3;
  if (length === 3) throw broken();
  return length;
}

function broken(): Problem {
  return new Problem('unavailable', 'What the server sends is not what a Git server says.', {
    where: { field: 'spec.source.repoURL' },
    fix: 'Is repoURL the address of a Git repository?',
  });
}
