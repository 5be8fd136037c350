import { type Application, applicationName, type Parsed } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { KeptApplications } from '../spec/preview.ts';
import { sameDefinition } from './same-definition.ts';

/**
 * What a change says of applications, and does not reach them, since their set keeps them as they are. What was kept
 * before the change as well, and just as far, is not the change's. In the order of the head's applications.
 */
export function keptByChange(
  base: Pick<Catalogue, 'applications'>,
  head: Pick<Catalogue, 'applications'>,
): readonly KeptApplications[] {
  const before = new Map(base.applications.map((one) => [applicationName(one.value), one]));
  const found = head.applications.flatMap((one) => {
    const was = before.get(applicationName(one.value));
    const { kept, generatedBy: set } = one;
    if (kept === undefined || set === undefined || was === undefined) return [];
    const what: KeptApplications['what'] = kept.instead === undefined ? 'removed' : 'changed';
    const isNew = !sameGiven(givenOf(was), givenOf(one));
    return isNew ? [{ set, by: kept.by, what, application: applicationName(one.value) }] : [];
  });
  const groups = Map.groupBy(found, ({ set, by, what }) => JSON.stringify([set, by, what]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { set, by, what } = first;
    return [{ set, by, what, applications: group.map((each) => each.application) }];
  });
}

/** What the set of an application gives, whatever becomes of it. */
function givenOf({ value, kept }: Parsed<Application>): Application | undefined {
  return kept === undefined ? value : kept.instead;
}

function sameGiven(a: Application | undefined, b: Application | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameDefinition(a, b);
}
