import type { Application, Parsed } from '../spec/application.ts';
import { Problem, type Where } from '../spec/problem.ts';
import type { AppProject } from '../spec/project.ts';

/** Argo CD says InvalidSpecError: `Application referencing project X which does not exist`. */
export function withoutProject(
  applications: readonly Parsed<Application>[],
  projects: readonly Parsed<AppProject>[],
): readonly Problem[] {
  const names = new Set(projects.map(({ value }) => value.metadata.name));
  return applications
    .filter(({ value }) => !names.has(value.spec.project))
    .map(({ value, where }) => {
      const at: Where = { ...where, field: 'spec.project' };
      const message = `Application ${value.metadata.name} references project ${value.spec.project}, which does not exist`;
      return new Problem('invalid-manifest', message, {
        where: at,
        fix: `Define the AppProject ${value.spec.project}, or write one of: ${[...names].sort().join(', ')}.`,
      });
    });
}
