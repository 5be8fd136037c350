import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setupForm, setupMessage } from '../../templates/setup-page.ts';
import { asProblem } from '../spec/problem.ts';
import { appManifest } from './app-manifest.ts';
import { type AppCredentials, convertManifest } from './convert-manifest.ts';
import type { GitHubAddress } from './github-address.ts';
import { listenHere } from './listen.ts';

export interface SetupOptions {
  readonly github: GitHubAddress;
  readonly controlRepository: string;
  readonly port: number;
  /** Where GitHub delivers webhooks to, by the port that this server got. */
  readonly webhookUrl: (port: number) => string;
  /** Keeps the credentials. What it throws is shown in the browser, and the set-up goes on. */
  readonly keep: (app: AppCredentials) => Promise<void>;
}

/** A set-up that waits for a person. */
export interface Setup {
  /** What to open in a browser; it holds a key, so that nobody else's page can begin here. */
  readonly url: string;
  readonly port: number;
  /** Resolves when the App is registered, its credentials are kept, and the server is closed. */
  readonly done: Promise<AppCredentials>;
  close(): Promise<void>;
}

const COOKIE = 'trimtab_setup';
/** Nothing but the form and GitHub's answer to it: no script, no frame around it, no address passed on. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * Serves the page from which a person registers the App, on 127.0.0.1 only, until it is done once. The code that GitHub
 * gives is taken only from the browser that opened the page: its state is random, good once, and must come back both in
 * the address and in a cookie. So no other page, and nobody else on the machine, can put an App of theirs in its place or
 * get this one's key, which is in no page at all.
 * https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#implementing-the-github-app-manifest-flow
 */
export async function serveSetup(options: SetupOptions): Promise<Setup> {
  const key = randomBytes(16).toString('hex');
  let state: string | undefined;
  let finish: (app: AppCredentials) => void = () => undefined;
  const registered = new Promise<AppCredentials>((resolve) => {
    finish = resolve;
  });
  const server = createServer((request, response) => {
    void answer(request, response).catch((thrown) => {
      page(response, 500, setupMessage('That did not work', asProblem(thrown)));
    });
  });
  const port = await listenHere(server, options.port);
  const origin = `http://127.0.0.1:${port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = new URL(request.url ?? '/', origin);
    if (request.headers.host !== `127.0.0.1:${port}`) return page(response, 421, setupMessage('Unknown host'));
    if (request.method !== 'GET') return page(response, 405, setupMessage('Only GET'));
    if (address.pathname === '/setup/registered') return await complete(request, address, response);
    if (address.pathname !== '/setup' || !same(address.searchParams.get('key'), key)) {
      return page(response, 403, setupMessage('Open the whole address that trimtab printed'));
    }
    begin(response);
  }

  function begin(response: ServerResponse): void {
    state = randomBytes(24).toString('hex');
    response.setHeader('set-cookie', `${COOKIE}=${state}; HttpOnly; SameSite=Lax; Path=/setup; Max-Age=3600`);
    const { controlRepository, github } = options;
    const manifest = appManifest({
      controlRepository,
      githubUrl: github.url,
      webhookUrl: options.webhookUrl(port),
      redirectUrl: `${origin}/setup/registered`,
    });
    page(response, 200, setupForm({ controlRepository, githubUrl: github.url, state, manifest }));
  }

  async function complete(request: IncomingMessage, address: URL, response: ServerResponse): Promise<void> {
    const [sent, code] = [address.searchParams.get('state'), address.searchParams.get('code') ?? ''];
    const expected = state;
    if (expected === undefined || !same(sent, expected) || !same(cookieOf(request), expected) || code === '') {
      return page(response, 403, setupMessage('This answer was not asked for here'));
    }
    state = undefined;
    const app = await convertManifest(options.github.api, code);
    await options.keep(app);
    response.writeHead(302, { ...HEADERS, location: `${app.page}/installations/new`, connection: 'close' });
    response.end(() => finish(app));
  }

  const close = (): Promise<void> => closeServer(server);
  return {
    url: `${origin}/setup?key=${key}`,
    port,
    done: registered.then(async (app) => {
      await close();
      return app;
    }),
    close,
  };
}

function page(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, HEADERS).end(html);
}

function cookieOf(request: IncomingMessage): string | null {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name === COOKIE)?.[1] ?? null;
}

function same(given: string | null, expected: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
