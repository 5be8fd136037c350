import { verify as verifySignature } from '@octokit/webhooks-methods';

/**
 * Whether `signature` (the header `X-Hub-Signature-256`) is that of the raw body under the App's webhook secret,
 * compared in constant time. False, never an error, for an empty body or signature. An empty secret verifies nothing,
 * or anybody could sign.
 * https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
 */
export async function verify(body: string, signature: string, secret: string): Promise<boolean> {
  if (body === '' || signature === '' || secret === '') return false;
  return verifySignature(secret, body, signature);
}
