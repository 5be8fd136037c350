import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { ANNOTATION } from '../spec/annotations.ts';
import { Problem } from '../spec/problem.ts';
import { canonical, isList, isMap, type JsonMap } from './json.ts';
import { encodeText } from './normalise/string-data.ts';

/** Turns a secret value into a short mark: the same value gives the same mark, and no mark tells its value. */
export type Marks = (value: string) => string;

/** Fields of a Secret that hold no secret. Whatever else stands at its top is taken for one. */
const PLAIN: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable']);

/**
 * Something that was compressed, in base64: what is in it nobody sees, and everybody can unpack. Rancher's Fleet and helm
 * keep whole objects so.
 */
const PACKED = /^(H4sI|eJ|KLUv|QlpoO|\/Td6)[\w+/-]{20,}/;

/** Shorter values are no secrets worth the name, and would mark half of every text in which they occur by chance. */
const SHORTEST = 4;

/**
 * Marks under a key of the installation. HMAC-SHA256, because a bare hash of a password can be found by trying
 * passwords; 32 bits of it, enough to see that a value changed. The key must stay the same, or everything seems changed.
 * Throws Problem `misconfigured` for an empty key: everybody could try passwords then.
 */
export function createMarks(key: string): Marks {
  if (key.trim() === '') {
    throw new Problem('misconfigured', 'The key that marks the values of Secrets is empty.', {
      fix: 'Let TRIMTAB_MARK_KEY_REF name a secret with a random text.',
    });
  }
  const bytes = new TextEncoder().encode(key);
  return (value) => `•${bytesToHex(hmac(sha256, bytes, new TextEncoder().encode(value))).slice(0, 8)}•`;
}

/**
 * Both sides of a comparison without secrets. Values of Secrets (wherever in a manifest a Secret stands: in a List too)
 * become marks, whatever their shape; text of a Secret that holds one of its values, as annotations of other tools do,
 * becomes a mark as a whole. `last-applied-configuration` is dropped wherever it is.
 * Comparing happens after this, so nothing that a comparison returns can hold a secret.
 */
export function redactBoth(sides: readonly (JsonMap | undefined)[], marks: Marks): readonly (JsonMap | undefined)[] {
  const secrets = new Set<string>();
  for (const side of sides) collect(side, secrets);
  const context = { marks, secrets: [...secrets] };
  return sides.map((side) => (side === undefined ? undefined : redactMap(side, context)));
}

/**
 * Whether a manifest is a Secret, has one in it, or has a value of a Secret that stands among `all` in any of its texts. A
 * value of a few letters that stands somewhere by chance counts as well.
 */
export function holdsSecrets(all: readonly JsonMap[]): (manifest: JsonMap) => boolean {
  const secrets = new Set<string>();
  for (const one of all) collect(one, secrets);
  const holds = (value: unknown): boolean => {
    if (isList(value)) return value.some(holds);
    if (isMap(value))
      return isSecret(value) || Object.entries(value).some(([key, child]) => holds(key) || holds(child));
    return typeof value === 'string' && [...secrets].some((secret) => value.includes(secret));
  };
  return holds;
}

interface Context {
  readonly marks: Marks;
  readonly secrets: readonly string[];
}

/** Whoever writes `kind: secret` is refused by the API server, and means one all the same. */
function isSecret(value: JsonMap): boolean {
  const { kind } = value;
  return typeof kind === 'string' && kind.toLowerCase() === 'secret';
}

/** Every text in the secret parts of the Secrets within a value, as written and as decoded. */
function collect(value: unknown, into: Set<string>): void {
  if (isList(value)) {
    for (const item of value) collect(item, into);
  } else if (isMap(value)) {
    for (const [key, child] of Object.entries(value)) {
      if (isSecret(value) && !PLAIN.has(key)) collectTexts(child, into);
      else collect(child, into);
    }
  }
}

function collectTexts(value: unknown, into: Set<string>): void {
  if (isList(value)) {
    for (const item of value) collectTexts(item, into);
  } else if (isMap(value)) {
    for (const item of Object.values(value)) collectTexts(item, into);
  } else if (value !== null) {
    const text = String(value);
    const plain = decoded(text);
    for (const form of [text, ...(plain === undefined ? [] : [plain, utf8(plain)])]) addForms(form, into);
  }
}

/** A secret as other text may hold it: as it is, as JSON or base64 writes it, and its longer lines one by one. */
function addForms(secret: string, into: Set<string>): void {
  const lines = secret.split('\n').filter((line) => line.trim().length >= 2 * SHORTEST);
  for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeText(secret), inUrl(secret), ...lines]) {
    const text = form.trim();
    if (text.length >= SHORTEST) into.add(text);
  }
}

/** Text that is no Unicode has no form in a URL. */
function inUrl(secret: string): string {
  return encodeURIComponent(secret.toWellFormed());
}

function utf8(bytes: string): string {
  return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
}

function redactMap(map: JsonMap, context: Context): JsonMap {
  if (isSecret(map)) return redactSecret(map, context);
  const entries = Object.entries(map).filter(([key]) => key !== ANNOTATION.lastApplied);
  return Object.fromEntries(entries.map(([key, value]) => [key, redactChild(value, context)]));
}

function redactChild(value: unknown, context: Context): unknown {
  if (isList(value)) return value.map((item) => redactChild(item, context));
  return isMap(value) ? redactMap(value, context) : value;
}

function redactSecret(secret: JsonMap, context: Context): JsonMap {
  const entries = Object.entries(secret).map(([key, value]) => {
    if (PLAIN.has(key)) return [key, redactText(value, context)];
    if (!isMap(value)) return [key, markOf(value, context)];
    // The names of its values are what a reader needs, and no secret
    return [key, Object.fromEntries(Object.entries(value).map(([name, item]) => [name, markOf(item, context)]))];
  });
  return Object.fromEntries(entries);
}

/**
 * A mark for a value of any shape. Text is decoded before, so that `data` and `stringData` give the same mark. Null is no
 * value, to the API server as well.
 */
function markOf(value: unknown, context: Context): string | null {
  if (value === null) return null;
  if (typeof value !== 'string') return context.marks(`json:${canonical(value)}`);
  const text = decoded(value);
  return context.marks(text === undefined ? `text:${value}` : `data:${text}`);
}

function redactText(value: unknown, context: Context): unknown {
  if (isList(value)) return value.map((item) => redactText(item, context));
  if (isMap(value)) {
    const entries = Object.entries(value).filter(([key]) => key !== ANNOTATION.lastApplied);
    return Object.fromEntries(entries.map(([key, item]) => [key, redactText(item, context)]));
  }
  const text = String(value);
  const holds = PACKED.test(text) || context.secrets.some((secret) => text.includes(secret));
  return holds ? context.marks(`text:${text}`) : value;
}

/** Base64 as bytes in a string, one character a byte; undefined for what is no base64. Go skips line breaks in it. */
function decoded(text: string): string | undefined {
  const packed = text.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(packed)) return undefined;
  return atob(packed);
}
