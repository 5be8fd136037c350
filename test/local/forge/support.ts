import { execFileSync } from 'node:child_process';
import { createSign } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createLocalForge, type LocalForge, type LocalForgeOptions } from '../../../src/local/forge/index.ts';

/** An answer of the API, its body read as JSON where it is some. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
  readonly list: readonly Readonly<Record<string, unknown>>[];
  readonly text: string;
}

export type Ask = (operation: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answer>;

/** A JSON web token as an app signs it, good for five minutes unless said otherwise. */
export function appToken(
  app: { readonly id: number; readonly privateKey: string },
  claims: Readonly<Record<string, unknown>> = {},
): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: now - 30, exp: now + 300, iss: app.id, ...claims })}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(app.privateKey).toString('base64url')}`;
}

/** A function that sends requests with a token (none when empty): `ask('GET /repos/acme/shop')`. */
export function asker(forge: LocalForge, token: string): Ask {
  return async (operation, body, headers = {}) => {
    const [method = 'GET', path = ''] = operation.split(' ');
    const url = path.startsWith('http')
      ? path
      : `${forge.apiUrl.replace(/\/v3$/, '')}${path === '/graphql' ? path : `/v3${path}`}`;
    const answer = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json: unknown = (answer.headers.get('content-type') ?? '').includes('json') ? JSON.parse(text) : {};
    const list = Array.isArray(json) ? json : [];
    const object = typeof json === 'object' && json !== null ? { ...json } : {};
    return { status: answer.status, headers: answer.headers, body: object, list, text };
  };
}

export interface Installed {
  readonly forge: LocalForge;
  /** As the app itself. */
  readonly asApp: Ask;
  /** As the app's installation on acme. */
  readonly ask: Ask;
}

/** A forge with the repository acme/shop, closed after the test. */
export async function startShop(
  options: LocalForgeOptions = {},
  files: Readonly<Record<string, string>> = { 'web/values.yaml': 'replicas: 2\n', 'README.md': '# shop\n' },
): Promise<Installed> {
  const forge = await createLocalForge(options);
  onTestFinished(() => forge.close());
  await forge.createRepository({ owner: 'acme', name: 'shop', files });
  const asApp = asker(forge, appToken(forge.app));
  return { forge, asApp, ask: asker(forge, await installationToken(asApp, 'acme/shop')) };
}

/** A fresh token of the app's installation on a repository. */
export async function installationToken(asApp: Ask, repo: string, narrowed: unknown = {}): Promise<string> {
  const installation = await asApp(`GET /repos/${repo}/installation`);
  const token = await asApp(`POST /app/installations/${String(installation.body['id'])}/access_tokens`, narrowed);
  return String(token.body['token']);
}

/** What git itself says about a repository of the forge. */
export function gitSays(forge: LocalForge, repo: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd: forge.gitDir(repo), encoding: 'utf8' }).trim();
}

export interface ReceivedHook {
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** A receiver of webhooks that keeps them; `status` is what it answers. */
export async function startReceiver(status = 200): Promise<{ readonly url: string; readonly hooks: ReceivedHook[] }> {
  const hooks: ReceivedHook[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString('utf8');
      hooks.push({ headers: request.headers, raw, payload: JSON.parse(raw) });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, hooks };
}
