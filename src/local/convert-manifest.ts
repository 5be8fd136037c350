import { z } from 'zod';
import { Problem } from '../spec/problem.ts';

/** What a new App is recognised by. */
export interface AppCredentials {
  readonly appId: string;
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** The App's own page, from where it is installed. */
  readonly page: string;
}

const Conversion = z.object({ id: z.number(), pem: z.string(), webhook_secret: z.string(), html_url: z.url() });

/**
 * Exchanges the code that GitHub gave the browser for the App's credentials; a code is good once, for an hour. The call
 * is probot's (its octokit retries, waits at limits and knows old GitHub Enterprise Servers), loaded for this one time.
 * Throws Problem `not-found` for a code that GitHub does not know, `unavailable` for everything else.
 * https://docs.github.com/rest/apps/apps#create-a-github-app-from-a-manifest
 */
export async function convertManifest(api: string, code: string): Promise<AppCredentials> {
  const { ProbotOctokit } = await import('probot');
  const octokit = new ProbotOctokit({ baseUrl: api, log: SILENT });
  const answer = await octokit.request('POST /app-manifests/{code}/conversions', { code }).catch((thrown: unknown) => {
    throw problemOf(thrown, api);
  });
  const read = Conversion.safeParse(answer.data);
  if (!read.success) throw new Problem('unavailable', `${api} converted the manifest, but named no App.`);
  const { id, pem, webhook_secret: webhookSecret, html_url: page } = read.data;
  return { appId: String(id), privateKey: pem, webhookSecret, page };
}

/** The code is in the URL of the request: nothing of it is logged. */
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {}

function problemOf(thrown: unknown, api: string): Problem {
  const status = thrown instanceof Error && 'status' in thrown ? thrown.status : undefined;
  if (status === 404 || status === 422) {
    return new Problem('not-found', 'GitHub does not know this code: it is good once, and for an hour.', {
      fix: 'Open the address that trimtab printed and begin again.',
    });
  }
  const what = typeof status === 'number' && status < 500 ? `answered ${status}` : 'did not answer';
  return new Problem('unavailable', `${api} ${what}, so the App's key could not be fetched.`, {
    fix: 'Open the address that trimtab printed and begin again; delete the App that has no key.',
  });
}
