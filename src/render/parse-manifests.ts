import type { Manifest } from '../spec/manifest.ts';
import { Problem, type ProblemCode, type Where } from '../spec/problem.ts';
import { readYaml } from './yaml.ts';

/** How to speak of a text when something in it is wrong. */
export interface Origin {
  /** `render-failed` for what a tool printed, `invalid-manifest` for a file of the repository. */
  readonly code: ProblemCode;
  /** The file that a document comes from. `lines` is true where the text's own lines are the file's. */
  readonly file: (document: Document) => string | undefined;
  readonly lines: boolean;
}

/** One document of a YAML stream: its text, and the line on which it begins (from 1). */
export interface Document {
  readonly text: string;
  readonly line: number;
  /** From 1, as people count them. */
  readonly number: number;
}

/**
 * The manifests in a YAML stream, in order; empty documents are skipped, and whatever has a list of `items` (`kind: List`,
 * `ConfigMapList` …) is taken apart, as in Argo CD. Throws Problem for the first document that is no YAML, or no Kubernetes object (apiVersion, kind, and
 * metadata.name or generateName), naming the document.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/#required-fields
 */
export function parseManifests(text: string, origin: Origin): readonly Manifest[] {
  return splitDocuments(text).flatMap((document) => {
    const read = readYaml(document.text);
    if (!read.ok) {
      throw faultIn(
        document,
        `this is not valid YAML: ${read.fault.message}`,
        origin,
        document.line + read.fault.line - 1,
      );
    }
    return read.documents.flatMap((value) => manifestsOf(value, document, origin));
  });
}

/**
 * Splits as Kubernetes does, at lines of `---` and blanks alone, so that a document is known by its text.
 * https://pkg.go.dev/k8s.io/apimachinery/pkg/util/yaml#NewYAMLReader
 */
function splitDocuments(text: string): readonly Document[] {
  const documents: Document[] = [];
  let [start, line] = [0, 1];
  const add = (end: number): void => {
    const part = text.slice(start, end);
    if (/\S/.test(part)) documents.push({ text: part, line, number: documents.length + 1 });
    line += countLines(part);
  };
  for (const found of text.matchAll(/^---[ \t\r]*$/gm)) {
    add(found.index);
    start = found.index + found[0].length;
  }
  add(text.length);
  return documents;
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

function manifestsOf(value: unknown, document: Document, origin: Origin): readonly Manifest[] {
  if (value === null || value === undefined) return [];
  if (!isMap(value)) throw faultIn(document, `must be a map, found ${kindOf(value)}`, origin);
  if (Object.keys(value).length === 0) return [];
  const items = value['items'];
  if (Array.isArray(items)) return items.flatMap((item: unknown) => manifestsOf(item, document, origin));
  if (items === null && value['spec'] === undefined && value['status'] === undefined) return [];
  const wrong = wrongField(value);
  if (wrong !== undefined) throw faultIn(document, wrong, origin);
  return [value as unknown as Manifest];
}

/** Unquoted names such as `on` or `2024` are no text in YAML, and Kubernetes refuses them. */
function wrongField(value: Readonly<Record<string, unknown>>): string | undefined {
  const metadata = isMap(value['metadata']) ? value['metadata'] : {};
  const name = metadata['name'] ?? metadata['generateName'];
  const required = { apiVersion: value['apiVersion'], kind: value['kind'], 'metadata.name': name };
  for (const [field, found] of Object.entries(required)) {
    if (found === undefined || found === null || found === '') return `has no ${field}`;
    if (typeof found !== 'string') return `has a ${field} that is ${kindOf(found)}, not text: put it into quotes`;
  }
  return undefined;
}

function faultIn(document: Document, what: string, origin: Origin, line?: number): Problem {
  const file = origin.file(document);
  const at = line ?? document.line + leadingLines(document.text);
  const where: Where = {
    ...(file === undefined ? {} : { file }),
    ...(origin.lines ? { line: at } : {}),
  };
  const place = origin.lines ? '' : `, line ${at} of the output`;
  return new Problem(origin.code, `Document ${document.number}${place} ${what}`.replace(' this is', ': this is'), {
    where,
    fix: 'Each document must be one Kubernetes object: apiVersion, kind, and a name under metadata.',
  });
}

/** Blank lines and comments before the first line of content. */
function leadingLines(text: string): number {
  const found = /^(?:[ \t\r]*(?:#.*)?\n)*/.exec(text);
  return countLines(found?.[0] ?? '');
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'boolean'
    ? `the boolean ${value}`
    : typeof value === 'object'
      ? 'a map'
      : `a ${typeof value}`;
}
