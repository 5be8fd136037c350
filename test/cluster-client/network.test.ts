import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientsOf, configMap, problemOf, registered, script, status } from './support.ts';

const VERSION = { body: { gitVersion: 'v1.36.0' } };
const file = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const TLS = { cert: file('server.crt'), key: file('server.key') };

/** A proxy of this machine; `through` are the hosts that it was asked for. */
async function proxy(
  answer: 200 | 407 = 200,
): Promise<{ readonly host: string; readonly through: string[]; readonly passwords: unknown[] }> {
  const through: string[] = [];
  const passwords: unknown[] = [];
  const server = createHttpServer();
  const sockets = new Set<Socket>();
  server.on('connect', (request, socket: Socket) => {
    const [host = '', port = ''] = (request.url ?? '').split(':');
    through.push(request.url ?? '');
    passwords.push(request.headers['proxy-authorization']);
    if (answer === 407) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    for (const one of [socket, onward]) {
      sockets.add(one);
      one.on('error', () => undefined);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const one of sockets) one.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, through, passwords };
}

/** An address that takes connections and never says a word, as a load balancer with nothing behind it. */
async function silence(): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a connection', () => {
  it('is one for twenty requests after each other, by whoever reads or writes, over TLS as well', async () => {
    for (const tls of [undefined, TLS]) {
      const { url, asked, connections } = await script(() => VERSION, tls);
      const config = { tlsClientConfig: { insecure: true } };
      const { reader, writer } = await clientsOf(registered(url, { config }));
      for (let nth = 0; nth < 10; nth += 1) {
        await reader.facts();
        await writer.create(configMap(`config-${nth}`));
      }
      expect(asked).toHaveLength(20);
      // The first look asks for the version and for both lists of what is served at once
      expect(connections()).toBeLessThanOrEqual(3);
    }
  });

  it('is one of at most sixteen, however many requests go out at once', async () => {
    const { url, connections } = await script(() => VERSION);
    const { writer } = await clientsOf(registered(url));
    await Promise.all(Array.from({ length: 100 }, (_, nth) => writer.create(configMap(`config-${nth}`))));
    expect(connections()).toBeLessThanOrEqual(16);
  });

  it('that does not come about is given up long before the time of a whole request', async () => {
    const host = await silence();
    const config = { tlsClientConfig: { insecure: true } };
    const { reader } = await clientsOf(registered(`https://${host}`, { config }), {
      connectMs: 20,
      timeoutMs: 2 ** 30,
    });
    const problem = await problemOf(reader.facts());
    expect(problem.code).toBe('cluster-unreachable');
    expect(problem.message).toContain('did not answer in time');
  });

  it('through a proxy that says nothing is given up as soon', async () => {
    const host = await silence();
    const { reader } = await clientsOf(registered('https://api.example', { config: { proxyUrl: `http://${host}` } }), {
      connectMs: 20,
      timeoutMs: 2 ** 30,
    });
    const problem = await problemOf(reader.facts());
    expect(problem.message).toContain(`was not reached through the proxy ${host}, it did not answer in time`);
  });

  it('that has come about may take its time to answer', async () => {
    const { url, asked } = await script(() => VERSION, TLS);
    const config = { tlsClientConfig: { insecure: true } };
    const { reader } = await clientsOf(registered(url, { config }), { connectMs: 2000 });
    await reader.facts();
    expect(asked).toHaveLength(1);
  });
});

describe('a proxy', () => {
  it('leads to the server, over connections that are kept', async () => {
    const { url } = await script(() => VERSION, TLS);
    const { host, through, passwords } = await proxy();
    const config = { tlsClientConfig: { insecure: true }, proxyUrl: `http://ops:pass@${host}` };
    const { reader } = await clientsOf(registered(url, { config }));
    for (let nth = 0; nth < 5; nth += 1) expect(await reader.facts()).toMatchObject({ kubeVersion: 'v1.36.0' });
    expect(new Set(through)).toEqual(new Set([new URL(url).host]));
    // The first look at what is served asks three things at once
    expect(through.length).toBeLessThanOrEqual(3);
    expect(passwords[0]).toBe(`Basic ${Buffer.from('ops:pass').toString('base64')}`);
  });

  it('that refuses is named, without its password', async () => {
    const { host } = await proxy(407);
    const config = { proxyUrl: `http://ops:canary@${host}` };
    const { reader } = await clientsOf(registered('https://api.example', { config }));
    const problem = await problemOf(reader.facts());
    expect(problem.message).toContain(`was not reached through the proxy ${host}, which answered 407.`);
    expect(inspect({ ...problem, message: problem.message }, { depth: 10 })).not.toContain('canary');
  });

  it.each(['ftp://proxy:21', 'proxy:3128', 'canary password'])('is not made of %j', async (proxyUrl) => {
    const problem = await problemOf(clientsOf(registered('https://api.example', { config: { proxyUrl } })));
    expect(problem.code).toBe('misconfigured');
    expect(problem.message).not.toContain('canary');
  });

  it('may be a secret by reference', async () => {
    const { url } = await script(() => VERSION, TLS);
    const { host, through } = await proxy();
    const config = { tlsClientConfig: { insecure: true }, proxyUrl: 'ssm:proxy' };
    const { reader } = await clientsOf(registered(url, { config }), { resolveSecret: async () => `http://${host}` });
    await reader.facts();
    expect(through.length).toBeGreaterThan(0);
  });
});

it('answers are asked for in gzip, but for disableCompression', async () => {
  const { url, asked } = await script(() => VERSION);
  await (await clientsOf(registered(url))).reader.facts();
  await (await clientsOf(registered(url, { config: { disableCompression: true } }))).reader.facts();
  expect(asked.map(({ headers }) => headers['accept-encoding'])).toEqual(['gzip', undefined]);
});

describe('a server that sheds load', () => {
  const busy = { ...status(429, 'TooManyRequests', 'busy'), headers: { 'retry-after': '1' } };

  it('hears nothing more on this connection until the time that it named is over', async () => {
    let isBusy = true;
    const { url, asked } = await script(() => (isBusy ? busy : VERSION));
    let over: (value: unknown) => void = () => undefined;
    const waits: number[] = [];
    const { writer, reader } = await clientsOf(registered(url), {
      wait: (ms) => {
        waits.push(ms);
        return new Promise((resolve) => {
          over = resolve;
        });
      },
    });
    await reader.kinds();
    const first = writer.create(configMap('first'));
    await expect.poll(() => waits).toEqual([1000]);
    const others = Array.from({ length: 50 }, (_, nth) => writer.create(configMap(`config-${nth}`)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toHaveLength(1);
    isBusy = false;
    over(undefined);
    await Promise.all([first, ...others]);
    expect(asked).toHaveLength(52);
  });

  it('hears of fifty requests that it refuses a bounded number of times', async () => {
    const { url, asked } = await script(() => busy);
    const { writer } = await clientsOf(registered(url), { wait: async () => undefined });
    const problems = await Promise.all(
      Array.from({ length: 50 }, (_, nth) => problemOf(writer.create(configMap(`config-${nth}`)))),
    );
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['rate-limited']));
    expect(asked.length).toBeLessThan(100);
  });
});
