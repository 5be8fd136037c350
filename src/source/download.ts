import { lookup as resolveHost } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import redirects from 'follow-redirects';
import { Problem } from '../spec/problem.ts';
import { isPublicAddress } from './public-address.ts';

export interface DownloadOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** More than this is an error. */
  readonly maxBytes: number;
  /** The host may be in a private network: somebody has registered it. One that it redirects to may not. Default false. */
  readonly privateHosts?: boolean;
  /** Of the registered repository: its own certificate authority, a client certificate, or no check at all. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly insecure?: boolean };
}

export interface Downloaded {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Ends with Problem `limit-exceeded` when it is longer than allowed. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Milliseconds in which nothing comes, after which a download is given up. */
const TIME_LIMIT = 30_000;
const MOST_REDIRECTS = 5;

/**
 * GET over HTTP(S), through at most five redirects: credentials stay behind when one leads to another host. Without
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
        headers: { 'user-agent': 'trimtab', ...options.headers },
        maxRedirects: MOST_REDIRECTS,
        lookup: options.privateHosts === true ? lookupBut(url.hostname) : publicLookup,
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        ...(insecure === true ? { rejectUnauthorized: false } : {}),
        beforeRedirect: (next: { readonly hostname?: string | null | undefined }) => mayAsk(next.hostname ?? ''),
      },
      (response) =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: limited(response, options.maxBytes, url.host),
        }),
    );
    request.setTimeout(TIME_LIMIT, () => request.destroy(new Error('no answer in time')));
    request.on('error', (error) => reject(asProblem(error, url.host)));
    request.end();
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

async function* limited(response: IncomingMessage, maxBytes: number, host: string): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of response) {
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
