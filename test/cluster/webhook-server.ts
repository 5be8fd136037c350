import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const certificate = readFileSync(join(FIXTURES, 'webhook.crt'), 'utf8');

/** What is asked of a webhook. https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request */
export interface Review {
  readonly uid: string;
  readonly operation: 'CREATE' | 'UPDATE';
  readonly dryRun: boolean;
  readonly object: ReturnType<typeof JSON.parse>;
}

/** A JSON patch of the object, or why it is refused. */
export type Verdict = readonly object[] | string;

/** An admission webhook on this machine, as `clientConfig` of a configuration names it. */
export interface WebhookServer {
  readonly clientConfig: { readonly url: string; readonly caBundle: string };
  /** What was asked so far. */
  readonly reviews: readonly Review[];
  close(): Promise<void>;
}

/** Starts a webhook that decides so. */
export async function startWebhook(decide: (review: Review) => Verdict): Promise<WebhookServer> {
  const reviews: Review[] = [];
  const key = readFileSync(join(FIXTURES, 'webhook.key'), 'utf8');
  const server = createServer({ cert: certificate, key }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { request: review } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { readonly request: Review };
    reviews.push(review);
    const verdict = decide(review);
    const { uid } = review;
    const answer =
      typeof verdict === 'string'
        ? { uid, allowed: false, status: { code: 403, message: verdict } }
        : {
            ...{ uid, allowed: true, patchType: 'JSONPatch' },
            patch: Buffer.from(JSON.stringify(verdict)).toString('base64'),
          };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    clientConfig: {
      url: `https://127.0.0.1:${port}/mutate`,
      caBundle: Buffer.from(certificate).toString('base64'),
    },
    reviews,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
