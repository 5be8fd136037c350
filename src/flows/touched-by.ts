import pMap from 'p-map';
import { isSourcePermitted } from '../access/source-repos.ts';
import { type Affected, affected, type Side, type Sides } from '../catalog/affected.ts';
import { changedFiles } from '../catalog/changed-files.ts';
import { sameDefinition } from '../catalog/same-definition.ts';
import { namesRepository } from '../catalog/set-policy.ts';
import { type Application, type ApplicationSource, applicationName, sourcesOf } from '../spec/application.ts';
import type { ParsedSet } from '../spec/applicationset.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { Problem } from '../spec/problem.ts';
import { sameRepository } from '../spec/repo-url.ts';
import { checkingOutOnce } from './checking-out-once.ts';
import type { At, ComparePorts, Revisions } from './compare-ports.ts';
import { closureOf, pinned, pinnedRevision } from './desired.ts';
import { foreignSource } from './foreign-source.ts';
import { type ControlPorts, readControlRepository } from './read-control-repository.ts';

/** Applications whose files are found out at a time. */
const IN_FLIGHT = 8;

/** What a change touches, before anything of it is rendered for comparison. */
interface Touched {
  readonly touched: readonly Affected[];
  readonly sides: ReadonlyMap<string, Sides>;
  readonly base: At;
  readonly head: At;
}

/** The applications that the change from `base` to `head` touches, each with the first reason. Throws when the repository can't be read. */
export async function touchedBy(revisions: Revisions, ports: ComparePorts): Promise<Touched> {
  const reading = readAt(revisions, revisions.base, ports);
  // As for sources (`foreignSource`): what the App may read, the author of a changed set may not.
  const permits = async (url: string, set: ParsedSet): Promise<boolean> => {
    const { catalogue } = await reading;
    const before = catalogue.sets.find(({ value }) => value.metadata.name === set.value.metadata.name);
    if (sameRepository(url, revisions.repoURL)) return true;
    const isSame = JSON.stringify(before?.value) === JSON.stringify(set.value);
    // A URL that comes from a parameter is not in the set, but in what the change may have changed.
    const isNamed = namesRepository(set.value.spec.generators, url);
    if (isSame && isNamed) return true;
    return catalogue.projects.some(({ value }) => isSourcePermitted(value, url));
  };
  const refuses = async (application: Application): Promise<Problem | undefined> => {
    const { catalogue } = await reading;
    const before = catalogue.applications.find((one) => applicationName(one.value) === applicationName(application));
    if (before !== undefined && sameDefinition(before.value, application)) return undefined;
    return foreignSource(application, catalogue, revisions.repoURL);
  };
  const rules = async (): Promise<Catalogue> => (await reading).catalogue;
  const registered = async (): Promise<Catalogue['settings']> => (await reading).catalogue.settings;
  const [base, head, before, after] = await Promise.all([
    reading,
    readAt(revisions, revisions.head, ports, { ...(ports.guarded && { permits, refuses, rules }), registered }),
    ports.source.tree(revisions.repoURL, revisions.base),
    ports.source.tree(revisions.repoURL, revisions.head),
  ]);
  const files = changedFiles(before, after);
  const sides = sidesByName(await sidesOf(base, ports), await sidesOf(head, ports));
  const touched = affected([...sides.values()], { files, head: head.catalogue });
  return { touched, sides, base, head };
}

async function readAt(
  revisions: Revisions,
  revision: string,
  ports: ComparePorts,
  guard?: Pick<ControlPorts, 'permits' | 'refuses' | 'rules' | 'registered'>,
): Promise<At> {
  const { repoURL, controlURL, branch, defaultBranch } = revisions;
  const own = sameRepository(repoURL, controlURL) && branch === defaultBranch;
  const control = own ? revision : await ports.source.resolve(controlURL, undefined);
  const pin = { repoURL, branch, defaultBranch, revision };
  return {
    catalogue: await readControlRepository({ repoURL: controlURL, revision: control, pin }, { ...ports, ...guard }),
    pin,
  };
}

function sidesByName(base: ReadonlyMap<string, Side>, head: ReadonlyMap<string, Side>): ReadonlyMap<string, Sides> {
  const sides = new Map<string, Sides>();
  for (const [name, side] of base) sides.set(name, { base: side });
  for (const [name, side] of head) sides.set(name, { ...sides.get(name), head: side });
  return sides;
}

/** Every application that a commit defines, by name, with what of the commit it is rendered from. */
async function sidesOf(at: At, ports: ComparePorts): Promise<ReadonlyMap<string, Side>> {
  const pinnedSource = checkingOutOnce(ports.source);
  const resolve = async (repoURL: string, targetRevision?: string): Promise<string> => {
    const follows = targetRevision === undefined ? { repoURL } : { repoURL, targetRevision };
    return pinnedRevision(follows, at.pin) ?? ports.source.resolve(repoURL, targetRevision);
  };
  const readBy = async (application: Application, source: ApplicationSource): Promise<readonly string[]> => {
    if (!pinned(source, at.pin)) return [];
    const { renderer } = ports;
    const checkout = await pinnedSource.checkout(source.repoURL, at.pin.revision);
    return closureOf(application, source, checkout, { renderer, source: { ...ports.source, resolve } });
  };
  const sides = await pMap(
    at.catalogue.applications,
    async (definition): Promise<readonly [string, Side]> => {
      const { value } = definition;
      const closures = await Promise.all(sourcesOf(value).map((source) => readBy(value, source)));
      return [applicationName(definition.value), { definition, closures }];
    },
    { concurrency: IN_FLIGHT },
  );
  return new Map(sides);
}
