import { type Application, applicationName, type Parsed } from '../spec/application.ts';
import type { ParsedSet } from '../spec/applicationset.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { Problem, whereText } from '../spec/problem.ts';
import type { AppProject } from '../spec/project.ts';
import { chainOf, type Definitions } from './rendered-definitions.ts';
import { sameData, sameDefinition } from './same-definition.ts';
import { withoutProject } from './without-project.ts';

/** What one application renders. */
export interface Rendered {
  readonly parent: Parsed<Application>;
  readonly definitions: Definitions;
  /** Whether the render reads a file of the control repository: what stands in it is then input, and defines nothing. */
  reads(file: string): boolean;
}

/** A catalogue with what was rendered, and what of it nobody has looked into yet. */
export interface WithRendered {
  readonly catalogue: Catalogue;
  readonly applications: readonly Parsed<Application>[];
  readonly sets: readonly ParsedSet[];
}

/**
 * Adds what applications render to a catalogue (app of apps). What is written in a file as well is the same thing, and
 * there once: as it was rendered, where the render reads that file. What is there twice from different places is a
 * problem, and the one that was known stays out of the way of nobody: neither counts. Cycles lose nothing and are named.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/cluster-bootstrapping/#app-of-apps-pattern
 */
export function withRendered(known: Catalogue, found: readonly Rendered[], repo: string): WithRendered {
  const applications = merge(known.applications, found, {
    pick: (definitions) => definitions.applications,
    kind: 'Application',
    same: sameDefinition,
    isWritten: (one) => one.generatedBy === undefined && one.rendered !== true,
    mark: (one, parents) => ({ ...one, parents: one.parents ?? parents }),
  });
  const sets = merge(known.sets, found, {
    pick: (definitions) => definitions.sets,
    kind: 'ApplicationSet',
    same: (a, b) => sameData(a.spec, b.spec),
    isWritten: (one) => one.rendered !== true,
    mark: (one, parents) => ({ ...one, parents: one.parents ?? parents }),
  });
  const projects = merge<Parsed<AppProject>>(known.projects, found, {
    pick: (definitions) => definitions.projects,
    kind: 'AppProject',
    same: (a, b) => sameData(a.spec, b.spec),
    // The one that Argo CD makes by itself stands nowhere, and gives way.
    isWritten: (one) => one.where.file !== undefined,
    mark: (one) => one,
  });
  const replaced = new Set(applications.replaced.map((one) => applicationName(one.value)));
  // What an application rendered before it was known how it is really defined is found again.
  const kept = applications.all.filter((one) => !(one.rendered && one.parents?.some((name) => replaced.has(name))));
  const problems = [...found.flatMap((one) => one.definitions.problems)];
  problems.push(...applications.problems, ...sets.problems, ...projects.problems);
  return {
    catalogue: {
      ...known,
      applications: kept,
      sets: sets.all,
      projects: projects.all,
      problems: [...known.problems, ...problems.map((problem) => problem.at({ repo }))],
    },
    applications: [...applications.fresh, ...applications.replaced].filter((one) => kept.includes(one)),
    sets: [...sets.fresh, ...sets.replaced],
  };
}

interface Named {
  readonly value: { readonly metadata: { readonly name: string } };
  readonly where: Parsed<unknown>['where'];
}

interface Rules<T extends Named> {
  pick(definitions: Definitions): readonly T[];
  readonly kind: string;
  same(a: T['value'], b: T['value']): boolean;
  isWritten(one: T): boolean;
  mark(one: T, parents: readonly string[]): T;
}

function merge<T extends Named>(
  known: readonly T[],
  found: readonly Rendered[],
  rules: Rules<T>,
): {
  readonly all: readonly T[];
  readonly fresh: readonly T[];
  readonly replaced: readonly T[];
  readonly problems: readonly Problem[];
} {
  const all = new Map(known.map((one) => [one.value.metadata.name, one]));
  const fresh = new Set<string>();
  const replaced = new Set<string>();
  const problems: Problem[] = [];
  const twice = new Set<string>();
  for (const { parent, definitions, reads } of found) {
    const chain = chainOf(parent);
    for (const child of rules.pick(definitions)) {
      const { name } = child.value.metadata;
      const before = all.get(name);
      if (rules.kind === 'Application' && chain.includes(name)) {
        problems.push(...cycle(chain.slice(chain.indexOf(name))));
      } else if (before === undefined || before.where.file === undefined) {
        all.set(name, child);
        fresh.add(name);
      } else if (rules.isWritten(before) && rules.same(before.value, child.value)) {
        all.set(name, rules.mark(before, chain));
      } else if (rules.isWritten(before) && reads(before.where.file)) {
        all.set(name, rules.mark({ ...before, value: child.value }, chain));
        replaced.add(name);
      } else {
        twice.add(name);
        problems.push(definedTwice(rules.kind, name, before, parent));
      }
    }
  }
  // Of two projects the written one counts: without any, nothing of the project could be looked at.
  if (rules.kind !== 'AppProject') for (const name of twice) all.delete(name);
  const of = (names: ReadonlySet<string>): T[] => [...names].flatMap((name) => all.get(name) ?? []);
  return { all: [...all.values()], fresh: of(fresh), replaced: of(replaced), problems };
}

function definedTwice(kind: string, name: string, before: Named, parent: Parsed<Application>): Problem {
  const by = applicationName(parent.value);
  const place = whereText({ ...before.where, field: '' }).replace(/, $/, '');
  return new Problem('conflict', `${kind} ${name} is defined more than once: in ${place}, and ${by} renders it`, {
    where: {
      ...before.where,
      ...(kind === 'Application' ? { application: name } : {}),
      ...(kind === 'ApplicationSet' ? { applicationSet: name } : {}),
    },
    fix: 'Remove all but one, or give them different names; until then none of them counts.',
  });
}

/** An application that renders itself manages itself, which is fine; a longer way round has no beginning. */
function cycle(names: readonly string[]): readonly Problem[] {
  if (names.length < 2) return [];
  const way = [...names, names[0]].join(' → ');
  return names.map(
    (application) =>
      new Problem('misconfigured', `applications render each other in a circle: ${way}`, {
        where: { application },
        fix: 'Let one of them no longer render the next; until then each is taken as it is, in no order of waves.',
      }),
  );
}

/**
 * The catalogue when nothing more is to be found: circles of applications that are written in files are named, and each
 * stands by itself; projects that were missing may have been rendered.
 */
export function settled(catalogue: Catalogue, repo: string): Catalogue {
  const byName = new Map(catalogue.applications.map((one) => [applicationName(one.value), one]));
  const problems = catalogue.problems.filter(({ where }) => where.field !== 'spec.project');
  const circles = new Set<string>();
  for (const name of byName.keys()) {
    const way = circles.has(name) ? [] : wayRound(name, byName);
    for (const each of way) circles.add(each);
    problems.push(...cycle(way).map((problem) => problem.at({ repo })));
  }
  const applications = catalogue.applications.map((one) => {
    const { parents: _parents, ...alone } = one;
    return circles.has(applicationName(one.value)) ? alone : one;
  });
  const missing = withoutProject(applications, catalogue.projects).map((problem) => problem.at({ repo }));
  return { ...catalogue, applications, problems: [...problems, ...missing] };
}

/** The applications from a name through its parents back to it, the outermost first; empty where there is no way back. */
function wayRound(name: string, byName: ReadonlyMap<string, Parsed<Application>>): readonly string[] {
  const way = [name];
  for (let parent = parentOf(name, byName); parent !== undefined; parent = parentOf(parent, byName)) {
    if (parent === name) return way;
    if (way.includes(parent)) return [];
    way.unshift(parent);
  }
  return [];
}

function parentOf(name: string, byName: ReadonlyMap<string, Parsed<Application>>): string | undefined {
  return byName.get(name)?.parents?.at(-1);
}
