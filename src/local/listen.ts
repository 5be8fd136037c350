import type { Server } from 'node:net';
import { Problem } from '../spec/problem.ts';

/**
 * Listens on 127.0.0.1, so that nobody else on the network comes in; 0 takes any free port. Answers the port. Throws
 * Problem `misconfigured` when it is taken, or may not be used.
 */
export async function listenHere(
  server: Pick<Server, 'listen' | 'once' | 'off' | 'address'>,
  port: number,
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => reject(refusal(error, port));
    server.once('error', refuse);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', refuse);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function refusal(error: NodeJS.ErrnoException, port: number): Problem {
  const why =
    error.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${error.code ?? error.name})`;
  return new Problem('misconfigured', `Port ${port} on 127.0.0.1 ${why}.`, { fix: 'Choose another one with --port.' });
}
