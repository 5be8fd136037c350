import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { receiveWebhook } from '../src/flows/webhook.ts';
import { readEvent } from '../src/forge/events.ts';
import { verify } from '../src/forge/verify.ts';
import { createSecrets } from '../src/secrets/resolve-secret.ts';
import { type Environment, readEnvironment, type Variables } from '../src/spec/environment.ts';
import type { Queue, Store } from '../src/spec/ports.ts';

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

/** What a signed delivery needs. */
interface State {
  readonly store: Store;
  readonly queue: Queue;
}

/** The clients of AWS take longer to load than Node itself: they are loaded for the first delivery that is signed. */
async function connect(environment: Pick<Environment, (typeof VARIABLES)[number]>): Promise<State> {
  const { connectQueue, connectStore } = await import('../src/state/connect.ts');
  return {
    store: connectStore(environment),
    queue: connectQueue(environment, {
      preview: environment.TRIMTAB_QUEUE_PREVIEW,
      command: environment.TRIMTAB_QUEUE_COMMAND,
      refresh: environment.TRIMTAB_QUEUE_REFRESH,
    }),
  };
}

type Handler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/** HTTP: verifies the signature, drops what was seen before, queues jobs and answers at once. It may do nothing else. */
export function createWebhook(variables: Variables): Handler {
  const environment = readEnvironment(VARIABLES, variables);
  const secret = createSecrets({ region: environment.AWS_REGION, values: variables });
  let connected: Promise<State> | undefined;
  const state = (): Promise<State> => {
    connected ??= connect(environment);
    return connected;
  };
  return async (event) => {
    const body = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');
    const { status, message } = await receiveWebhook(
      { headers: event.headers, body },
      {
        verify: async (raw, signature) => verify(raw, signature, await secret(environment.TRIMTAB_WEBHOOK_SECRET_REF)),
        readEvent,
        store: {
          seen: async (name) => (await state()).store.seen(name),
          once: async (name, seconds) => (await state()).store.once(name, seconds),
        },
        queue: { send: async (job, options) => (await state()).queue.send(job, options) },
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
