import { request as plain } from 'node:http';
import { request as secure } from 'node:https';

/** An API server that the contract is run against. */
export interface ApiServer {
  readonly url: string;
  /** Sent with each request: `authorization`, for instance. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For https: what a kubeconfig says of certificates, as PEM. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  close(): Promise<void>;
}

/** What JSON.parse gives: tests walk through answers of every shape and compare what they find. */
export type Loose = ReturnType<typeof JSON.parse>;

/** What a request is made of besides its method and path. */
interface Sending {
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
  readonly userAgent?: string;
}

/** An answer, its JSON already read. */
interface Received {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  readonly json: Loose;
}

/** The verbs of the contract's own raw client. */
export interface Client {
  send(method: string, path: string, sending?: Sending): Promise<Received>;
  get(path: string, accept?: string): Promise<Received>;
  post(path: string, body: unknown): Promise<Received>;
  put(path: string, body: unknown): Promise<Received>;
  merge(path: string, body: unknown): Promise<Received>;
  json(path: string, body: unknown): Promise<Received>;
  strategic(path: string, body: unknown): Promise<Received>;
  /** Server-side apply; `manager` is the field manager. */
  apply(path: string, manager: string, body: unknown, query?: string): Promise<Received>;
  delete(path: string, body?: unknown): Promise<Received>;
  /** Reads watch events until `count` have come. */
  watch(path: string, count: number, started?: () => Promise<unknown>): Promise<readonly WatchEvent[]>;
}

/** One line of a watch. */
export interface WatchEvent {
  readonly type: string;
  readonly object: Loose;
}

/** A client for a server; it knows nothing of Kubernetes but media types. */
export function createClient(server: ApiServer): Client {
  function open(method: string, path: string, sending: Sending) {
    const url = new URL(path, server.url);
    const text = sending.body === undefined ? undefined : JSON.stringify(sending.body);
    const start = url.protocol === 'https:' ? secure : plain;
    const outgoing = start(url, {
      method,
      ...server.tls,
      headers: {
        accept: sending.accept ?? 'application/json',
        'user-agent': sending.userAgent ?? 'contract/1.0',
        ...(text === undefined
          ? {}
          : { 'content-type': sending.type ?? 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...server.headers,
      },
    });
    outgoing.end(text);
    return outgoing;
  }

  function send(method: string, path: string, sending: Sending = {}): Promise<Received> {
    return new Promise((resolve, reject) => {
      const outgoing = open(method, path, sending);
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const isJson = String(incoming.headers['content-type']).startsWith('application/json');
          resolve({
            code: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text,
            json: isJson ? JSON.parse(text) : undefined,
          });
        });
      });
    });
  }

  return {
    send,
    get: (path, accept) => send('GET', path, accept === undefined ? {} : { accept }),
    post: (path, body) => send('POST', path, { body }),
    put: (path, body) => send('PUT', path, { body }),
    merge: (path, body) => send('PATCH', path, { body, type: 'application/merge-patch+json' }),
    json: (path, body) => send('PATCH', path, { body, type: 'application/json-patch+json' }),
    strategic: (path, body) => send('PATCH', path, { body, type: 'application/strategic-merge-patch+json' }),
    apply: (path, manager, body, query = '') =>
      send('PATCH', `${path}?fieldManager=${manager}${query}`, { body, type: 'application/apply-patch+yaml' }),
    delete: (path, body) => send('DELETE', path, body === undefined ? {} : { body }),
    watch: (path, count, started) =>
      new Promise((resolve, reject) => {
        const outgoing = open('GET', path, {});
        const events: WatchEvent[] = [];
        let rest = '';
        outgoing.on('error', (error) => (events.length >= count ? undefined : reject(error)));
        outgoing.on('response', (incoming) => {
          incoming.on('error', () => undefined);
          incoming.on('data', (chunk: Buffer) => {
            const lines = (rest + chunk.toString('utf8')).split('\n');
            rest = lines.pop() ?? '';
            for (const line of lines) events.push(JSON.parse(line) as WatchEvent);
            if (events.length < count) return;
            outgoing.destroy();
            resolve(events.slice(0, count));
          });
          incoming.on('end', () => resolve(events));
          started?.().catch(reject);
        });
      }),
  };
}
