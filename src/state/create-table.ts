import pRetry from 'p-retry';
import type { CallAws } from '../spec/ports.ts';
import { stateProblem } from './errors.ts';

/**
 * Creates the table where nobody else does: on a laptop and in tests (in the cloud `serverless.yml` declares it, with
 * its TTL). Does nothing when it is there. Throws Problem.
 */
export async function createTable(aws: CallAws, name: string): Promise<'created' | 'exists'> {
  try {
    await aws('dynamodb:CreateTable', {
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    });
    await pRetry(() => isActive(aws, name), { retries: 10, minTimeout: 20, factor: 1.5 });
    return 'created';
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceInUseException') return 'exists';
    throw stateProblem(error, `creating the table ${name}`);
  }
}

async function isActive(aws: CallAws, name: string): Promise<void> {
  const { Table: table } = await aws('dynamodb:DescribeTable', { TableName: name });
  const status = (table as { readonly TableStatus?: string } | undefined)?.TableStatus;
  if (status !== 'ACTIVE') throw new Error(`the table ${name} is ${status}`);
}
