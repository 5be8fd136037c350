import { createDecipheriv, createHash, timingSafeEqual } from 'node:crypto';
import { parseAllDocuments } from 'yaml';
import type { OpenDataKey } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';

type Metadata = Readonly<Record<string, unknown>>;

/** A file that SOPS encrypted: its documents without the block `sops`, which stands beside. Maps keep the file's order. */
interface Encrypted {
  readonly documents: readonly Map<unknown, unknown>[];
  readonly metadata: Metadata;
}

/**
 * Reads a YAML or JSON file that SOPS encrypted; undefined for any other. A SopsSecret is none: an operator in the
 * cluster decrypts it. https://getsops.io/docs/
 */
export function readEncrypted(text: string): Encrypted | undefined {
  if (!/^sops:|"sops"\s*:/m.test(text)) return undefined;
  const parsed = parseAllDocuments(text);
  const documents: Map<unknown, unknown>[] = [];
  let metadata: Metadata | undefined;
  for (const document of Array.isArray(parsed) ? parsed : []) {
    if (document.errors.length > 0) return undefined;
    const value: unknown = document.toJS({ mapAsMap: true });
    if (!(value instanceof Map)) continue;
    const block: unknown = document.toJS().sops;
    if (value.get('kind') === 'SopsSecret' || typeof block !== 'object' || block === null) return undefined;
    if (!Reflect.has(block, 'mac')) return undefined;
    metadata ??= block as Metadata;
    value.delete('sops');
    documents.push(value);
  }
  return metadata === undefined ? undefined : { documents, metadata };
}

/**
 * The documents decrypted, as text that any reader of YAML takes. Throws Problem `invalid-manifest` when a value or the
 * MAC of the file does not fit (somebody changed it after it was encrypted), `unsupported` for what is not read, and what
 * `open` throws. https://getsops.io/docs/#message-authentication-code
 */
export async function decrypt({ documents, metadata }: Encrypted, file: string, open: OpenDataKey): Promise<string> {
  const unread = ['shamir_threshold', 'encrypted_comment_regex', 'unencrypted_comment_regex'].find(
    (name) => metadata[name] !== undefined,
  );
  if (unread !== undefined) throw unsupported(file, unread);
  const key = await open(copiesOf(metadata), file);
  const onlyEncrypted = metadata['mac_only_encrypted'] === true;
  const hash = createHash('sha512');
  if (onlyEncrypted) hash.update(createHash('sha256').update('sops').digest());
  const isEncrypted = rule(metadata);
  const plain = documents.map((document) =>
    leaves(document, [], (value, path) => {
      const encrypted = isEncrypted(path);
      if (!encrypted || value === '') {
        if (encrypted || !onlyEncrypted) hash.update(bytesOf(value));
        return value;
      }
      const found = typeof value === 'string' ? opened(value, key, `${path.join(':')}:`) : undefined;
      if (found === undefined) throw changed(file, path.join('.'));
      hash.update(found.bytes);
      return found.value;
    }),
  );
  const expected = opened(textOf(metadata['mac']), key, textOf(metadata['lastmodified']))?.value;
  const actual = Buffer.from(hash.digest('hex').toUpperCase());
  const given = Buffer.from(textOf(expected));
  if (given.length !== actual.length || !timingSafeEqual(given, actual)) throw changed(file, 'sops.mac');
  return written(plain);
}

/**
 * The documents with a mark for each encrypted value: equal ciphertext, equal mark. Encrypting a value anew changes its
 * ciphertext, and so its mark.
 */
export function marked({ documents }: Encrypted): string {
  const mark = (value: unknown): unknown =>
    typeof value === 'string' && VALUE.test(value)
      ? `(encrypted ${createHash('sha256').update(value).digest('hex').slice(0, 8)})`
      : value;
  return written(documents.map((document) => leaves(document, [], mark)));
}

/** JSON is YAML in which text is always quoted: no reader takes `yes` or `0777` for something else. */
function written(documents: readonly unknown[]): string {
  return documents.map((each) => `${JSON.stringify(each)}\n`).join('---\n');
}

type Leaf = (value: unknown, path: readonly string[]) => unknown;

/** Plain data, each value that is no map, list or null passed through `leaf`. Items of a list have the list's path. */
function leaves(value: unknown, path: readonly string[], leaf: Leaf): unknown {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((each) => leaves(each, path, leaf));
  if (!(value instanceof Map)) return leaf(value, path);
  return Object.fromEntries(
    [...value].map(([key, each]) => [String(key), leaves(each, [...path, String(key)], leaf)] as const),
  );
}

/** Which values are encrypted. https://getsops.io/docs/#encrypting-only-parts-of-a-file */
function rule(metadata: Metadata): (path: readonly string[]) => boolean {
  const text = (name: string): string => textOf(metadata[name]);
  const matches = (name: string) => {
    const expression = new RegExp(text(name));
    return (part: string): boolean => expression.test(part);
  };
  if (text('encrypted_suffix') !== '') return (path) => path.some((part) => part.endsWith(text('encrypted_suffix')));
  if (text('encrypted_regex') !== '') return (path) => path.some(matches('encrypted_regex'));
  if (text('unencrypted_regex') !== '') return (path) => !path.some(matches('unencrypted_regex'));
  const suffix = text('unencrypted_suffix') || '_unencrypted';
  return (path) => !path.some((part) => part.endsWith(suffix));
}

const VALUE = /^ENC\[AES256_GCM,data:([^,]*),iv:([^,]+),tag:([^,]+),type:(\w+)\]$/;

/** One value, with the bytes that the MAC counts; undefined when it does not fit its key and its place. */
function opened(text: string, key: Uint8Array, place: string): { value: unknown; bytes: Buffer } | undefined {
  const [, data = '', iv = '', tag = '', type = ''] = VALUE.exec(text) ?? [];
  if (type === '') return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64'), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(Buffer.from(tag, 'base64'));
    const bytes = Buffer.concat([decipher.update(Buffer.from(data, 'base64')), decipher.final()]);
    return { value: typed(bytes.toString(), type), bytes };
  } catch {
    return undefined;
  }
}

function typed(text: string, type: string): unknown {
  if (type === 'int' || type === 'float') return Number(text);
  return type === 'bool' ? text.toLowerCase() === 'true' : text;
}

/** As Go writes values: `True`, and numbers without an exponent. */
function bytesOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'number' || !/e/.test(String(value))) return String(value);
  return value.toLocaleString('en-US', { useGrouping: false, maximumSignificantDigits: 17 });
}

/** The copies of the data key that trimtab may know how to open. */
function copiesOf(metadata: Metadata): Parameters<OpenDataKey>[0] {
  const list = (name: string): readonly Metadata[] =>
    Array.isArray(metadata[name]) ? metadata[name].filter((each) => typeof each === 'object' && each !== null) : [];
  return {
    age: list('age').map((each) => textOf(each['enc'])),
    kms: list('kms').map((each) => ({
      arn: textOf(each['arn']),
      enc: textOf(each['enc']),
      context: (each['context'] ?? {}) as Readonly<Record<string, string>>,
    })),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function changed(file: string, field: string): Problem {
  return new Problem('invalid-manifest', `${file} was changed after SOPS encrypted it: ${field} does not fit.`, {
    where: { file, field },
    fix: 'Change encrypted files with `sops edit`, which writes the MAC anew.',
  });
}

function unsupported(file: string, name: string): Problem {
  return new Problem('unsupported', `${file} is encrypted with ${name}, which trimtab does not read.`, {
    where: { file, field: `sops.${name}` },
    fix: 'Encrypt it for an age recipient or an AWS KMS key, without this option.',
  });
}
