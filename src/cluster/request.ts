import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import { Problem } from '../spec/problem.ts';
import type { Access } from './access.ts';
import type { ApiAnswer, ApiRequest, Connection } from './connection.ts';
import { answerProblem, isDropped, networkProblem } from './errors.ts';
import { exchange, type Message, type Reply } from './exchange.ts';
import { createPace } from './pace.ts';
import { holdsSecret } from './secret-texts.ts';

/** How patient a connection is. */
export interface Patience {
  /** For one request and its answer. Default 30 s. */
  readonly timeoutMs?: number;
  /** How often a request is sent again. Default 3. */
  readonly retries?: number;
  /** The first pause before that; each one is twice as long. Default 200 ms. */
  readonly backoffMs?: number;
  /** Waits for as long as a Retry-After header says. Default: a timer. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** Requests in flight to one server: as many as its connections (`agent.ts`). */
const AT_ONCE = 16;

/** A server that wants to be left alone for longer is left to the caller, who can put the work back on its queue. */
const LONGEST_RETRY_AFTER_SECONDS = 10;

/**
 * A connection that sends raw JSON. A 429 is sent again after its Retry-After, whatever the method: the server had not
 * begun; until then nothing else is sent to it, and then less at a time. A 401 is, with new credentials, where there may be such. Reads are sent again after a 5xx or a dropped connection as well; writes are not, since they may have happened.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
 */
export function createConnection(
  about: Pick<Connection, 'cluster' | 'server' | 'namespaces' | 'namespacedOnly'>,
  access: Access,
  patience: Patience = {},
): Connection {
  const { timeoutMs = 30_000, retries = 3, backoffMs = 200, wait = sleep } = patience;
  const { url, proxy, compress } = access;
  const at = { cluster: about.cluster, url, ...(proxy === undefined ? {} : { proxy }) };
  /** While the server is too busy, none of the requests of this connection goes out: it sheds load. */
  let pause: Promise<unknown> | undefined;
  const pace = createPace(AT_ONCE);

  function rest(seconds: number): Promise<unknown> {
    pause ??= wait(seconds * 1000).finally(() => {
      pause = undefined;
    });
    return pause;
  }

  async function attempt(request: ApiRequest): Promise<ApiAnswer> {
    while (pause !== undefined) await pause;
    const round = pace.round();
    const reply = await reach(request);
    if (reply.status === 429) pace.refused(round);
    else pace.served();
    const body = parse(reply);
    const fine = (reply.status >= 200 && reply.status < 300) || request.expect?.includes(reply.status) === true;
    if (!fine) {
      const secret = request.subject.secret === true || holdsSecret(request.body);
      throw answerProblem(
        at,
        { ...request.subject, secret },
        {
          status: reply.status,
          body,
          retryAfter: reply.headers['retry-after'],
        },
      );
    }
    if (body === undefined && reply.status < 300) throw notKubernetes(at, request);
    const { etag } = reply.headers;
    return {
      status: reply.status,
      body,
      warnings: warningsOf(reply.headers.warning),
      ...(etag === undefined ? {} : { etag }),
    };
  }

  async function reach(request: ApiRequest): Promise<Reply> {
    try {
      const message = { ...messageOf(request, url, timeoutMs), compress };
      const { refused, ...authorised } = await access.authorise(message.headers);
      const reply = await exchange({ ...message, ...authorised });
      if (reply.status !== 401 || refused === undefined) return reply;
      await refused();
      return await exchange({ ...message, ...(await access.authorise(message.headers)) });
    } catch (error) {
      throw networkProblem(at, request.subject, error);
    }
  }

  return {
    ...about,
    send: (request) =>
      pRetry(() => pace.run(() => attempt(request)), {
        retries,
        minTimeout: backoffMs,
        randomize: true,
        shouldRetry: ({ error }) => mayRepeat(request, error) && !pace.isHopeless(),
        onFailedAttempt: async ({ error, retriesLeft }) => {
          const seconds = error instanceof Problem ? (error.retryAfterSeconds ?? 0) : 0;
          if (retriesLeft > 0 && seconds > 0 && mayRepeat(request, error) && !pace.isHopeless()) await rest(seconds);
        },
      }),
  };
}

function mayRepeat(request: ApiRequest, error: unknown): boolean {
  if (!(error instanceof Problem) || (error.retryAfterSeconds ?? 0) > LONGEST_RETRY_AFTER_SECONDS) return false;
  if (error.code === 'rate-limited') return true;
  return request.method === 'GET' && (error.code === 'unavailable' || isDropped(error));
}

function messageOf(request: ApiRequest, base: string, timeoutMs: number): Omit<Message, 'agent' | 'compress'> {
  const url = new URL(base);
  // The server's URL may have a path of its own, as behind Rancher: /k8s/clusters/c-m-x7f2k.
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${request.path}`;
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return {
    url,
    method: request.method,
    headers: {
      accept: request.accept ?? 'application/json',
      'user-agent': 'trimtab',
      ...(request.etag === undefined ? {} : { 'if-none-match': request.etag }),
      ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    timeoutMs,
  };
}

function parse(reply: Reply): unknown {
  try {
    return JSON.parse(reply.text);
  } catch {
    return undefined;
  }
}

function notKubernetes(at: { readonly cluster: string; readonly url: string }, request: ApiRequest): Problem {
  return new Problem(
    'cluster-unreachable',
    `Cluster ${at.cluster} could not ${request.subject.doing}: ${at.url} answered, but not with JSON.`,
    { fix: 'Is this the URL of an API server, and not of a proxy, a dashboard or a login page?' },
  );
}

/** `299 - "text"`, several of them joined by commas; quotes and backslashes are escaped. RFC 7234, section 5.5 */
function warningsOf(header: string | undefined): readonly string[] {
  const found = (header ?? '').matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g);
  return [...found].map(([, text = '']) => text.replace(/\\(.)/g, '$1'));
}
