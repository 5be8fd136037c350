import * as z from 'zod';
import type { LabelSelector } from '../spec/applicationset.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { readData } from '../spec/documents.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import type { AppProject, AppProjectSpec } from '../spec/project.ts';
import { matchesSelector } from './generators/selector.ts';

/** One entry of `globalProjects`: which projects inherit from which. */
interface GlobalProject {
  readonly labelSelector: LabelSelector;
  readonly projectName: string;
}

/** The lists that a project inherits, appended to its own. A list that is nowhere stays absent: it would forbid all. */
const INHERITED = [
  'clusterResourceWhitelist',
  'clusterResourceBlacklist',
  'namespaceResourceWhitelist',
  'namespaceResourceBlacklist',
  'syncWindows',
  'sourceRepos',
  'destinations',
  'destinationServiceAccounts',
] as const satisfies readonly (keyof AppProjectSpec)[];

/**
 * The project of that name with what it inherits from global projects (`globalProjects` of `argocd-cm`); undefined when
 * there is none. Throws Problem `misconfigured` when the setting can't be read: then nobody knows what is forbidden.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#configuring-global-projects-v18
 */
export function projectOf(
  name: string,
  { projects, settings }: Pick<Catalogue, 'projects' | 'settings'>,
): AppProject | undefined {
  const find = (wanted: string): AppProject | undefined =>
    projects.find(({ value }) => value.metadata.name === wanted)?.value;
  const own = find(name);
  if (own === undefined) return undefined;
  const labels = own.metadata.labels ?? {};
  return readGlobalProjects(settings.argocd)
    .filter(({ projectName, labelSelector }) => projectName !== name && matchesSelector(labelSelector, labels))
    .map(({ projectName }) => find(projectName))
    .reduce<AppProject>((project, global) => (global === undefined ? project : inheriting(project, global)), own);
}

function inheriting(project: AppProject, global: AppProject): AppProject {
  const lists = INHERITED.map(
    (field) => [field, [...(project.spec[field] ?? []), ...(global.spec[field] ?? [])]] as const,
  );
  const there = lists.filter(([field, list]) => list.length > 0 || project.spec[field] !== undefined);
  return { ...project, spec: { ...project.spec, ...Object.fromEntries(there) } };
}

const schema = z.array(
  z.object({
    projectName: z.string(),
    labelSelector: z.object({
      matchLabels: z.record(z.string(), z.string()).exactOptional(),
      matchExpressions: z
        .array(
          z.object({
            key: z.string(),
            operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
            values: z.array(z.string()).exactOptional(),
          }),
        )
        .exactOptional(),
    }),
  }),
);

/** The setting as data. Throws Problem `misconfigured`. */
function readGlobalProjects(argocd: Readonly<Record<string, string>>): readonly GlobalProject[] {
  const text = argocd['globalProjects'] ?? '';
  if (text.trim() === '') return [];
  try {
    return schema.parse(readData({ path: 'argocd-cm', text }));
  } catch (thrown) {
    const reason =
      thrown instanceof z.ZodError ? z.prettifyError(thrown).replaceAll('\n', ' ') : asProblem(thrown).message;
    throw new Problem('misconfigured', `globalProjects of argocd-cm cannot be read: ${reason}`, {
      fix: 'Write a list of entries with labelSelector and projectName.',
    });
  }
}
