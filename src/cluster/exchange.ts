import type { Agent, IncomingMessage } from 'node:http';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** One HTTP request, ready to be sent. */
export interface Message {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly agent: Agent;
  /** `user:password` for Basic authentication. */
  readonly auth?: string;
  /** Whether the answer may come in gzip. */
  readonly compress: boolean;
  /** For the whole exchange, from the look-up of the name to the last byte. */
  readonly timeoutMs: number;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

const unzip = promisify(gunzip);

/**
 * Sends one request and reads the whole answer. Follows no redirect: an API server sends none, and credentials must not
 * travel to another host. Throws the errors of Node and OpenSSL.
 */
export async function exchange(message: Message): Promise<Reply> {
  try {
    return await once(message);
  } catch (error) {
    // A kept connection may be closed by the server just as it is used again; the request was then not looked at.
    // https://nodejs.org/api/http.html#requestreusedsocket
    if (message.method === 'POST' || !wasStale(error)) throw error;
    return await once(message);
  }
}

const STALE: unique symbol = Symbol('a kept connection that the server had closed');

function wasStale(error: unknown): boolean {
  return error instanceof Error && STALE in error;
}

function once(message: Message): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const send = message.url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(message.url, {
      method: message.method,
      headers: {
        ...message.headers,
        ...(message.compress ? { 'accept-encoding': 'gzip' } : {}),
        ...(message.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(message.body)) }),
      },
      agent: message.agent,
      signal: AbortSignal.timeout(message.timeoutMs),
      ...(message.auth === undefined ? {} : { auth: message.auth }),
    });
    request.once('response', (response) => {
      read(response).then(resolve, reject);
    });
    request.once('error', (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(stale ? Object.assign(error, { [STALE]: true }) : error);
    });
    request.end(message.body);
  });
}

async function read(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const raw = Buffer.concat(chunks);
  const bytes = response.headers['content-encoding'] === 'gzip' && raw.length > 0 ? await unzip(raw) : raw;
  return { status: response.statusCode ?? 0, headers: response.headers, text: bytes.toString('utf8') };
}
