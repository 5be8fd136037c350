import { createHash } from 'node:crypto';
import { CreateTableCommand, type DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../spec/ports.ts';
import { isConditionRefused, stateProblem } from './errors.ts';

/**
 * The one table and its keys. The head of a partition key says whose item it is, so that a role can be held to its
 * heads (`dynamodb:LeadingKeys` in `deploy/roles.yml`):
 *
 * | pk               | sk               | item |
 * | ---------------- | ---------------- | --- |
 * | `APP#name`       | `OPERATION`      | the last operation, with its version |
 * | `APP#name`       | `INVENTORY`      | what was applied |
 * | `APP#name`       | `HISTORY#0000000042` | one finished operation |
 * | `STATUS`         | name             | what the last refresh found |
 * | `CLUSTER#server` | `FACTS`          | version and API list of a cluster |
 * | `LEASE#name`     | `CLAIM`          | who holds it, until when |
 * | `ONCE#name`      | `CLAIM`          | seen, until when |
 *
 * All statuses stand in one partition because they are read together (`statuses.all`), and a scan would read everything
 * else, too. What that costs: one partition takes 1,000 write units a second, and a status of 1,000 applications
 * is written in some 1,000 to 3,000 units every three minutes, so there is room for tens of thousands of
 * applications. The 10 GB limit of an item collection holds only for tables with local indexes; this one has none.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
export const KEY = {
  operation: (application: string): Key => key('APP', application, 'OPERATION'),
  inventory: (application: string): Key => key('APP', application, 'INVENTORY'),
  history: (application: string, id: number): Key => key('APP', application, historySort(id)),
  status: (application: string): Key => ({ pk: STATUS, sk: short(application, SORT_LIMIT) }),
  facts: (server: string): Key => key('CLUSTER', server, 'FACTS'),
  lease: (name: string): Key => key('LEASE', name, 'CLAIM'),
  once: (name: string): Key => key('ONCE', name, 'CLAIM'),
} as const;

/** The partition that holds every status. */
export const STATUS = 'STATUS';

export const HISTORY = 'HISTORY#';

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** One item: its key, and whatever its kind keeps beside it. `expiresAt` is DynamoDB's TTL, in seconds since 1970. */
export interface Item extends Key {
  readonly data?: string | Uint8Array;
  readonly version?: number;
  readonly expiresAt?: number;
  readonly [attribute: string]: unknown;
}

/** A named condition of a write. */
export interface Condition {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** The table as the verbs of this folder use it. */
export interface Table {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
  readonly clock: Clock;
}

/** Ids with leading zeros, so that the order of the sort keys is the order of the ids. */
function historySort(id: number): string {
  return `${HISTORY}${String(id).padStart(10, '0')}`;
}

/** DynamoDB takes 2,048 bytes of partition key and 1,024 of sort key; names made of many parts may be longer. */
const PARTITION_LIMIT = 2000;
const SORT_LIMIT = 1000;

function key(head: string, name: string, sk: string): Key {
  return { pk: `${head}#${short(name, PARTITION_LIMIT)}`, sk };
}

function short(name: string, limit: number): string {
  return Buffer.byteLength(name) <= limit ? name : `sha256:${createHash('sha256').update(name).digest('hex')}`;
}

/** Seconds since 1970, rounded up: what a TTL attribute holds. */
export function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000);
}

/** The item of that key as the last write left it, or undefined. Throws Problem. */
export async function get(table: Table, key: Key): Promise<Item | undefined> {
  try {
    const { Item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key: { ...key }, ConsistentRead: true }),
    );
    return Item as Item | undefined;
  } catch (error) {
    throw stateProblem(error, `reading ${key.pk}`);
  }
}

/** Writes the whole item, if the condition holds. Throws Problem for anything but a condition that does not hold. */
export async function put(table: Table, item: Item, condition?: Condition): Promise<'written' | 'refused'> {
  try {
    await table.client.send(new PutCommand({ TableName: table.name, Item: { ...item }, ...conditionInput(condition) }));
    return 'written';
  } catch (error) {
    if (isConditionRefused(error)) return 'refused';
    throw stateProblem(error, `writing ${item.pk}`);
  }
}

/** Deletes the item, if the condition holds. An item that is not there is deleted already. Throws Problem. */
export async function remove(table: Table, key: Key, condition?: Condition): Promise<'deleted' | 'refused'> {
  try {
    await table.client.send(
      new DeleteCommand({ TableName: table.name, Key: { ...key }, ...conditionInput(condition) }),
    );
    return 'deleted';
  } catch (error) {
    if (isConditionRefused(error)) return 'refused';
    throw stateProblem(error, `deleting ${key.pk}`);
  }
}

export interface QueryOptions {
  /** Only sort keys that begin so. Default: all. */
  readonly prefix?: string;
  /** Highest sort key first. Default: lowest first. */
  readonly newestFirst?: boolean;
}

/** The items of a partition in the order of their sort keys, page by page: stop reading and no more is fetched. */
export async function* query(table: Table, pk: string, options: QueryOptions = {}): AsyncGenerator<Item> {
  const { prefix, newestFirst = false } = options;
  let from: Record<string, unknown> | undefined;
  do {
    const page = await queryPage(table, pk, prefix, newestFirst, from);
    yield* page.items;
    from = page.next;
  } while (from !== undefined);
}

async function queryPage(
  table: Table,
  pk: string,
  prefix: string | undefined,
  newestFirst: boolean,
  from: Record<string, unknown> | undefined,
): Promise<{ readonly items: readonly Item[]; readonly next: Record<string, unknown> | undefined }> {
  try {
    const page = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: prefix === undefined ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': pk, ...(prefix === undefined ? {} : { ':prefix': prefix }) },
        ConsistentRead: true,
        ScanIndexForward: !newestFirst,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    return { items: (page.Items ?? []) as Item[], next: page.LastEvaluatedKey };
  } catch (error) {
    throw stateProblem(error, `reading ${pk}`);
  }
}

function conditionInput(condition: Condition | undefined): {
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
} {
  if (condition === undefined) return {};
  return {
    ConditionExpression: condition.expression,
    ...(condition.names === undefined ? {} : { ExpressionAttributeNames: { ...condition.names } }),
    ...(condition.values === undefined ? {} : { ExpressionAttributeValues: { ...condition.values } }),
  };
}

/**
 * Creates the table where nobody else does: on a laptop and in tests (in the cloud `serverless.yml` declares it, with
 * its TTL). Does nothing when it is there. Throws Problem.
 */
export async function createTable(client: DynamoDBClient, name: string): Promise<'created' | 'exists'> {
  try {
    await client.send(
      new CreateTableCommand({
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
      }),
    );
    await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.02, maxDelay: 0.1 }, { TableName: name });
    return 'created';
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceInUseException') return 'exists';
    throw stateProblem(error, `creating the table ${name}`);
  }
}
