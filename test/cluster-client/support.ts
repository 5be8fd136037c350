import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ConnectOptions } from '../../src/cluster/connect.ts';
import { createWritableClusters } from '../../src/cluster/writable.ts';
import { createLocalCluster, type LocalCluster, type LocalClusterOptions } from '../../src/local/cluster/index.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import type { ClusterReader, ClusterWriter } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';
import type { ClusterRegistration } from '../../src/spec/settings.ts';

export const QUICK = { backoffMs: 1, timeoutMs: 5000 } as const;

export function registered(server: string, more: Partial<ClusterRegistration> = {}): ClusterRegistration {
  return { name: 'production', server, labels: {}, namespaces: [], config: {}, ...more };
}

export interface Clients {
  readonly reader: ClusterReader;
  readonly writer: ClusterWriter;
}

export async function clientsOf(registration: ClusterRegistration, options: ConnectOptions = {}): Promise<Clients> {
  const clusters = createWritableClusters({ ...QUICK, ...options });
  return { reader: await clusters.reader(registration), writer: await clusters.writer(registration) };
}

/** The embedded cluster and clients for it, closed after the test. */
export async function startCluster(
  options: LocalClusterOptions = {},
  more: Partial<ClusterRegistration> = {},
): Promise<Clients & { readonly cluster: LocalCluster }> {
  const cluster = await createLocalCluster({ controllers: 'manual', ...options });
  onTestFinished(() => cluster.close());
  return { cluster, ...(await clientsOf(registered(cluster.url, more))) };
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Cuts the connection instead. */
  readonly drop?: boolean;
  /** Never answers. */
  readonly hang?: boolean;
}

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** The kinds that the scripted server serves. */
const DISCOVERY: Readonly<Record<string, unknown>> = {
  '/api': {
    kind: 'APIGroupDiscoveryList',
    items: [
      group('', 'v1', [
        ['Secret', 'secrets'],
        ['ConfigMap', 'configmaps'],
      ]),
    ],
  },
  '/apis': { kind: 'APIGroupDiscoveryList', items: [group('apps', 'v1', [['Deployment', 'deployments']])] },
};

function group(name: string, version: string, kinds: readonly (readonly [string, string])[]): unknown {
  const resources = kinds.map(([kind, resource]) => ({
    resource,
    responseKind: { group: name, version, kind },
    scope: 'Namespaced',
    verbs: ['get', 'list', 'patch', 'create', 'delete'],
  }));
  return { metadata: { name }, versions: [{ version, resources, freshness: 'Current' }] };
}

/** A server that plays recorded answers; discovery is answered beside them. `asked` leaves discovery out. */
export async function script(
  answer: (asked: Asked, nth: number) => Reply,
  tls?: { readonly key: string; readonly cert: string },
): Promise<{ readonly url: string; readonly asked: Asked[]; readonly connections: () => number }> {
  const asked: Asked[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      const known = DISCOVERY[path];
      const one = {
        method: request.method ?? '',
        url: path,
        headers: request.headers,
        body: String(Buffer.concat(chunks)),
      };
      if (known === undefined) asked.push(one);
      const reply = known === undefined ? answer(one, asked.length) : { body: known };
      if (reply.drop === true) request.socket.destroy();
      else if (reply.hang !== true) {
        response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
        response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {}));
      }
    });
  };
  let connections = 0;
  const server: Server = tls === undefined ? createServer(handle) : createTlsServer({ ...tls }, handle);
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, asked, connections: () => connections };
}

/** The Status that an API server refuses with. */
export function status(code: number, reason: string, message: string, details: unknown = {}): Reply {
  return {
    status: code,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, details, code },
  };
}

export async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof Problem) return thrown;
  throw new Error('expected a Problem', { cause: thrown });
}

export function deployment(name = 'web', spec: Readonly<Record<string, unknown>> = {}): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'web', image: 'ghcr.io/acme/web:1.4.2' }] },
      },
      ...spec,
    },
  };
}

export function configMap(name: string, data: Readonly<Record<string, string>> = {}): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data };
}

export const SHOP: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
