import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { listenHere } from '../../src/local/listen.ts';
import { forwardFromSmee } from '../../src/local/smee.ts';
import type { Problem } from '../../src/spec/problem.ts';

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handle);
  const port = await listenHere(server, 0);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${port}`;
}

test('a delivery to the channel reaches this machine with its signature and its body', async () => {
  const delivery = {
    'x-github-event': 'push',
    'x-github-delivery': '72d3162e',
    'x-hub-signature-256': 'sha256=757107ea',
    body: { ref: 'refs/heads/main', pusher: { name: 'Zoë' } },
    query: {},
    timestamp: 1,
  };
  const channel = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('event: ready\ndata: {}\n\n');
    response.write(`id: 1\ndata: ${JSON.stringify(delivery)}\n\n`);
  });
  const received = Promise.withResolvers<{ readonly headers: IncomingMessage['headers']; readonly body: string }>();
  const target = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.resolve({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.end();
    });
  });
  const problems: Problem[] = [];
  const forwarding = await forwardFromSmee(`${channel}/abc`, `${target}/webhook`, (problem) => problems.push(problem));
  const { headers, body } = await received.promise;
  await forwarding.close();
  expect(headers).toMatchObject({ 'x-github-event': 'push', 'x-hub-signature-256': 'sha256=757107ea' });
  expect(body).toBe(JSON.stringify(delivery.body));
  expect(problems).toEqual([]);
});

test('a channel that does not answer is told by its address', async () => {
  const channel = await serve((_request, response) => {
    response.writeHead(404).end();
  });
  await expect(forwardFromSmee(`${channel}/abc`, `${channel}/webhook`, () => undefined)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining(`${channel}/abc`),
  });
});
