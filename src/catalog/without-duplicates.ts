import type { Parsed } from '../spec/application.ts';
import { Problem, whereText } from '../spec/problem.ts';

interface Named {
  readonly metadata: { readonly name: string };
}

/** Two definitions of one name: neither is better, so neither counts, or the order of files would decide what runs. */
export function withoutDuplicates<P extends Parsed<Named>>(
  found: readonly P[],
  kind: string,
): { readonly kept: readonly P[]; readonly problems: readonly Problem[] } {
  const byName = new Map<string, P[]>();
  for (const each of found) {
    const name = each.value.metadata.name;
    byName.set(name, [...(byName.get(name) ?? []), each]);
  }
  const problems = [...byName.entries()]
    .filter(([, same]) => same.length > 1)
    .map(([name, same]) => {
      const places = same.map(({ where, generatedBy }) => {
        const place = whereText({ ...where, field: '' });
        return generatedBy === undefined ? place : `${place} (ApplicationSet ${generatedBy})`;
      });
      const [first] = same;
      return new Problem('conflict', `${kind} ${name} is defined more than once: ${placesText(places)}`, {
        where: { ...first?.where, ...(kind === 'ApplicationSet' ? { applicationSet: name } : {}) },
        fix: 'Remove all but one, or give them different names; until then none of them counts.',
      });
    });
  return { kept: found.filter(({ value }) => byName.get(value.metadata.name)?.length === 1), problems };
}

function placesText(places: readonly string[]): string {
  return places.map((place) => place.replace(/, $/, '')).join(' and ');
}
