import { ERRORS, type Fault, KILLS, STALLS } from './faults.ts';
import type { Disturbance } from './machine.ts';
import { randomOf } from './random.ts';

/** A function that sleeps past its lease is rarer than one that dies, or is refused. */
const FAULTS: readonly Fault[] = [...KILLS, ...KILLS, ...ERRORS, ...STALLS];

/** From rare to frequent; and so many faults at most, since a message that fails ten times is lost by design. */
const RATES = [0.01, 0.03, 0.1, 0.3];
const MOST_FAULTS = 10;

/** All that goes wrong in the run of a seed; `awake` leaves out functions that sleep. */
export function disturbanceOf(seed: number, { awake = false }: { readonly awake?: boolean } = {}): Disturbance {
  const random = randomOf(seed);
  const rate = RATES[Math.floor(random() * RATES.length)] ?? 0;
  let left = 1 + Math.floor(random() * MOST_FAULTS);
  const unleased = random() < 0.2;
  const kinds = unleased || awake ? FAULTS.filter((fault) => !STALLS.includes(fault)) : FAULTS;
  return {
    random,
    repeats: random() < 0.5 ? 0 : random() * 0.6,
    disorder: random() < 0.5 ? 0 : random() * 20,
    unleased,
    faults: () => {
      if (left === 0 || random() >= rate) return undefined;
      left -= 1;
      return kinds[Math.floor(random() * kinds.length)];
    },
  };
}
