import { createAws } from '../src/aws/index.ts';
import type { Environment } from '../src/spec/environment.ts';
import type { CallAws } from '../src/spec/ports.ts';

/** The variables that say where AWS is. */
export const AWS_VARIABLES: readonly ['AWS_REGION', 'AWS_ENDPOINT_URL_DYNAMODB', 'AWS_ENDPOINT_URL_SQS'] = [
  'AWS_REGION',
  'AWS_ENDPOINT_URL_DYNAMODB',
  'AWS_ENDPOINT_URL_SQS',
];

/** AWS, or what is embedded in its place, as the environment names it. */
export function connectAws(environment: Pick<Environment, (typeof AWS_VARIABLES)[number]>): CallAws {
  return createAws({
    region: environment.AWS_REGION,
    endpoints: { dynamodb: environment.AWS_ENDPOINT_URL_DYNAMODB, sqs: environment.AWS_ENDPOINT_URL_SQS },
  });
}
