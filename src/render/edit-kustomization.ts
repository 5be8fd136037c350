import { readFile, writeFile } from 'node:fs/promises';
import type { KustomizeSource } from '../spec/application.ts';
import type { RenderInput } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { buildEnvironment, substitute } from './build-environment.ts';
import { readYaml } from './yaml.ts';

type Kustomization = Record<string, unknown>;

/**
 * Writes the options of an Application, and the components that it adds, into a copy of its kustomization, with the same results as the
 * `kustomize edit set …` and `edit add …` that Argo CD runs. What can't be read is left to kustomize to complain about.
 * https://kubectl.docs.kubernetes.io/references/kustomize/cmd/edit/
 */
export async function editKustomization(
  input: RenderInput,
  file: string,
  components: readonly string[],
): Promise<void> {
  const read = readYaml(await readFile(file, 'utf8'));
  const [found] = read.ok ? read.documents : [];
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return;
  const edited: Kustomization = { ...found };
  const options = input.source.kustomize ?? {};
  const variables = buildEnvironment(input);
  for (const name of ['namePrefix', 'nameSuffix', 'namespace'] as const) {
    const value = options[name];
    if (value !== undefined && value !== '') edited[name] = value;
  }
  const images = (options.images ?? []).map((image) => substitute(image, variables));
  if (images.length > 0) edited['images'] = setImages(listOf(edited['images']), images);
  if (options.replicas !== undefined) edited['replicas'] = setReplicas(listOf(edited['replicas']), options.replicas);
  addLabels(edited, options, (text) => substitute(text, variables));
  addAnnotations(edited, options, (text) => substitute(text, variables));
  if (options.patches !== undefined) edited['patches'] = [...listOf(edited['patches']), ...options.patches];
  // One that the kustomization names already is not added again.
  if (components.length > 0) edited['components'] = [...new Set([...listOf(edited['components']), ...components])];
  await writeFile(file, JSON.stringify(edited));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

interface Image {
  readonly name: string;
  readonly newName?: string;
  readonly newTag?: string;
  readonly digest?: string;
}

/**
 * `name=new:tag`, `name=new@digest`, `name:tag`, `name@digest`, `name=new`. An image that is there already is replaced;
 * `*` keeps its part. https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/#kustomize
 */
function setImages(present: readonly unknown[], written: readonly string[]): readonly unknown[] {
  const set = new Map(written.map((text) => parseImage(text)).map((image) => [image.name, image]));
  const kept = present.filter((each) => !set.has(nameOf(each)));
  const replaced = [...set.values()].map((image) =>
    withKept(
      image,
      present.find((each) => nameOf(each) === image.name),
    ),
  );
  // They are written by name, and kustomize takes one after the other.
  return [...kept, ...replaced].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0));
}

function parseImage(text: string): Image {
  const equals = text.indexOf('=');
  const name = equals < 0 ? undefined : text.slice(0, equals);
  const rest = text.slice(equals + 1);
  if (rest === '' || (name === undefined && !/@.|:[\w.*-]*$/.test(rest))) throw noImage(text);
  const [before = '', digest] = rest.split('@', 2);
  const [, base = before, newTag] = /^(.*?)(?::([^:/]*))?$/.exec(before) ?? [];
  const newer = { ...(newTag === undefined ? {} : { newTag }), ...(digest === undefined ? {} : { digest }) };
  if (name === undefined) return { name: base, ...newer };
  return { name, ...(base === '' ? {} : { newName: base }), ...newer };
}

function noImage(text: string): Problem {
  return new Problem('invalid-manifest', `${JSON.stringify(text)} sets nothing of an image.`, {
    where: { field: 'spec.source.kustomize.images' },
    fix: 'Write NAME=NEW:TAG, NAME=NEW, NAME:TAG or NAME@DIGEST.',
  });
}

/** What `*` stands for is kept; where nothing is, nothing is set. */
function withKept(image: Image, present: unknown): Image {
  const there = typeof present === 'object' && present !== null ? present : {};
  const parts = Object.entries(image).flatMap(([part, value]): (readonly [string, unknown])[] => {
    if (part === 'name' || value !== '*') return [[part, value]];
    const kept: unknown = Reflect.get(there, part);
    return kept === undefined ? [] : [[part, kept]];
  });
  return { name: image.name, ...Object.fromEntries(parts) };
}

function nameOf(value: unknown): string {
  const name: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'name') : undefined;
  return typeof name === 'string' ? name : '';
}

function setReplicas(present: readonly unknown[], set: NonNullable<KustomizeSource['replicas']>): readonly unknown[] {
  const counts = set.map(({ name, count }, index) => {
    const whole = typeof count === 'number' ? count : /^\d+$/.test(count) ? Number(count) : Number.NaN;
    if (Number.isInteger(whole) && whole >= 0) return { name, count: whole };
    throw new Problem('invalid-manifest', `The count of replicas of ${name} must be a whole number.`, {
      where: { field: `spec.source.kustomize.replicas[${index}].count` },
      fix: 'Write a number, such as 3.',
    });
  });
  const names = new Set(counts.map(({ name }) => name));
  return [...present.filter((each) => !names.has(nameOf(each))), ...counts];
}

type Text = (text: string) => string;

function addLabels(edited: Kustomization, options: KustomizeSource, substituted: Text): void {
  const pairs = pairsOf(options.commonLabels, substituted);
  if (Object.keys(pairs).length === 0) return;
  if (options.labelIncludeTemplates === true && options.labelWithoutSelector !== true) throw onlyWithoutSelector();
  if (options.labelWithoutSelector === true) {
    edited['labels'] = withLabels(listOf(edited['labels']), pairs, options);
    return;
  }
  edited['commonLabels'] = merged(edited['commonLabels'], pairs, 'commonLabels', options.forceCommonLabels === true);
}

/** Labels without selectors join the first entry of their kind, where kustomize looks whether they are set already. */
function withLabels(
  entries: readonly unknown[],
  pairs: Readonly<Record<string, string>>,
  options: KustomizeSource,
): readonly unknown[] {
  const templates = options.labelIncludeTemplates === true;
  const at = entries.findIndex((entry) => {
    const { includeSelectors = false, includeTemplates = false } = entry as Kustomization;
    return includeSelectors === false && includeTemplates === templates;
  });
  if (at < 0) return [...entries, { pairs, ...(templates ? { includeTemplates: true } : {}) }];
  const entry = entries[at] as Kustomization;
  const joined = merged(entry['pairs'], pairs, 'commonLabels', options.forceCommonLabels === true);
  return entries.with(at, { ...entry, pairs: joined });
}

function addAnnotations(edited: Kustomization, options: KustomizeSource, substituted: Text): void {
  const text = options.commonAnnotationsEnvsubst === true ? substituted : (value: string) => value;
  const pairs = pairsOf(options.commonAnnotations, text);
  if (Object.keys(pairs).length === 0) return;
  const force = options.forceCommonAnnotations === true;
  edited['commonAnnotations'] = merged(edited['commonAnnotations'], pairs, 'commonAnnotations', force);
}

/** `kustomize edit add` takes one pair of quotes off a value. */
function pairsOf(given: Readonly<Record<string, string>> = {}, substituted: Text): Readonly<Record<string, string>> {
  const plain = (value: string): string => /^"(.*)"$/s.exec(value)?.[1] ?? value;
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, plain(substituted(value))]));
}

function onlyWithoutSelector(): Problem {
  return new Problem('invalid-manifest', 'labelIncludeTemplates works only with labelWithoutSelector: true.', {
    where: { field: 'spec.source.kustomize.labelIncludeTemplates' },
    fix: 'Set labelWithoutSelector: true, or remove labelIncludeTemplates: commonLabels are in templates in any case.',
  });
}

/** kustomize refuses to change what the kustomization says already, unless forced. */
function merged(present: unknown, pairs: Readonly<Record<string, string>>, field: string, force: boolean): unknown {
  const before = typeof present === 'object' && present !== null ? present : {};
  const taken = Object.keys(pairs).find((name) => Object.hasOwn(before, name));
  if (taken !== undefined && !force) {
    const option = `force${field.charAt(0).toUpperCase()}${field.slice(1)}`;
    throw new Problem('render-failed', `The kustomization sets ${field} ${taken} already.`, {
      where: { field: `spec.source.kustomize.${field}` },
      fix: `Remove it from one of the two, or set ${option}: true.`,
    });
  }
  return { ...before, ...pairs };
}
