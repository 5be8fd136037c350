import { keepApplications, keepsAnything } from '../catalog/keep-applications.ts';
import type { Bare } from '../catalog/keep-fields.ts';
import { ignoreFilter, ignoresOf, withoutIgnored } from '../diff/index.ts';
import { type Application, applicationName, type IgnoreDifference, type Parsed } from '../spec/application.ts';
import type { ParsedSet } from '../spec/applicationset.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { ApplicationStatus } from '../spec/operation.ts';
import type { Clock, Engines } from '../spec/ports.ts';

export interface KeepPorts {
  readonly engines: Pick<Engines, 'jq'>;
  readonly clock: Clock;
  /** What the last looks found; asked only for a set that keeps anything. Absent: nothing is known, so all is new. */
  readonly remembered: (() => Promise<readonly ApplicationStatus[]>) | undefined;
}

/** What a set gives, with what it made before as its policy has it (`keepApplications`). */
export async function keepGenerated(
  set: ParsedSet,
  given: readonly Parsed<Application>[],
  catalogue: Pick<Catalogue, 'applications' | 'settings'>,
  ports: KeepPorts,
): Promise<readonly Parsed<Application>[]> {
  if (ports.remembered === undefined || !keepsAnything(set.value, catalogue.settings)) return given;
  const statuses = await ports.remembered();
  const applications = new Map(
    statuses.flatMap(({ generated }) =>
      generated?.set === set.value.metadata.name
        ? [[applicationName(generated.application), generated.application] as const]
        : [],
    ),
  );
  const bare = await bareOf(set, given, applications, ports);
  return keepApplications(set, given, { applications, bare }, catalogue);
}

/** Each application that is there and given, without what the set ignores; none where it ignores nothing. */
async function bareOf(
  { value: { spec } }: ParsedSet,
  given: readonly Parsed<Application>[],
  made: ReadonlyMap<string, Application>,
  ports: KeepPorts,
): Promise<ReadonlyMap<string, Bare>> {
  const rules = (spec.ignoreApplicationDifferences ?? []).map(
    (rule): IgnoreDifference => ({ ...rule, group: 'argoproj.io', kind: 'Application' }),
  );
  if (rules.length === 0) return new Map();
  const pairs = given.flatMap(({ value: now }) => {
    const before = made.get(applicationName(now));
    return before === undefined ? [] : [{ before, now }];
  });
  const stripped = await withoutJq(
    pairs.flatMap(({ before, now }) => [before, now]).map((one) => withoutPointers(one, rules)),
    rules,
    ports,
  );
  return new Map(
    pairs.map(({ before, now }, index) => [
      applicationName(now),
      { before: stripped[2 * index] ?? before, now: stripped[2 * index + 1] ?? now },
    ]),
  );
}

function withoutPointers(application: Application, rules: readonly IgnoreDifference[]): Application {
  const left = withoutIgnored({ ...application }, ignoresOf({ ...application }, rules), []);
  return left as unknown as Application;
}

/** In one call for all of them. A filter that fails ignores nothing. */
async function withoutJq(
  applications: readonly Application[],
  rules: readonly IgnoreDifference[],
  { engines, clock }: KeepPorts,
): Promise<readonly Application[]> {
  const filtered = applications.flatMap((one, index) => {
    const filter = ignoreFilter({ ...one }, rules);
    return filter === undefined ? [] : [{ index, filter, input: one }];
  });
  if (filtered.length === 0) return applications;
  const outcomes = await engines.jq(filtered, clock());
  const left = [...applications];
  for (const [position, { index }] of filtered.entries()) {
    const outcome = outcomes[position];
    if (outcome?.ok === true && outcome.value.length === 1) left[index] = outcome.value[0] as Application;
  }
  return left;
}
