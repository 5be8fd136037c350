import { GENERATORS } from '../../spec/applicationset.ts';
import type { FieldPath } from '../../spec/documents.ts';
import { Problem } from '../../spec/problem.ts';
import type { GeneratorContext } from './context.ts';

/** Generators that trimtab names and does not run, with the reason and what to write instead. */
const REASONS: Readonly<Partial<Record<(typeof GENERATORS)[number], readonly [string, string]>>> = {
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

/** The problem of a generator that asks another host than GitHub. */
export function otherHost(
  name: 'pullRequest' | 'scmProvider',
  generator: object,
  path: FieldPath,
  { set }: GeneratorContext,
): Problem {
  const named = Object.keys(generator).filter((key) => !COMMON.has(key));
  const host = named[0] ?? 'nothing';
  const what = `the ${name} generator of ${set.value.metadata.name} asks ${host}, and trimtab is a GitHub App: it asks github only`;
  return new Problem('unsupported', what, {
    where: set.locate([...path, ...named.slice(0, 1)]),
    fix: 'Write the elements into a list generator, or into files for a git generator.',
  });
}

/** What generators of every host have. */
const COMMON: ReadonlySet<string> = new Set([
  'filters',
  'values',
  'template',
  'requeueAfterSeconds',
  'cloneProtocol',
  'continueOnRepoNotFoundError',
]);
