import { once } from 'node:events';
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createConnection } from '../../src/cluster/request.ts';
import { Problem } from '../../src/spec/problem.ts';

/** A server that does so many requests at a time and refuses the others, as API Priority and Fairness with `Reject` does. */
async function startServer(seats: () => number, paused: () => Promise<void> = async () => undefined) {
  let running = 0;
  const seen = { refused: 0, most: 0 };
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      seen.most = Math.max(seen.most, running + 1);
      if (running >= seats()) {
        seen.refused += 1;
        response.writeHead(429, { 'retry-after': '1', 'content-type': 'text/plain' });
        response.end('Too many requests, please try again later.\n');
        return;
      }
      running += 1;
      setTimeout(() => {
        running -= 1;
        response.end('{}');
      }, 2);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let pauses = 0;
  const agent = new Agent({ keepAlive: true });
  const connection = createConnection(
    { cluster: 'busy', server: url, namespaces: [] },
    { url, compress: false, authorise: async (headers) => ({ headers, agent }) },
    {
      backoffMs: 1,
      wait: async () => {
        pauses += 1;
        await paused();
      },
    },
  );
  const send = () =>
    connection.send({ method: 'POST', path: '/api/v1/namespaces', body: {}, subject: { doing: 'create' } }).then(
      () => 'done',
      (error: unknown) => (error instanceof Problem ? error.code : String(error)),
    );
  return { seen, send, pauses: () => pauses };
}

const times = <T>(count: number, task: () => Promise<T>): Promise<readonly T[]> =>
  Promise.all(Array.from({ length: count }, task));

describe('a server that does little at a time', () => {
  it('is sent as much as it does after a few refusals, and gets everything', async () => {
    const { seen, send, pauses } = await startServer(() => 1);
    expect(new Set(await times(200, send))).toEqual(new Set(['done']));
    // Sixteen at first, then half as many; afterwards it is tried now and then whether it takes more
    expect(seen.refused).toBeLessThan(60);
    expect(pauses()).toBeLessThan(40);
  });

  it('gets more again when it does more', async () => {
    let seats = 1;
    const { seen, send } = await startServer(() => seats);
    await times(100, send);
    seats = 100;
    seen.most = 0;
    await times(600, send);
    expect(seen.most).toBeGreaterThan(8);
    expect(seen.most).toBeLessThanOrEqual(16);
  });

  it('that does nothing at all is given up soon, however many wait', async () => {
    const { seen, send, pauses } = await startServer(() => 0);
    expect(new Set(await times(200, send))).toEqual(new Set(['rate-limited']));
    expect(pauses()).toBeLessThan(40);
    expect(seen.refused).toBeLessThan(300);
  });

  it('makes nobody wait who asks another server', async () => {
    let over: () => void = () => undefined;
    let seats = 0;
    const busy = await startServer(
      () => seats,
      () =>
        new Promise((resolve) => {
          over = resolve;
        }),
    );
    const other = await startServer(() => 100);
    const waiting = times(20, busy.send);
    await expect.poll(busy.pauses).toBe(1);
    expect(new Set(await times(20, other.send))).toEqual(new Set(['done']));
    seats = 100;
    over();
    expect(new Set(await waiting)).toEqual(new Set(['done']));
  });
});
