import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { receiveWebhook } from '../src/flows/webhook.ts';
import { readEvent } from '../src/forge/events.ts';
import { verify } from '../src/forge/verify.ts';
import { createSecrets } from '../src/secrets/resolve-secret.ts';
import { readEnvironment, type Variables } from '../src/spec/environment.ts';
import type { CallAws, Clock } from '../src/spec/ports.ts';
import { createOnce } from '../src/state/once.ts';
import { createQueue } from '../src/state/queue.ts';
import type { connectAws } from './aws.ts';

const VARIABLES = [
  'TRIMTAB_TABLE',
  'AWS_REGION',
  'AWS_ENDPOINT_URL_DYNAMODB',
  'TRIMTAB_WEBHOOK_SECRET_REF',
  'TRIMTAB_QUEUE_PREVIEW',
  'TRIMTAB_QUEUE_COMMAND',
  'TRIMTAB_QUEUE_REFRESH',
  'AWS_ENDPOINT_URL_SQS',
] as const;

/** Whoever does not sign waits for no client of AWS: it is loaded for the first delivery that is signed. */
function whenSigned(environment: Parameters<typeof connectAws>[0]): CallAws {
  let connected: Promise<CallAws> | undefined;
  return async (...call) => {
    connected ??= import('./aws.ts').then((aws) => aws.connectAws(environment));
    return (await connected)(...call);
  };
}

const clock: Clock = () => new Date().toISOString();

type Handler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/** HTTP: verifies the signature, drops what was seen before, queues jobs and answers at once. It may do nothing else. */
export function createWebhook(variables: Variables): Handler {
  const environment = readEnvironment(VARIABLES, variables);
  const aws = whenSigned(environment);
  const secret = createSecrets({ aws, values: variables });
  const store = createOnce({ aws, name: environment.TRIMTAB_TABLE, clock });
  const queue = createQueue({
    aws,
    urls: {
      preview: environment.TRIMTAB_QUEUE_PREVIEW,
      command: environment.TRIMTAB_QUEUE_COMMAND,
      refresh: environment.TRIMTAB_QUEUE_REFRESH,
    },
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
