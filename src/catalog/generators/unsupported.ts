import { GENERATORS } from '../../spec/applicationset.ts';
import type { FieldPath } from '../../spec/documents.ts';
import { Problem } from '../../spec/problem.ts';
import type { GeneratorContext } from './context.ts';

/** Generators that trimtab names and does not run, with the reason and what to write instead. */
const REASONS: Readonly<Partial<Record<(typeof GENERATORS)[number], readonly [string, string]>>> = {
  pullRequest: [
    'its elements are the open pull requests of the moment, and trimtab takes applications from commits only',
    'A pull request has a preview without it; write the applications that are to be deployed into Git.',
  ],
  scmProvider: [
    'its elements are the repositories of the moment, and trimtab takes applications from commits only',
    'Write the repositories into a list generator, or into files for a git generator.',
  ],
  clusterDecisionResource: [
    'its elements are in a resource of the cluster that Argo CD runs in, where trimtab has nothing',
    'Use a clusters generator with a label selector.',
  ],
  plugin: [
    'its elements come from a service of the cluster that Argo CD runs in, which trimtab cannot reach',
    'Let the service write its answer into a file in Git, and read that with a git generator.',
  ],
};

/** The problem of a set with such a generator. */
export function unsupportedGenerator(
  name: (typeof GENERATORS)[number],
  path: FieldPath,
  { set }: GeneratorContext,
): Problem {
  const [why, fix] = REASONS[name] ?? ['trimtab does not know it', `Use one of ${GENERATORS.join(', ')}.`];
  return new Problem('unsupported', `the ${name} generator of ${set.value.metadata.name} is not supported: ${why}`, {
    where: set.locate(path),
    fix,
  });
}
