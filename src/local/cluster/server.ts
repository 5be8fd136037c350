import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { parseAllDocuments } from 'yaml';
import { type ApiContext, answer } from './api.ts';
import { apiError, badRequest, isApiError, type Status } from './api-error.ts';
import type { Json } from './json.ts';
import type { ApiRequest } from './request.ts';
import { watchObjects } from './watch.ts';

/** A request as a test sees it before the cluster does. */
interface Intercepted {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** What a test wants to happen instead of the cluster's answer. */
interface Fault {
  /** Answers with this status; without it the request goes on to the cluster. */
  readonly status?: number;
  /** The body of that answer; a Status with the code when left out. */
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds to wait first. */
  readonly delay?: number;
  /** Cuts the connection without an answer. */
  readonly drop?: boolean;
}

/** One line of the request log. */
export interface LoggedRequest {
  readonly method: string;
  /** The path without its query. */
  readonly path: string;
  readonly query: string;
}

/** How the HTTP side is set up. */
export interface ServerOptions {
  /** When set, requests without this bearer token get 401. */
  readonly token?: string;
  intercept?(request: Intercepted): Fault | undefined;
}

/** The limit of the API server for a request's body. */
const BODY_LIMIT = 3 * 1024 * 1024;

/** An HTTP server over the API; it writes each request to `log` and does not listen yet. */
export function createApiServer(context: ApiContext, options: ServerOptions, log: LoggedRequest[]): Server {
  return createServer((incoming, response) => {
    handle(context, options, log, incoming, response).catch((thrown: unknown) => {
      if (response.headersSent) response.destroy();
      else sendError(response, thrown);
    });
  });
}

async function handle(
  context: ApiContext,
  options: ServerOptions,
  log: LoggedRequest[],
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(incoming.url ?? '/', 'http://cluster.invalid');
  const method = incoming.method ?? 'GET';
  log.push({ method, path: url.pathname, query: url.search.slice(1) });
  const text = await readBody(incoming);
  if (options.token !== undefined && incoming.headers.authorization !== `Bearer ${options.token}`) {
    throw apiError(401, 'Unauthorized', 'Unauthorized');
  }
  const contentType = incoming.headers['content-type'] ?? '';
  const body = parseBody(text, contentType);
  const fault = options.intercept?.({ method, path: url.pathname, query: url.searchParams, body });
  if (fault !== undefined && (await fail(fault, incoming, response))) return;
  const request: ApiRequest = {
    method,
    path: url.pathname,
    query: url.searchParams,
    accept: incoming.headers.accept ?? '',
    contentType,
    userAgent: incoming.headers['user-agent'] ?? '',
    body,
  };
  const warnings: string[] = [];
  const outcome = answer(context, request, (message) => warnings.push(message));
  for (const message of new Set(warnings)) response.appendHeader('warning', `299 - ${JSON.stringify(message)}`);
  if ('watch' in outcome) {
    watchObjects(context.store, context.catalog, request, outcome.watch, response, () => context.now());
    return;
  }
  const { code, body: sent, contentType: type } = outcome.answer;
  send(response, code, typeof sent === 'string' ? sent : `${JSON.stringify(sent)}\n`, type ?? 'application/json');
}

/** Does what the test asked for; true when the request is thereby over. */
async function fail(fault: Fault, incoming: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (fault.delay !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delay));
  if (fault.drop === true) {
    incoming.socket.destroy();
    return true;
  }
  if (fault.status === undefined) return false;
  for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value);
  const body = fault.body ?? {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'asked for by a test',
    code: fault.status,
  };
  send(response, fault.status, JSON.stringify(body), 'application/json');
  return true;
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size <= BODY_LIMIT) chunks.push(bytes);
  }
  if (size > BODY_LIMIT)
    throw apiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${BODY_LIMIT}`);
  return Buffer.concat(chunks).toString('utf8');
}

function parseBody(text: string, contentType: string): unknown {
  if (text.trim() === '') return undefined;
  if (/protobuf|cbor/.test(contentType)) {
    throw apiError(
      415,
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml (the embedded cluster reads no protobuf: write YAML with --dry-run=client -o yaml, then kubectl apply -f -)',
    );
  }
  try {
    return contentType.includes('yaml') && !text.trimStart().startsWith('{') ? parseYaml(text) : JSON.parse(text);
  } catch (cause) {
    throw badRequest(
      `couldn't get version/kind; json parse error: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
}

function parseYaml(text: string): unknown {
  const [first] = parseAllDocuments(text);
  if (first === undefined || !('errors' in first)) return undefined;
  const [error] = first.errors;
  if (error !== undefined) throw error;
  return first.toJS();
}

function sendError(response: ServerResponse, thrown: unknown): void {
  const status: Status = isApiError(thrown)
    ? thrown.status
    : {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: `Internal error occurred: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
        reason: 'InternalError',
        code: 500,
      };
  send(response, status.code, `${JSON.stringify(status)}\n`, 'application/json');
}

function send(response: ServerResponse, code: number, text: string, contentType: string): void {
  const bytes = Buffer.from(text, 'utf8');
  response.writeHead(code, {
    'content-type': contentType,
    'content-length': bytes.length,
    'cache-control': 'no-cache, private',
  });
  response.end(bytes);
}
