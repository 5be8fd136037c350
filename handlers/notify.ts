import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createSlack } from '../src/channels/index.ts';
import { deliver } from '../src/flows/notify.ts';
import { createSecrets } from '../src/secrets/resolve-secret.ts';
import { readEnvironment, type Variables } from '../src/spec/environment.ts';
import { connectPostpone, connectStore, STORE_VARIABLES } from '../src/state/connect.ts';
import { consume } from '../src/state/consume.ts';

const VARIABLES = [...STORE_VARIABLES, 'TRIMTAB_SLACK_TOKEN_REF', 'TRIMTAB_SLACK_API', 'AWS_ENDPOINT_URL_SQS'] as const;

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

/** Queue: sends messages. The only function that knows the Slack token. */
export async function createNotify(variables: Variables): Promise<Handler> {
  const environment = readEnvironment(VARIABLES, variables);
  const secret = createSecrets({ region: environment.AWS_REGION, values: variables });
  const token = await secret(environment.TRIMTAB_SLACK_TOKEN_REF);
  const channel = createSlack({ token, url: environment.TRIMTAB_SLACK_API });
  const ports = { store: connectStore(environment), channel };
  const postpone = connectPostpone(environment);
  return (event) => consume(event, 'notify', (job) => deliver(job, ports), { postpone });
}

let ready: Promise<Handler> | undefined;

export const handler: Handler = async (event) => {
  ready ??= createNotify(process.env);
  return (await ready)(event);
};
