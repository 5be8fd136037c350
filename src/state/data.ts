import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { Problem } from '../spec/problem.ts';
import type { Item } from './table.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Below it JSON is kept as text, which a person can read in DynamoDB's console; from it on it is compressed. */
const COMPRESS_FROM = 1024;

/**
 * An item may have 400 kB, names and keys included. Compressed, 350 kB hold some 9,000 tasks or 40,000 resources.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const LIMIT = 350_000;

/** A value as the `data` of an item. Throws Problem `limit-exceeded` when no item could hold it; `what` names it. */
export async function encode(value: unknown, what: string): Promise<string | Uint8Array> {
  const json = JSON.stringify(value);
  if (json.length < COMPRESS_FROM) return json;
  const bytes = await compress(json);
  if (bytes.length > LIMIT) {
    throw new Problem('limit-exceeded', `${what} takes ${bytes.length} bytes compressed; ${LIMIT} can be stored.`, {
      fix: 'Split the application into smaller ones.',
    });
  }
  return bytes;
}

/** The value that `encode` made the item's data of. */
export async function decode<T>(item: Item): Promise<T> {
  const { data } = item;
  if (data === undefined) throw new Problem('internal', `State: the item ${item.pk} ${item.sk} holds no data.`);
  return JSON.parse(typeof data === 'string' ? data : (await decompress(data)).toString('utf8')) as T;
}
