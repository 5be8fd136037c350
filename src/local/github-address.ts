import { isLoopback } from '../spec/loopback.ts';
import { Problem } from '../spec/problem.ts';

/** Where a GitHub is reached. */
export interface GitHubAddress {
  /** Without a slash at its end: the pages. */
  readonly url: string;
  /** Base of the REST API. */
  readonly api: string;
  /** Host in the repoURLs of Applications. */
  readonly host: string;
  /** Whether it runs on this machine, so that its webhooks need no way in from the Internet. */
  readonly isHere: boolean;
}

/**
 * The addresses of GitHub, of an enterprise on `*.ghe.com`, or of a GitHub Enterprise Server, by the URL of its pages.
 * Throws Problem `misconfigured` for what is no URL.
 * https://docs.github.com/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api
 */
export function gitHubAddress(text: string): GitHubAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Problem('misconfigured', `${text} is not the URL of a GitHub.`, {
      fix: 'Write it as --github-url https://HOST.',
    });
  }
  const { origin, host, hostname, protocol } = url;
  const isCloud = hostname === 'github.com' || hostname.endsWith('.ghe.com');
  return {
    url: origin,
    api: isCloud ? `${protocol}//api.${host}` : `${origin}/api/v3`,
    host,
    isHere: isLoopback(hostname),
  };
}
