import http, { type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';

export interface PostLimits {
  /** Ends the request when who asked no longer wants it. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds in which nothing comes, after which the request is given up. */
  readonly timeLimit: number;
}

/**
 * One POST over a connection that stays open (Node's global agents keep them). Only the protocol in use is loaded: a function
 * waits for it at its cold start. Throws what Node throws for a connection that fails; status 504 stands for no
 * answer in time.
 */
export function post(
  url: URL,
  headers: OutgoingHttpHeaders,
  body: string,
  { signal, timeLimit }: PostLimits,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers, ...(signal === undefined ? {} : { signal }) };
    const asked = (url.protocol === 'http:' ? http : https).request(url, options);
    asked.setTimeout(timeLimit, () => {
      resolve({ status: 504, text: '' });
      asked.destroy();
    });
    asked.on('error', reject);
    asked.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    asked.end(body);
  });
}
