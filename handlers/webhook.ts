import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { receiveWebhook } from '../src/flows/webhook.ts';
import { readEvent } from '../src/forge/events.ts';
import { verify } from '../src/forge/verify.ts';
import { createSecrets } from '../src/secrets/resolve-secret.ts';
import { readEnvironment, type Variables } from '../src/spec/environment.ts';
import { connectQueue, connectStore, STORE_VARIABLES } from '../src/state/connect.ts';

const VARIABLES = [
  ...STORE_VARIABLES,
  'TRIMTAB_WEBHOOK_SECRET_REF',
  'TRIMTAB_QUEUE_PREVIEW',
  'TRIMTAB_QUEUE_COMMAND',
  'TRIMTAB_QUEUE_REFRESH',
  'AWS_ENDPOINT_URL_SQS',
] as const;

type Handler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/** HTTP: verifies the signature, drops what was seen before, queues jobs and answers at once. It may do nothing else. */
export function createWebhook(variables: Variables): Handler {
  const environment = readEnvironment(VARIABLES, variables);
  const secret = createSecrets({ region: environment.AWS_REGION, values: variables });
  const store = connectStore(environment);
  const queue = connectQueue(environment, {
    preview: environment.TRIMTAB_QUEUE_PREVIEW,
    command: environment.TRIMTAB_QUEUE_COMMAND,
    refresh: environment.TRIMTAB_QUEUE_REFRESH,
  });
  return async (event) => {
    const body = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');
    const { status, message } = await receiveWebhook(
      { headers: event.headers, body },
      {
        verify: async (raw, signature) => verify(raw, signature, await secret(environment.TRIMTAB_WEBHOOK_SECRET_REF)),
        readEvent,
        store,
        queue,
      },
    );
    return { statusCode: status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) };
  };
}

let webhook: Handler | undefined;

export const handler: Handler = (event) => {
  webhook ??= createWebhook(process.env);
  return webhook(event);
};
