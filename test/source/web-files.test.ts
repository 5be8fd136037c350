import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createWebFiles } from '../../src/source/web-files.ts';

async function serving(status: number, text: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(text)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const registered = { access: async () => ({ privateHosts: true }) };

it('reads a file, and says what its host answers instead', async () => {
  expect(await createWebFiles(registered)(`${await serving(200, 'kind: x\n')}/a.yaml`)).toBe('kind: x\n');
  const missing = createWebFiles(registered)(`${await serving(404, '')}/a.yaml`);
  await expect(missing).rejects.toMatchObject({ code: 'not-found' });
  const down = createWebFiles(registered)(`${await serving(503, '')}/a.yaml`);
  await expect(down).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 30 });
});

it('asks nobody in a private network, unless it is registered (metadata services, neighbours)', async () => {
  const url = `${await serving(200, 'secret')}/a.yaml`;
  await expect(createWebFiles({})(url)).rejects.toMatchObject({ code: 'forbidden' });
});

it('asks nobody that the project does not permit', async () => {
  const asked: string[] = [];
  const access = async (repoURL: string) => {
    asked.push(repoURL);
    throw new Error('not permitted');
  };
  const files = createWebFiles({ access });
  await expect(files('https://github.com/acme/x/releases/download/v1/a.yaml')).rejects.toThrow('not permitted');
  expect(asked).toEqual(['https://github.com/acme/x']);
});
