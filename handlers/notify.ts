import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createSlack } from '../src/channels/index.ts';
import { deliver } from '../src/flows/notify.ts';
import { createSecrets } from '../src/secrets/resolve-secret.ts';
import { readEnvironment, type Variables } from '../src/spec/environment.ts';
import { consume } from '../src/state/consume.ts';
import { createStore } from '../src/state/index.ts';
import { createPostpone } from '../src/state/postpone.ts';
import { AWS_VARIABLES, connectAws } from './aws.ts';
import { lazily } from './lazily.ts';

const VARIABLES = [...AWS_VARIABLES, 'TRIMTAB_TABLE', 'TRIMTAB_SLACK_TOKEN_REF', 'TRIMTAB_SLACK_API'] as const;

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

/** Queue: sends messages. The only function that knows the Slack token. */
export async function createNotify(variables: Variables): Promise<Handler> {
  const environment = readEnvironment(VARIABLES, variables);
  const aws = connectAws(environment);
  const secret = createSecrets({ aws, values: variables });
  const token = await secret(environment.TRIMTAB_SLACK_TOKEN_REF);
  const channel = createSlack({ token, url: environment.TRIMTAB_SLACK_API });
  const ports = { store: createStore({ aws, table: environment.TRIMTAB_TABLE }), channel };
  const postpone = createPostpone({ aws, endpoint: environment.AWS_ENDPOINT_URL_SQS });
  return (event) => consume(event, 'notify', (job) => deliver(job, ports), { postpone });
}

export const handler: Handler = lazily(createNotify);
