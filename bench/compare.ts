import { join } from 'node:path';
import { type Figure, megabytes, milliseconds } from './figure.ts';
import { measured } from './measured.ts';
import { median } from './median.ts';

const ROUNDS = 5;
const RESOURCES = 10_000;
const MIN_A_SECOND = 5000;
const MAX_BYTES = 400e6;
const SCRIPT = join(import.meta.dirname, 'compare-once.ts');

/**
 * Comparing 10,000 desired resources with as many live ones, of which a hundred differ: how many a second of one core
 * (time of the processor, of all threads), and the most memory that the process has, both sides and all included.
 */
export async function compare(): Promise<readonly Figure[]> {
  const runs = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { stdout, bytes } = await measured([SCRIPT, String(RESOURCES)]);
    const { changes, milliseconds: took }: { changes: number; milliseconds: number } = JSON.parse(stdout);
    if (changes !== RESOURCES / 100) throw new Error(`${changes} changes were found`);
    runs.push({ took, bytes });
  }
  const took = median(runs.map((run) => run.took));
  const bytes = Math.max(...runs.map((run) => run.bytes));
  const rate = Math.round((RESOURCES / took) * 1000);
  return [
    {
      benchmark: 'compare',
      what: `${RESOURCES} desired resources with ${RESOURCES} live ones`,
      measured: milliseconds(took),
      beside: '–',
      result: `${rate} a second`,
      target: `≥ ${MIN_A_SECOND} a second`,
      met: rate >= MIN_A_SECOND,
    },
    {
      benchmark: 'compare',
      what: 'the most memory',
      measured: megabytes(bytes),
      beside: '–',
      result: megabytes(bytes),
      target: `≤ ${megabytes(MAX_BYTES)}`,
      met: bytes <= MAX_BYTES,
    },
  ];
}
