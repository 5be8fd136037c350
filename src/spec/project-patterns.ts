import type { FieldPath } from './documents.ts';
import { isReadableGlob } from './glob.ts';
import type { AppProjectSpec } from './project.ts';

/** A pattern of a project that nobody can read. */
export interface WrongPattern {
  readonly path: FieldPath;
  readonly message: string;
  readonly fix: string;
}

type Texts = readonly (readonly [path: FieldPath, pattern: string | undefined])[];

/**
 * Globs of a project that can't be read, and regular expressions of `sourceNamespaces`: what they would allow is not allowed,
 * and what they would deny is denied all the same. https://argo-cd.readthedocs.io/en/stable/user-guide/projects/
 */
export function wrongPatterns(spec: AppProjectSpec): readonly WrongPattern[] {
  const globs = [...ofRules(spec), ...ofOthers(spec)].flatMap(([path, pattern = '']) => {
    const text = pattern.replace(/^!/, '');
    const fix =
      'Close its brackets and braces: team-[ab], {web,shop}-*; or write a backslash before what is meant as it is.';
    return isReadableGlob(text) ? [] : [{ path, message: `'${pattern}' is no glob: it allows nothing`, fix }];
  });
  const expressions = (spec.sourceNamespaces ?? []).flatMap((pattern, index) => {
    const expression = /^\/(.+)\/$/.exec(pattern)?.[1];
    if (expression === undefined ? isReadableGlob(pattern) : isExpression(expression)) return [];
    const message = `'${pattern}' is no ${expression === undefined ? 'glob' : 'regular expression'}: it allows nothing`;
    return [
      {
        path: ['spec', 'sourceNamespaces', index],
        message,
        fix: 'Write a glob, or a regular expression between slashes.',
      },
    ];
  });
  return [...globs, ...expressions];
}

const LISTS = [
  'clusterResourceWhitelist',
  'clusterResourceBlacklist',
  'namespaceResourceWhitelist',
  'namespaceResourceBlacklist',
] as const;

function ofRules(spec: AppProjectSpec): Texts {
  return LISTS.flatMap((list) =>
    (spec[list] ?? []).flatMap(({ group, kind, name }, index): Texts => {
      const at = (field: string): FieldPath => ['spec', list, index, field];
      return [
        [at('group'), group],
        [at('kind'), kind],
        [at('name'), name],
      ];
    }),
  );
}

function ofOthers(spec: AppProjectSpec): Texts {
  const each = (list: string, entries: readonly object[] | undefined, ...fields: string[]): Texts =>
    (entries ?? []).flatMap((entry, index) =>
      fields.flatMap((field): Texts => {
        const found: unknown = Reflect.get(entry, field);
        const path = ['spec', ...list.split('.'), index, field];
        if (Array.isArray(found)) return found.map((text, place) => [[...path, place], String(text)] as const);
        return typeof found === 'string' ? [[path, found]] : [];
      }),
    );
  const policies = spec.sourceIntegrity?.git?.policies ?? [];
  return [
    ...(spec.sourceRepos ?? []).map((text, index) => [['spec', 'sourceRepos', index], text] as const),
    ...each('destinations', spec.destinations, 'server', 'name', 'namespace'),
    ...each('syncWindows', spec.syncWindows, 'applications', 'namespaces', 'clusters'),
    ...each('destinationServiceAccounts', spec.destinationServiceAccounts, 'server', 'namespace'),
    ...each('orphanedResources.ignore', spec.orphanedResources?.ignore, 'group', 'kind', 'name'),
    ...policies.flatMap(({ repos }, index) =>
      repos.map(({ url }, place) => {
        const path: FieldPath = ['spec', 'sourceIntegrity', 'git', 'policies', index, 'repos', place, 'url'];
        return [path, url] as const;
      }),
    ),
  ];
}

function isExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
