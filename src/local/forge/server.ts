import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import type { Permission } from '../../spec/ports.ts';
import { listenHere } from '../listen.ts';
import { createPeople } from './act.ts';
import { createApi, type Exchange, type Fault, type ForgeRequest } from './api.ts';
import { registerApp } from './auth.ts';
import { requireGit } from './git.ts';
import type { Server } from './http.ts';
import { createPages } from './pages/index.ts';
import type { People } from './people.ts';
import { takeArchive } from './routes/repository.ts';
import { createState } from './state.ts';
import { createWebhooks } from './webhooks.ts';

export interface LocalForgeOptions {
  /** Where deliveries go; nowhere until it is set. */
  readonly webhookUrl?: string;
  /** The secret that signs deliveries; a random one when absent. */
  readonly webhookSecret?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Name of the app; its bot is `<name>[bot]`. Default `trimtab`. */
  readonly app?: string;
  /** What the app may do; default: all that trimtab asks for. */
  readonly permissions?: Readonly<Record<string, string>>;
  /** People and what they may do in every repository; default alice (admin), bob (write), carol (read), mallory (none). */
  readonly users?: Readonly<Record<string, Permission>>;
  /** How many looks at a pull request's new head answer `mergeable: null` first, as GitHub does while it tries. Default 0. */
  readonly mergeabilityDelay?: number;
  /** The clock. */
  readonly now?: () => Date;
  /** Called with every request to the API and its answer. */
  readonly onExchange?: (exchange: Exchange) => void;
  /** Gives an answer in place of the forge's own. */
  readonly intercept?: (request: ForgeRequest) => Fault | undefined;
}

/** An app's credentials, as a person would put them into the settings of trimtab. */
interface AppCredentials {
  readonly id: number;
  readonly clientId: string;
  readonly privateKey: string;
  readonly webhookSecret: string;
}

/** A GitHub on this machine. */
export interface LocalForge extends People {
  /** `http://127.0.0.1:PORT`: the pages. */
  readonly url: string;
  /** Base of the REST API, as of GitHub Enterprise Server; GraphQL is beside it at `/api/graphql`. */
  readonly apiUrl: string;
  readonly app: AppCredentials;
  /** From now on, deliveries of the app go there; undefined switches them off. */
  setWebhookUrl(url: string | undefined): void;
  /** Replaces the `intercept` of the options; undefined lets everything pass. */
  setIntercept(intercept: ((request: ForgeRequest) => Fault | undefined) | undefined): void;
  /** The last requests to the API with their answers, oldest first. */
  exchanges(): readonly Exchange[];
  /** Stops the server and removes the repositories. */
  close(): Promise<void>;
}

/** What trimtab's app asks for when it is registered. */
const APP_PERMISSIONS = {
  metadata: 'read',
  contents: 'write',
  pull_requests: 'write',
  issues: 'write',
  checks: 'write',
  statuses: 'write',
  deployments: 'write',
} as const;

/** The events that trimtab's app is subscribed to. */
const APP_EVENTS = ['pull_request', 'push', 'issue_comment', 'check_run'] as const;

const PEOPLE: Readonly<Record<string, Permission>> = { alice: 'admin', bob: 'write', carol: 'read', mallory: 'none' };
/** A server that is left running must not remember every call for ever. */
const MAX_EXCHANGES = 2000;

/**
 * Starts a GitHub on 127.0.0.1 over real bare git repositories in a temporary folder: the REST and GraphQL calls that
 * trimtab makes, signed webhooks, and pages to play with. Pull requests, comments, checks and deployments are in memory.
 * Throws Problem `misconfigured` when git is missing or too old, or the port is taken.
 */
export async function createLocalForge(options: LocalForgeOptions = {}): Promise<LocalForge> {
  await requireGit();
  const dir = await mkdtemp(join(tmpdir(), 'trimtab-forge-'));
  const state = createState({
    now: options.now ?? (() => new Date()),
    mergeabilityDelay: options.mergeabilityDelay ?? 0,
  });
  const exchanges: Exchange[] = [];
  let intercept = options.intercept;

  let handle: (request: Request) => Promise<Response> = async () => new Response(null, { status: 503 });
  const http = createAdaptorServer({ fetch: (request: Request) => handle(request) });
  const port = await listenHere(http, options.port ?? 0);
  const url = `http://127.0.0.1:${port}`;
  const server: Server = { state, url, webhooks: createWebhooks(state, { url }) };

  const people = createPeople(server, dir);
  for (const [login, permission] of Object.entries(options.users ?? PEOPLE)) people.addUser(login, permission);
  const app = await registerApp(state, {
    name: options.app ?? 'trimtab',
    owner: [...state.users.values()][0] ?? people.addUser('alice', 'admin'),
    permissions: options.permissions ?? APP_PERMISSIONS,
    events: APP_EVENTS,
    webhookUrl: options.webhookUrl,
    webhookSecret: options.webhookSecret,
  });

  const api = createApi({
    server,
    intercept: (request) => intercept?.(request),
    onExchange(exchange) {
      exchanges.push(exchange);
      if (exchanges.length > MAX_EXCHANGES) exchanges.shift();
      options.onExchange?.(exchange);
    },
  });
  const pages = createPages(server, people);
  handle = async (request) => {
    const address = new URL(request.url);
    if (address.pathname.startsWith('/api/')) return api(request);
    if (address.pathname.startsWith('/_codeload/')) return download(server, address);
    return pages(request);
  };

  return {
    ...people,
    url,
    apiUrl: `${url}/api/v3`,
    app: { id: app.id, clientId: app.clientId, privateKey: app.privateKey, webhookSecret: app.webhookSecret },
    setWebhookUrl(to) {
      app.webhookUrl = to;
    },
    setIntercept(to) {
      intercept = to;
    },
    exchanges: () => exchanges,
    async close() {
      app.webhookUrl = undefined;
      await server.webhooks.idle();
      await new Promise<void>((resolve) => {
        http.close(() => resolve());
        if ('closeAllConnections' in http) http.closeAllConnections();
      });
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function download(server: Server, address: URL): Response {
  const archive = takeArchive({ state: server.state, query: address.searchParams });
  if (archive === undefined) return new Response('Not Found', { status: 404 });
  const body = ReadableStream.from<Uint8Array>(archive.stream);
  return new Response(body, {
    headers: {
      'content-type': 'application/x-gzip',
      'content-disposition': `attachment; filename=${archive.name}.tar.gz`,
    },
  });
}
