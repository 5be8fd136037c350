import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** How to reach a real cluster, as its program says it. */
export interface RealCluster {
  readonly url: string;
  readonly token: string;
  /** The authority of its certificate, PEM. */
  readonly ca: string;
  /** `v1.36.3` */
  readonly version: string;
}

/** As many of the server's last words as help to see why it ended. */
const LAST_WORDS = 40;

/**
 * Starts the program that `scripts/test-cluster.ts` built. With `--bare` nothing happens in the cluster that a request did not
 * ask for: no controllers, no node. Rejects with the program's last words when it ends before it is ready.
 */
export async function startServer(
  ...args: readonly '--bare'[]
): Promise<{ readonly cluster: RealCluster; close(): Promise<void> }> {
  const program = process.env['TRIMTAB_TEST_CLUSTER'];
  if (program === undefined) throw new Error('These tests need a real API server: run `npm run test:cluster`.');
  const server = spawn(program, args, { stdio: 'pipe' });
  const ended = once(server, 'exit');
  const words: string[] = [];
  createInterface({ input: server.stderr }).on('line', (line) => {
    words.push(line);
    if (words.length > LAST_WORDS) words.shift();
  });
  const line = await Promise.race([
    once(createInterface({ input: server.stdout }), 'line').then(([first]) => String(first)),
    ended.then(() => {
      throw new Error(`The API server ended before it was ready. Its last words:\n${words.join('\n')}`);
    }),
  ]);
  return {
    cluster: JSON.parse(line) as RealCluster,
    // It ends, with all that it started, when its standard input closes.
    close: async () => {
      server.stdin.end();
      await ended;
    },
  };
}
