import { lookup as resolveHost } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import redirects from 'follow-redirects';
import { Problem } from '../spec/problem.ts';
import { isPublicAddress } from './public-address.ts';

export interface DownloadOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent by POST in place of a GET. */
  readonly post?: Uint8Array;
  /** Redirects within the scheme, host and port of the address are followed, and others are Problem `forbidden`. */
  readonly sameOrigin?: boolean;
  /** Milliseconds until all of it must be there. Default five minutes. */
  readonly timeLimit?: number;
  /** More than this is an error. */
  readonly maxBytes: number;
  /** The host may be in a private network: somebody has registered it. One that it redirects to may not. Default false. */
  readonly privateHosts?: boolean;
  /** Of the registered repository: its own certificate authority, a client certificate, or no check at all. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly insecure?: boolean };
}

export interface Downloaded {
  readonly status: number;
  /** Where it came from in the end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Ends with Problem `limit-exceeded` when it is longer than allowed. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Milliseconds in which nothing comes, after which a download is given up. */
const PATIENCE = 30_000;
/** Milliseconds after which one is given up although something comes: a server may send a byte now and then for ever. */
const TIME_LIMIT = 5 * 60_000;
const MOST_REDIRECTS = 5;

/**
 * GET (or POST) over HTTP(S), through at most five redirects: credentials stay behind when one leads to another host. Without
 * `privateHosts` only public addresses are connected to, whatever a name resolves to in that moment, so neither a redirect nor
 * a changing DNS answer leads into the network that trimtab runs in. Throws Problem `unavailable` for whoever does not
 * answer, `forbidden` for an address that may not be asked.
 */
export function download(address: string, options: DownloadOptions): Promise<Downloaded> {
  const url = new URL(address);
  const client = url.protocol === 'https:' ? redirects.https : redirects.http;
  const { ca, cert, key, insecure } = options.tls ?? {};
  const mayAsk = (host: string): void => {
    const plain = host.replace(/^\[|\]$/g, '');
    const isRegistered = options.privateHosts === true && host === url.hostname;
    if (!isRegistered && isIP(plain) !== 0 && !isPublicAddress(plain)) throw notPublic(host);
  };
  return new Promise((resolve, reject) => {
    mayAsk(url.hostname);
    const request = client.request(
      url,
      {
        method: options.post === undefined ? 'GET' : 'POST',
        headers: { 'user-agent': 'trimtab', ...options.headers },
        maxRedirects: MOST_REDIRECTS,
        lookup: options.privateHosts === true ? lookupBut(url.hostname) : publicLookup,
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        ...(insecure === true ? { rejectUnauthorized: false } : {}),
        beforeRedirect: (next: { readonly hostname?: string | null | undefined; readonly href?: string }) => {
          const to = new URL(next.href ?? '', url);
          if (options.sameOrigin === true && to.origin !== url.origin) throw leadsAway(url, to);
          mayAsk(next.hostname ?? '');
        },
      },
      (response) =>
        resolve({
          status: response.statusCode ?? 0,
          url: response.responseUrl,
          headers: response.headers,
          body: limited(response, options.maxBytes, { host: url.host, deadline }),
        }),
    );
    const timeLimit = options.timeLimit ?? TIME_LIMIT;
    const deadline = Date.now() + timeLimit;
    const late = new Error('no answer in time');
    request.setTimeout(Math.min(PATIENCE, timeLimit), () => request.destroy(late));
    request.on('error', (error) => reject(asProblem(error, url.host)));
    request.end(options.post);
  });
}

/** The whole body as text. */
export async function textOf({ body }: Downloaded): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** A registered host is wherever it is; every other host is public. */
function lookupBut(registered: string): LookupFunction {
  return (host, options, done) =>
    host === registered ? resolveHost(host, options, done) : publicLookup(host, options, done);
}

const publicLookup: LookupFunction = (host, options, done) => {
  resolveHost(host, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return done(error, []);
    const open = addresses.filter(({ address }) => isPublicAddress(address));
    const [first] = open;
    if (first === undefined) return done(notPublic(host) as NodeJS.ErrnoException, []);
    return options.all === true ? done(null, open) : done(null, first.address, first.family);
  });
};

async function* limited(
  response: IncomingMessage,
  maxBytes: number,
  { host, deadline }: { readonly host: string; readonly deadline: number },
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of response) {
      if (Date.now() > deadline) throw new Error('not all of it came in time');
      bytes += (chunk as Uint8Array).length;
      if (bytes > maxBytes) throw new Problem('limit-exceeded', `${host} sends more than ${maxBytes} bytes.`);
      yield chunk as Uint8Array;
    }
  } catch (thrown) {
    throw asProblem(thrown, host);
  } finally {
    response.destroy();
  }
}

function notPublic(host: string): Problem {
  return new Problem('forbidden', `${host} is not on the internet, and no repository is registered there.`, {
    fix: 'Register the repository with a Secret (argocd.argoproj.io/secret-type: repository), if trimtab is to read from it.',
  });
}

function leadsAway(from: URL, to: URL): Problem {
  return new Problem('forbidden', `${from.host} sends whoever asks to ${to.origin}, where trimtab does not follow.`, {
    where: { field: 'spec.source.repoURL' },
    fix: `Write the URL that the repository has there, if that is the one: ${to.origin}/…`,
  });
}

/** What Node says of a connection never holds credentials; what follow-redirects wraps is in its cause. */
function asProblem(thrown: unknown, host: string): Problem {
  if (thrown instanceof Problem) return thrown;
  const { cause, message = String(thrown) } = (thrown ?? {}) as { cause?: unknown; message?: string };
  if (cause instanceof Problem) return cause;
  return new Problem('unavailable', `${host} does not answer: ${message.slice(0, 200)}.`, {
    cause: thrown,
    retryAfterSeconds: 30,
  });
}
