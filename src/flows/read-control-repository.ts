import { readCatalogue } from '../catalog/read-catalogue.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { Source } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { sameRepository } from '../spec/repo-url.ts';
import type { Settings } from '../spec/settings.ts';
import { type Pin, pinnedRevision } from './desired.ts';
import { type ExpandPorts, expandSets } from './expand-sets.ts';
import { type FollowPorts, followApplications } from './follow-applications.ts';

/** Which commit of a control repository is read, and what git generators of its sets read. */
export interface ControlRevision {
  /** As in an Application's source. */
  readonly repoURL: string;
  readonly revision: string;
  /** The commit that stands for a branch of some repository, for git generators as for sources. */
  readonly pin?: Pin | undefined;
}

export type ControlPorts = Omit<ExpandPorts, 'source'> &
  Omit<FollowPorts, 'source'> & {
    readonly source: Source;
    /** The only settings by which repositories may be reached. Absent: those that are read count. */
    readonly registered?: (() => Promise<Registered>) | undefined;
  };

type Registered = Pick<Settings, 'repositories' | 'certificates'>;

/**
 * Reads everything that a control repository defines at one commit, with the applications that its sets generate, and
 * those that come out of other applications. Git generators and sources read the control repository at that very commit
 * where they follow its HEAD, and the pin's where they follow its branch; what is elsewhere is read as it is now.
 */
export async function readControlRepository(at: ControlRevision, ports: ControlPorts): Promise<Catalogue> {
  const world = { ...ports, source: { ...ports.source, resolve: resolvingAt(at, ports.source) } };
  const written = await withRegistered(await readWritten(at, ports.source), ports.registered);
  const catalogue = await expandSets(written, at.repoURL, world);
  const expand = async (known: Catalogue, sets: Catalogue['sets']): Promise<Catalogue> => {
    const expanded = await expandSets({ ...known, sets }, at.repoURL, world);
    return { ...expanded, sets: known.sets };
  };
  return await followApplications(catalogue, at.repoURL, expand, world);
}

/**
 * Whoever writes a registration says to whom a credential is shown. So what a change adds or alters of them does not count
 * before it is merged; what it leaves as it was does.
 */
async function withRegistered(catalogue: Catalogue, registered: ControlPorts['registered']): Promise<Catalogue> {
  const { settings } = catalogue;
  if (registered === undefined || (settings.repositories.length === 0 && settings.certificates === undefined)) {
    return catalogue;
  }
  const { certificates, repositories } = await registered();
  const known = new Set(repositories.map((one) => JSON.stringify(one)));
  const kept = settings.repositories.filter((one) => known.has(JSON.stringify(one)));
  const { certificates: _, ...rest } = settings;
  return {
    ...catalogue,
    settings: { ...rest, repositories: kept, ...(certificates === undefined ? {} : { certificates }) },
  };
}

/** Reads what is written by hand only: sets stay sets. */
export async function readWritten(
  { repoURL, revision }: ControlRevision,
  source: Pick<Source, 'checkout' | 'manifestFiles'>,
): Promise<Catalogue> {
  const checkout = await source.checkout(repoURL, revision);
  const catalogue = readCatalogue(repoURL, await source.manifestFiles(checkout));
  const links = (checkout.links ?? []).filter((link) => /\.(ya?ml|json)$/i.test(link));
  return { ...catalogue, problems: [...catalogue.problems, ...links.map((file) => unread(file, repoURL))] };
}

/** What a link stands for is not read; an application that was defined in its place is hidden, and not gone. */
function unread(file: string, repo: string): Problem {
  return new Problem('unsafe-path', 'This is a symbolic link. trimtab does not follow links.', {
    where: { repo, file },
    fix: 'Put the file itself in its place.',
  });
}

function resolvingAt(at: ControlRevision, source: Source): Source['resolve'] {
  return async (repoURL, targetRevision, scope) => {
    const wanted = targetRevision === undefined ? {} : { targetRevision };
    const pinned = at.pin === undefined ? undefined : pinnedRevision({ repoURL, ...wanted }, at.pin);
    if (pinned !== undefined) return pinned;
    const isHead = (targetRevision ?? '') === '' || targetRevision === 'HEAD';
    if (isHead && sameRepository(repoURL, at.repoURL)) return at.revision;
    return await source.resolve(repoURL, targetRevision, scope);
  };
}
