import { createHash } from 'node:crypto';
import type { CallAws, Clock } from '../spec/ports.ts';
import { fromAttributes, toAttributes, type Value } from './attributes.ts';
import { isConditionRefused, stateProblem } from './errors.ts';

/**
 * The one table and its keys. The head of a partition key says whose item it is, so that a role can be held to its
 * heads (`dynamodb:LeadingKeys` in `deploy/roles.yml`):
 *
 * | pk               | sk               | item |
 * | ---------------- | ---------------- | --- |
 * | `APP#name`       | `OPERATION`      | the last operation, with its version |
 * | `APP#name`       | `INVENTORY`      | what was applied |
 * | `APP#name`       | `DELETION`       | what its deletion takes |
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
  deletion: (application: string): Key => key('APP', application, 'DELETION'),
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
  readonly values?: Readonly<Record<string, Value>>;
}

/** The table as the verbs of this folder use it. */
export interface Table {
  readonly aws: CallAws;
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
    const input = { TableName: table.name, Key: toAttributes({ ...key }), ConsistentRead: true };
    const { Item: item } = await table.aws('dynamodb:GetItem', input);
    return item === undefined ? undefined : readItem(item);
  } catch (error) {
    throw stateProblem(error, `reading ${key.pk}`);
  }
}

/** Writes the whole item, if the condition holds. Throws Problem for anything but a condition that does not hold. */
export async function put(table: Table, item: Item, condition?: Condition): Promise<'written' | 'refused'> {
  try {
    const input = { TableName: table.name, Item: toAttributes(item), ...conditionInput(condition) };
    await table.aws('dynamodb:PutItem', input);
    return 'written';
  } catch (error) {
    if (isConditionRefused(error)) return 'refused';
    throw stateProblem(error, `writing ${item.pk}`);
  }
}

/** Deletes the item, if the condition holds. An item that is not there is deleted already. Throws Problem. */
export async function remove(table: Table, key: Key, condition?: Condition): Promise<'deleted' | 'refused'> {
  try {
    const input = { TableName: table.name, Key: toAttributes({ ...key }), ...conditionInput(condition) };
    await table.aws('dynamodb:DeleteItem', input);
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
  let from: unknown;
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
  from: unknown,
): Promise<{ readonly items: readonly Item[]; readonly next: unknown }> {
  try {
    const { Items: items, LastEvaluatedKey: next } = await table.aws('dynamodb:Query', {
      TableName: table.name,
      KeyConditionExpression: prefix === undefined ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: toAttributes({ ':pk': pk, ':prefix': prefix }),
      ConsistentRead: true,
      ScanIndexForward: !newestFirst,
      ...(from === undefined ? {} : { ExclusiveStartKey: from }),
    });
    return { items: Array.isArray(items) ? items.map(readItem) : [], next };
  } catch (error) {
    throw stateProblem(error, `reading ${pk}`);
  }
}

function readItem(item: unknown): Item {
  return fromAttributes(item as Parameters<typeof fromAttributes>[0]) as Item & Readonly<Record<string, Value>>;
}

function conditionInput(condition: Condition | undefined): object {
  if (condition === undefined) return {};
  const { expression, names, values } = condition;
  return {
    ConditionExpression: expression,
    ...(names === undefined ? {} : { ExpressionAttributeNames: names }),
    ...(values === undefined ? {} : { ExpressionAttributeValues: toAttributes(values) }),
  };
}
