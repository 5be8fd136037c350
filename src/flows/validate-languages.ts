import type { FieldPath, ManifestDocument } from '../spec/documents.ts';
import { readData } from '../spec/documents.ts';
import type { Clock, Engines, Outcome } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';

interface LanguagePorts {
  readonly engines: Pick<Engines, 'templates' | 'expressions' | 'jq' | 'lua'>;
  readonly clock: Clock;
}

type Language = 'template' | 'notification template' | 'expression' | 'jq path' | 'Lua script';

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
    of('template', 'notification template'),
    of('expression'),
    of('jq path'),
    of('Lua script'),
  ];
  const at = clock();
  const outcomes = await Promise.all([
    engines.templates(
      templates.map(({ text, language }) => ({
        template: /\{\{-?\s*define\b/.test(text) ? '' : `{{if false}}${text}{{end}}`,
        data: {},
        dialect: language === 'template' ? ('applicationset' as const) : ('notifications' as const),
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

function problemOf({ language, text, document, path }: Program, outcome: Outcome<unknown> | undefined): Problem[] {
  if (outcome === undefined || outcome.ok) return [];
  const shown = text.trim().split('\n')[0] ?? '';
  const words = shown.length > 80 ? `${shown.slice(0, 79)}…` : shown;
  return [
    new Problem('misconfigured', `the ${language} "${words}" does not parse: ${outcome.error}`, {
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
      return /^resource\.customizations\.health\.(?!.*useOpenLibs)/.test(key) ? [at('Lua script', text)] : [];
    }
    if (name !== 'argocd-notifications-cm') return [];
    if (key.startsWith('trigger.')) {
      return conditions(text)
        .flatMap((condition) => ['when', 'oncePer'].flatMap((field) => strings(get(condition, [field]))))
        .map((each) => at('expression', each));
    }
    if (!key.startsWith('template.')) return [];
    return leaves(yaml(text)).map((each) => at('notification template', each));
  });
}

function conditions(text: string): readonly unknown[] {
  const read = yaml(text);
  return Array.isArray(read) ? read : [];
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
