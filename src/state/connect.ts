import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Environment } from '../spec/environment.ts';
import type { Queue, Store } from '../spec/ports.ts';
import { createPostpone, type Postpone } from './postpone.ts';
import { createQueue, type QueueUrls } from './queue.ts';
import { createStore } from './store.ts';

/** The variables that name the table. */
export const STORE_VARIABLES: readonly ['TRIMTAB_TABLE', 'AWS_REGION', 'AWS_ENDPOINT_URL_DYNAMODB'] = [
  'TRIMTAB_TABLE',
  'AWS_REGION',
  'AWS_ENDPOINT_URL_DYNAMODB',
];

/** The store of an installation, as the environment names it. */
export function connectStore(environment: Pick<Environment, (typeof STORE_VARIABLES)[number]>): Store {
  const client = new DynamoDBClient({
    region: environment.AWS_REGION,
    ...endpoint(environment.AWS_ENDPOINT_URL_DYNAMODB),
  });
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return createStore({ client: documents, table: environment.TRIMTAB_TABLE });
}

/** The queues that a function may send to; the others stay unknown to it. */
export function connectQueue(
  environment: Pick<Environment, 'AWS_REGION' | 'AWS_ENDPOINT_URL_SQS'>,
  urls: Partial<QueueUrls>,
): Queue {
  return createQueue({ client: sqsClient(environment), urls });
}

/** Decides when a job that failed comes back to a function, from whatever queue it came. */
export function connectPostpone(environment: Pick<Environment, 'AWS_REGION' | 'AWS_ENDPOINT_URL_SQS'>): Postpone {
  return createPostpone({ client: sqsClient(environment), endpoint: environment.AWS_ENDPOINT_URL_SQS });
}

function sqsClient(environment: Pick<Environment, 'AWS_REGION' | 'AWS_ENDPOINT_URL_SQS'>): SQSClient {
  return new SQSClient({ region: environment.AWS_REGION, ...endpoint(environment.AWS_ENDPOINT_URL_SQS) });
}

/** Another endpoint than AWS's is an embedded one: it takes any credentials, and a laptop may have none. */
function endpoint(url: string): object {
  return url === '' ? {} : { endpoint: url, credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' } };
}
