import { applicationName } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { Expanded } from './expand-set.ts';
import { withoutDuplicates } from './without-duplicates.ts';
import { withoutProject } from './without-project.ts';

/**
 * A catalogue with what its sets generate beside what is written by hand. A name that is there twice counts nowhere.
 * `repo` is where the sets stand.
 */
export function withGenerated(catalogue: Catalogue, generated: Expanded, repo: string): Catalogue {
  const twice = new Set(
    catalogue.problems.flatMap(({ code, where }) => (code === 'conflict' ? (where.application ?? []) : [])),
  );
  const fresh = generated.applications.filter(({ value }) => !twice.has(applicationName(value)));
  const all = withoutDuplicates([...catalogue.applications, ...fresh], 'Application');
  const added = all.kept.filter((one) => one.generatedBy !== undefined);
  const problems = [...generated.problems, ...all.problems, ...withoutProject(added, catalogue.projects)];
  return {
    ...catalogue,
    applications: all.kept,
    problems: [...catalogue.problems, ...problems.map((problem) => problem.at({ repo }))],
  };
}
