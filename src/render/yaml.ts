import { readFile } from 'node:fs/promises';
import {
  boolYaml11Tag,
  CHOMPING_MODE,
  constructFromEvents,
  defineScalarTag,
  EVENT_ID,
  FAILSAFE_SCHEMA,
  loadAll,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  parseEvents,
  SCALAR_STYLE,
  YAMLException,
} from 'js-yaml';
import { yamlMessage } from '../spec/yaml-message.ts';

/** What is wrong with a YAML text, and where in it; lines count from 1. */
export interface YamlFault {
  readonly message: string;
  readonly line: number;
}

export type Yaml =
  | { readonly ok: true; readonly documents: readonly unknown[] }
  | { readonly ok: false; readonly fault: YamlFault };

const DIGITS = [...'0123456789'];

/**
 * Whole numbers as Go reads them with base 0 (`0777` and `0o777` are octal, `1_000` is a thousand), no base 60.
 * Numbers beyond 2^53 lose their last digits, as in every JSON of JavaScript.
 */
const intTag = defineScalarTag('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: ['-', '+', ...DIGITS],
  resolve: (source) => {
    const plain = source.replaceAll('_', '');
    const found = /^([-+]?)(?:0x([0-9a-f]+)|0b([01]+)|0o?([0-7]+)|(0|[1-9][0-9]*))$/i.exec(plain);
    if (found === null) return NOT_RESOLVED;
    const [, sign, hex, binary, octal, decimal] = found;
    const value = Number.parseInt(hex ?? binary ?? octal ?? decimal ?? '', radixOf(hex, binary, octal));
    return sign === '-' && value !== 0 ? -value : value;
  },
  identify: Number.isInteger,
});

function radixOf(hex: string | undefined, binary: string | undefined, octal: string | undefined): number {
  if (hex !== undefined) return 16;
  if (binary !== undefined) return 2;
  return octal === undefined ? 10 : 8;
}

/** `.inf` and `.nan` have no JSON; they stay text. */
const floatTag = defineScalarTag('tag:yaml.org,2002:float', {
  implicit: true,
  implicitFirstChars: ['-', '+', '.', ...DIGITS],
  resolve: (source) => {
    const plain = source.replaceAll('_', '');
    return /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)(e[-+]?[0-9]+)?$/i.test(plain) ? Number(plain) : NOT_RESOLVED;
  },
  identify: (data) => typeof data === 'number',
});

/** Given as text, as sigs.k8s.io/yaml gives the bytes. */
const binaryTag = defineScalarTag('tag:yaml.org,2002:binary', {
  resolve: (source) => Buffer.from(source, 'base64').toString(),
  identify: () => false,
});

/** Dates, too, stay text there: https://pkg.go.dev/sigs.k8s.io/yaml */
const timestampTag = defineScalarTag('tag:yaml.org,2002:timestamp', {
  resolve: (source) => source,
  identify: () => false,
});

const KUBERNETES = FAILSAFE_SCHEMA.withTags(
  nullYaml11Tag,
  boolYaml11Tag,
  intTag,
  floatTag,
  mergeTag,
  binaryTag,
  timestampTag,
);

/**
 * What is wrong with a file; undefined when it is fine, or can't be read. The tools' own line numbers are one too low for
 * some faults (go-yaml tells the line before).
 */
export async function yamlFaultOf(file: string): Promise<YamlFault | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const read = readYaml(text);
  return read.ok ? undefined : read.fault;
}

/** More than any real manifest has, and few enough that a bomb of them ends early. A problem, as CVE-2022-31016 asks. */
const MAX_ALIASES = 100;

/** So many values may stand in a file when each alias is written out: a few aliases of aliases make thousands of millions. */
const MAX_VALUES = 1_000_000;

/**
 * Reads YAML as Kubernetes does (sigs.k8s.io/yaml: YAML 1.1 booleans, `<<` merges, the last of two equal keys wins),
 * about ten times faster than the parser that knows every position. Never throws.
 */
export function readYaml(text: string): Yaml {
  try {
    const documents = load(text);
    if (text.includes('*') && valuesIn(documents, new Map()) > MAX_VALUES) {
      return { ok: false, fault: { message: `its aliases stand for more than ${MAX_VALUES} values`, line: 1 } };
    }
    return { ok: true, documents };
  } catch (thrown) {
    if (thrown instanceof YAMLException) {
      // What is never closed is missed only behind the last line.
      const last = text.trimEnd().split('\n').length;
      return {
        ok: false,
        fault: { message: yamlMessage(thrown.reason), line: Math.min((thrown.mark?.line ?? 0) + 1, last) },
      };
    }
    return { ok: false, fault: { message: thrown instanceof Error ? thrown.message : String(thrown), line: 1 } };
  }
}

/** How many values there are with every alias written out; endless where one refers to what it stands in. */
function valuesIn(value: unknown, known: Map<object, number>): number {
  if (typeof value !== 'object' || value === null) return 1;
  const before = known.get(value);
  if (before !== undefined) return before;
  known.set(value, Number.POSITIVE_INFINITY);
  const inside = Object.values(value).reduce<number>((sum, each) => sum + valuesIn(each, known), 1);
  known.set(value, inside);
  return inside;
}

const OPTIONS = { schema: KUBERNETES, json: true, maxAliases: MAX_ALIASES };

/**
 * A block of text (`|`) that ends with the file, without a line break, gets one from this parser and none from Go's: so
 * it is read as one that strips its last break.
 */
function load(text: string): readonly unknown[] {
  if (text.endsWith('\n')) return loadAll(text, OPTIONS);
  const events = parseEvents(text, {});
  const last = events.findLast((event) => event.type === EVENT_ID.SCALAR);
  const isBlock = last?.style === SCALAR_STYLE.LITERAL_BLOCK || last?.style === SCALAR_STYLE.FOLDED_BLOCK;
  if (last !== undefined && isBlock && last.valueEnd === text.length) last.chomping = CHOMPING_MODE.STRIP;
  return constructFromEvents(events, { ...OPTIONS, source: text });
}
