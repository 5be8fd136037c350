import type { FieldPath, ManifestDocument } from '../spec/documents.ts';
import { readData } from '../spec/documents.ts';
import type { Clock, Engines, Outcome } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';

interface LanguagePorts {
  readonly engines: Pick<Engines, 'templates' | 'expressions' | 'jq' | 'lua'>;
  readonly clock: Clock;
}

type Language = 'template' | 'notification template' | 'regular expression' | 'expression' | 'jq path' | 'Lua script';

/** A program of a manifest, and where it stands. */
interface Program {
  readonly language: Language;
  readonly text: string;
  readonly document: ManifestDocument;
  readonly path: FieldPath;
}

/**
 * Programs in manifests that do not parse: Go templates of sets and notifications, jq paths, trigger expressions, Lua of
 * health checks. Each is put behind a condition that never holds, so that it is compiled and not run.
 */
export async function languageProblems(
  documents: readonly ManifestDocument[],
  { engines, clock }: LanguagePorts,
): Promise<readonly Problem[]> {
  const all = documents.flatMap(programsOf);
  const of = (...languages: Language[]): readonly Program[] => all.filter((each) => languages.includes(each.language));
  const [templates, expressions, paths, scripts] = [
    of('template', 'notification template', 'regular expression'),
    of('expression'),
    of('jq path'),
    of('Lua script'),
  ];
  const at = clock();
  const outcomes = await Promise.all([
    engines.templates(
      templates.map(({ text, language }) => ({
        template: language === 'regular expression' ? COMPILED : unrun(text),
        data: { expression: text },
        dialect: language === 'notification template' ? ('notifications' as const) : ('applicationset' as const),
      })),
      at,
    ),
    engines.expressions(
      expressions.map(({ text }) => ({ expression: `false && (${text})`, environment: {} })),
      at,
    ),
    engines.jq(
      paths.map(({ text }) => ({ filter: `if false then del(${text}) else . end`, input: {} })),
      at,
    ),
    engines.lua(
      scripts.map(({ text }) => ({ script: `do return {status = "Healthy", message = ""} end\n${text}`, object: {} })),
      at,
    ),
  ]);
  return [templates, expressions, paths, scripts].flatMap((programs, index) =>
    programs.flatMap((program, place) => problemOf(program, outcomes[index]?.[place])),
  );
}

/** Go's own regular expressions. */
const COMPILED = '{{ mustRegexMatch .expression "" }}';

/** How the engines say that a function failed: where in a template that nobody wrote. */
const CALLING = /^template:.*: error calling mustRegexMatch: /;

function unrun(template: string): string {
  return /\{\{-?\s*define\b/.test(template) ? '' : `{{if false}}${template}{{end}}`;
}

function problemOf({ language, text, document, path }: Program, outcome: Outcome<unknown> | undefined): Problem[] {
  if (outcome === undefined || outcome.ok) return [];
  const shown = text.trim().split('\n')[0] ?? '';
  const words = shown.length > 80 ? `${shown.slice(0, 79)}…` : shown;
  return [
    new Problem('misconfigured', `the ${language} "${words}" does not parse: ${outcome.error.replace(CALLING, '')}`, {
      where: document.where(path),
    }),
  ];
}

function programsOf(document: ManifestDocument): readonly Program[] {
  const isArgo = document.apiVersion.startsWith('argoproj.io/');
  if (document.kind !== 'ConfigMap' && !isArgo) return [];
  const value = dataOf(document);
  switch (document.kind) {
    case 'Application':
      return jqPaths(value, ['spec', 'ignoreDifferences'], document);
    case 'ApplicationSet': {
      const isGo = get(value, ['spec', 'goTemplate']) === true;
      const paths = [
        ['spec', 'template'],
        ['spec', 'templatePatch'],
      ] as const;
      return [
        ...(isGo ? paths.flatMap((path) => templates(get(value, path), path, document)) : []),
        ...ofGenerators(get(value, ['spec', 'generators']), ['spec', 'generators'], { document, isGo }),
        ...jqPaths(value, ['spec', 'ignoreApplicationDifferences'], document),
      ];
    }
    case 'ConfigMap':
      return settings(document.name, get(value, ['data']), document);
    default:
      return [];
  }
}

/** What can't be read is told by its own reader. */
function dataOf(document: ManifestDocument): unknown {
  try {
    return document.value();
  } catch {
    return undefined;
  }
}

function get(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, step) ? Reflect.get(inner, step) : undefined,
    value,
  );
}

function jqPaths(value: unknown, list: FieldPath, document: ManifestDocument): readonly Program[] {
  const entries = get(value, list);
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((_entry, index) => {
    const paths = get(value, [...list, index, 'jqPathExpressions']);
    if (!Array.isArray(paths)) return [];
    return paths.flatMap((text: unknown, place) =>
      typeof text === 'string'
        ? [{ language: 'jq path' as const, text, document, path: [...list, index, 'jqPathExpressions', place] }]
        : [],
    );
  });
}

/** Every text with a hole in it, at any depth; keys may have holes, too. */
function templates(value: unknown, path: FieldPath, document: ManifestDocument): readonly Program[] {
  if (typeof value === 'string') {
    return value.includes('{{') ? [{ language: 'template', text: value, document, path }] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    templates(inner, [...path, Array.isArray(value) ? Number(key) : key], document),
  );
}

/** Patterns of filters, and what generators bring of templates: their own, and `values`. */
function ofGenerators(
  value: unknown,
  path: FieldPath,
  of: { readonly document: ManifestDocument; readonly isGo: boolean },
): readonly Program[] {
  if (typeof value !== 'object' || value === null) return [];
  const { document, isGo } = of;
  return Object.entries(value).flatMap(([key, inner]): readonly Program[] => {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    if (MATCHERS.test(key) && typeof inner === 'string') {
      return [{ language: 'regular expression', text: inner, document, path: at }];
    }
    if (key === 'template' || (key === 'values' && !Array.isArray(inner)))
      return isGo ? templates(inner, at, document) : [];
    // What a list holds is data, whatever it is called.
    return key === 'elements' ? [] : ofGenerators(inner, at, of);
  });
}

/** `branchMatch`, `targetBranchMatch`, `titleMatch`, `repositoryMatch`, `labelMatch`; not `matchLabels`. */
const MATCHERS = /^[a-zA-Z]+Match$/;

function settings(name: string, data: unknown, document: ManifestDocument): readonly Program[] {
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([key, text]): readonly Program[] => {
    if (typeof text !== 'string') return [];
    const at = (language: Language, program: string): Program => ({
      language,
      text: program,
      document,
      path: ['data', key],
    });
    if (name === 'argocd-cm') {
      if (/^resource\.customizations\.health\.(?!.*useOpenLibs)/.test(key)) return [at('Lua script', text)];
      if (key.startsWith('resource.customizations.ignoreDifferences.')) {
        return listOf(get(yaml(text), ['jqPathExpressions'])).flatMap((each) =>
          strings(each).map((path) => at('jq path', path)),
        );
      }
      return key === 'resource.customizations' ? ofKinds(yaml(text)).map((script) => at('Lua script', script)) : [];
    }
    if (name !== 'argocd-notifications-cm') return [];
    if (key.startsWith('trigger.')) {
      return listOf(yaml(text))
        .flatMap((condition) => ['when', 'oncePer'].flatMap((field) => strings(get(condition, [field]))))
        .map((each) => at('expression', each));
    }
    if (!key.startsWith('template.')) return [];
    return leaves(yaml(text)).map((each) => at('notification template', each));
  });
}

/** Health scripts of the older map of kinds. */
function ofKinds(map: unknown): readonly string[] {
  if (typeof map !== 'object' || map === null) return [];
  return Object.values(map).flatMap((kind) => strings(get(kind, ['health.lua'])));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function strings(value: unknown): readonly string[] {
  return typeof value === 'string' && value.trim() !== '' ? [value] : [];
}

function leaves(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.includes('{{') ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [];
}

/** What is no YAML is told by the reader of notifications. */
function yaml(text: string): unknown {
  try {
    return readData({ path: '', text });
  } catch {
    return undefined;
  }
}
