/** So many requests have to go well before one more goes out at a time. */
const GOOD = 32;

/** After so many rounds, with pauses between them and nothing that went well, the server is given up for now. */
const HOPELESS = 4;

/** How many requests a server gets at a time. */
export interface Pace {
  /** Sends when it is its turn. */
  run<T>(send: () => Promise<T>): Promise<T>;
  /** The server did what was asked, or said why not. */
  served(): void;
  /** The round in which a request goes out now. */
  round(): number;
  /** The server was too busy for a request of that round, and has to be left alone: the next round begins. */
  refused(round: number): void;
  /** Whether it makes no sense to wait for the server any longer: whoever asked can come back later. */
  isHopeless(): boolean;
}

/**
 * Half as many requests at a time after each pause that a server asks for, and one more again by and by: so that it is
 * asked for as much as it takes, and not for sixteen times that after each pause, of which it refuses all but one.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
 */
export function createPace(most: number): Pace {
  let allowed = most;
  let running = 0;
  let good = 0;
  let refusals = 0;
  let current = 0;
  const waiting: (() => void)[] = [];

  function admit(): void {
    while (running < allowed) {
      const next = waiting.shift();
      if (next === undefined) return;
      running += 1;
      next();
    }
  }

  return {
    run: async (send) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        admit();
      });
      try {
        return await send();
      } finally {
        running -= 1;
        admit();
      }
    },
    served: () => {
      refusals = 0;
      good += 1;
      if (good < GOOD || allowed === most) return;
      good = 0;
      allowed += 1;
    },
    round: () => current,
    refused: (round) => {
      // Of many that went out together, all are refused
      if (round !== current) return;
      current += 1;
      refusals += 1;
      good = 0;
      allowed = Math.max(1, Math.floor(Math.min(allowed, running) / 2));
    },
    isHopeless: () => refusals >= HOPELESS,
  };
}
