import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { archiveOf, type Until } from './archive.ts';

/** What a request gets. */
export interface Given {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface ChartServer {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** `GET path` of every request, in order, with the user that it names. */
  readonly asked: string[];
}

/** An HTTP server on this machine that answers by path and is gone when the test is over. */
export async function serve(
  answer: (path: string, request: IncomingMessage) => Given | undefined,
  until: Until = onTestFinished,
): Promise<ChartServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { url = '', headers } = request;
    const [scheme = '', secret = ''] = (headers.authorization ?? '').split(' ');
    const who = scheme === 'Basic' ? ` as ${Buffer.from(secret, 'base64').toString().split(':')[0]}` : '';
    asked.push(`${url}${who}`);
    const given = answer(url, request) ?? { status: 404 };
    response.writeHead(given.status ?? 200, given.headers);
    response.end(given.body ?? '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  until(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** The archive of a chart, as `helm package` makes it. */
export function chartArchive(name: string, version: string): Buffer {
  return archiveOf([
    { path: `${name}/Chart.yaml`, text: `apiVersion: v2\nname: ${name}\nversion: ${version}\n` },
    { path: `${name}/values.yaml`, text: 'replicas: 1\n' },
    {
      path: `${name}/templates/config.yaml`,
      text: `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  version: "{{ .Chart.Version }}"\n  replicas: "{{ .Values.replicas }}"\n`,
    },
  ]);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A chart repository with these versions of one chart. */
export function chartRepository(
  name: string,
  versions: readonly string[],
  changes: { readonly url?: (version: string) => string; readonly digest?: string } = {},
): (path: string) => Given | undefined {
  const archives = new Map(versions.map((version) => [version, chartArchive(name, version)]));
  const entries = versions.map((version) => ({
    version,
    urls: [changes.url?.(version) ?? `${name}-${version}.tgz`],
    digest: changes.digest ?? sha256(archives.get(version) ?? new Uint8Array()),
  }));
  return (path) => {
    if (path.endsWith('/index.yaml'))
      return { body: JSON.stringify({ apiVersion: 'v1', entries: { [name]: entries } }) };
    const [, version = ''] = new RegExp(`/${name}-(.+)\\.tgz$`).exec(path) ?? [];
    const body = archives.get(version);
    return body === undefined ? undefined : { body };
  };
}
