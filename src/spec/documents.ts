import {
  type Document,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type ScalarTag,
  type Tags,
} from 'yaml';
import type { ManifestFile } from './catalogue.ts';
import { Problem, type Where } from './problem.ts';
import { yamlMessage } from './yaml-message.ts';

/** A way into a document: `['spec', 'sources', 0, 'path']`. */
export type FieldPath = readonly (string | number)[];

/** One object of a manifest file, with the lines on which its fields stand. */
export interface ManifestDocument {
  readonly file: string;
  /** '' where the document has none, or it is no string. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** A label of the object; undefined where it has none of that name. */
  label(name: string): string | undefined;
  /** The object as plain data, made when asked for. Throws Problem `invalid-manifest`: bad aliases or merge keys. */
  value(): unknown;
  /** Where a field stands; of a field that is not there, where the nearest one around it does. */
  where(path: FieldPath): Where;
  /** Line on which the text of a field begins: one further down than the field for block scalars (`|`, `>`). */
  textLine(path: FieldPath): number;
}

/** What a file holds: its objects in order, and at most one problem: the first fault of its YAML. */
export interface FileDocuments {
  readonly documents: readonly ManifestDocument[];
  readonly problems: readonly Problem[];
}

/**
 * Reads the objects of a YAML or JSON file; lists (`kind: List`) are taken apart. A document with broken YAML is left
 * out and told as a problem, the others of the file are kept. YAML is read as Kubernetes reads it: 1.1 (`yes` is true,
 * `<<` merges), but dates and `12:30` stay strings. https://pkg.go.dev/sigs.k8s.io/yaml
 */
export function readDocuments(file: ManifestFile): FileDocuments {
  const lines = new LineCounter();
  const documents: ManifestDocument[] = [];
  const problems: Problem[] = [];
  for (const document of parsed(file.text, lines)) {
    const error = document.errors[0];
    if (error === undefined) documents.push(...flatten(file.path, document, document.contents, [], lines));
    else if (problems.length === 0) problems.push(brokenYaml(file.path, error.message, lines.linePos(error.pos[0])));
  }
  return { documents, problems };
}

/**
 * The data of a YAML or JSON file, read as above; of several documents the first. Undefined for a file without any.
 * Throws Problem `invalid-manifest` with file and line.
 */
export function readData(file: ManifestFile): unknown {
  const lines = new LineCounter();
  const [document] = parsed(file.text, lines);
  if (document === undefined) return undefined;
  const error = document.errors[0];
  if (error !== undefined) throw brokenYaml(file.path, error.message, lines.linePos(error.pos[0]));
  return document.contents === null ? undefined : plain(file.path, document, document.contents, lines);
}

function parsed(text: string, lineCounter: LineCounter): readonly Document.Parsed[] {
  const found = parseAllDocuments(text, {
    version: '1.1',
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !isTimeTag(tag)).map(numbersAsInGo),
    lineCounter,
    prettyErrors: false,
    logLevel: 'silent',
  });
  return Array.isArray(found) ? found : [];
}

function isTimeTag(tag: { readonly tag: string; readonly format?: string }): boolean {
  return tag.format === 'TIME' || tag.tag === 'tag:yaml.org,2002:timestamp';
}

type NumberTag = Exclude<Tags[number], string> & { readonly test: RegExp };

/**
 * YAML 1.1 takes `.` (the usual `path: .`) and `e1` (a commit) for numbers; Go, which wants a digit, for text. Go knows
 * `0o644` of YAML 1.2, too.
 */
function numbersAsInGo(tag: Tags[number]): Tags[number] {
  if (isOctalTag(tag)) {
    const resolve: ScalarTag['resolve'] = (text, onError, options) =>
      tag.resolve(text.replace('0o', '0'), onError, options);
    return { ...tag, test: /^[-+]?0o?[0-7_]+$/, resolve };
  }
  if (!isNumberTag(tag)) return tag;
  if (tag.test.test('.')) return { ...tag, test: /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9_]*[0-9][0-9_]*)$/ };
  if (!tag.test.test('e1')) return tag;
  return { ...tag, test: /^[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9_]*[0-9][0-9_]*)[eE][-+]?[0-9]+$/ };
}

function isOctalTag(tag: Tags[number]): tag is ScalarTag & { readonly test: RegExp } {
  return typeof tag !== 'string' && 'format' in tag && tag.format === 'OCT' && 'resolve' in tag;
}

function isNumberTag(tag: Tags[number]): tag is NumberTag {
  return typeof tag !== 'string' && tag.tag === 'tag:yaml.org,2002:float' && 'test' in tag && tag.test !== undefined;
}

function brokenYaml(file: string, message: string, position: { readonly line: number; readonly col: number }): Problem {
  return new Problem('invalid-manifest', `this is not valid YAML: ${yamlMessage(message)}`, {
    where: { file, line: position.line, column: position.col },
    fix: 'Mend the YAML at this line; a tab, a missing quote or a wrong indentation is the usual cause.',
  });
}

function flatten(
  file: string,
  document: Document.Parsed,
  node: unknown,
  path: FieldPath,
  lines: LineCounter,
): ManifestDocument[] {
  if (!isMap(node)) return [];
  const items = node.get('items', true);
  if (/^([A-Z]\w*)?List$/.test(text(node.get('kind'))) && isSeq(items)) {
    return items.items.flatMap((item, index) => flatten(file, document, item, [...path, 'items', index], lines));
  }
  const metadata = node.get('metadata');
  return [
    {
      file,
      apiVersion: text(node.get('apiVersion')),
      kind: text(node.get('kind')),
      name: isMap(metadata) ? text(metadata.get('name')) : '',
      label: (name) => text(node.getIn(['metadata', 'labels', name])) || undefined,
      value: () => plain(file, document, node, lines),
      where: (field) => {
        const { line, col } = lines.linePos(startOf(node, field));
        return { file, line, column: col, ...(field.length === 0 ? {} : { field: fieldText(field) }) };
      },
      textLine: (field) => {
        const { line } = lines.linePos(startOf(node, field));
        const found = node.getIn(field, true);
        const block = isScalar(found) && (found.type === 'BLOCK_LITERAL' || found.type === 'BLOCK_FOLDED');
        return block ? line + 1 : line;
      },
    },
  ];
}

/**
 * More aliases than any real manifest has, and few enough that a bomb of them ends early. A problem, as CVE-2022-31016
 * asks for.
 */
const MAX_ALIASES = 100;

function plain(file: string, document: Document.Parsed, node: Node, lines: LineCounter): unknown {
  try {
    return node.toJS(document, { maxAliasCount: MAX_ALIASES });
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw brokenYaml(file, message, lines.linePos(node.range?.[0] ?? 0));
  }
}

/** Offset of a field's value, or of the innermost node around it that is there. */
function startOf(root: Node, path: FieldPath): number {
  let node: Node = root;
  for (const step of path) {
    const next: unknown = isCollection(node) ? node.get(step, true) : undefined;
    if (!isMap(next) && !isSeq(next) && !isScalar(next)) break;
    node = next;
  }
  return node.range?.[0] ?? 0;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A path as people write it: `spec.sources[0].path`, `metadata.annotations["a.b/c"]`. */
export function fieldText(path: FieldPath): string {
  return path.reduce<string>((before, step) => {
    if (typeof step === 'number') return `${before}[${step}]`;
    if (!/^[\w-]+$/.test(step)) return `${before}[${JSON.stringify(step)}]`;
    return before === '' ? step : `${before}.${step}`;
  }, '');
}
