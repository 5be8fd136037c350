import pMap from 'p-map';
import { type Expanded, expandSet, ofSet } from '../catalog/expand-set.ts';
import type { Answers, Asking, Need } from '../catalog/generators/index.ts';
import { projectOf } from '../catalog/project-of.ts';
import { repositoryAccess } from '../catalog/repository-access.ts';
import { withGenerated } from '../catalog/with-generated.ts';
import type { ParsedSet } from '../spec/applicationset.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { RepoName } from '../spec/event.ts';
import type { Clock, Engines, Forge, Source, SourceScope, Store } from '../spec/ports.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { askedOnce } from './asked-once.ts';
import { type IntegrityPorts, integrityOf } from './integrity.ts';
import { type KeepPorts, keepGenerated } from './keep-generated.ts';
import { readerOf } from './source-for.ts';

/** What generators ask GitHub. */
export type Hosting = Pick<Forge, 'openPulls' | 'repositories' | 'branches' | 'resolve'>;

export interface ExpandPorts {
  readonly source: Pick<Source, 'resolve' | 'tree' | 'checkout' | 'readFiles'>;
  readonly engines: Pick<Engines, 'templates' | 'jq'>;
  readonly clock: Clock;
  /** What pull request and SCM provider generators ask. Absent: there is no GitHub here, and they fail. */
  readonly forge?: (Partial<Hosting> & IntegrityPorts['forge']) | undefined;
  /** Host of the repositories of the forge: `github.com`. */
  readonly host?: string;
  /** What was made of sets before. Absent: nothing is known, and each application is as its set gives it now. */
  readonly store?: Partial<Pick<Store, 'statuses'>>;
  /** Told of each set that asks for the pull requests of a repository. */
  readonly watches?: (set: string, repo: RepoName) => void;
  /** Whether the generators of a set may read a repository. Absent: they may. */
  readonly permits?: ((repoURL: string, set: ParsedSet) => Promise<boolean>) | undefined;
}

/** Sets that are expanded at a time. */
const IN_FLIGHT = 4;

/**
 * A catalogue with the applications that its sets generate. `ports.source.resolve` decides the commits that git
 * generators read. A set that can't be expanded is a problem that hides its applications: it never counts as empty.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/
 */
export async function expandSets(catalogue: Catalogue, repo: string, ports: ExpandPorts): Promise<Catalogue> {
  if (catalogue.sets.length === 0) return catalogue;
  const world = resolvingOnce(ports);
  const keeping = keepPorts(ports);
  const expanded = await pMap(catalogue.sets, (set) => expandOne(set, catalogue, world, keeping), {
    concurrency: IN_FLIGHT,
  });
  const generated = {
    applications: expanded.flatMap((each) => each.applications),
    problems: expanded.flatMap((each) => each.problems),
  };
  return withGenerated(catalogue, generated, repo);
}

/** What was made of sets before is read once for all of them, and only if one asks. */
function keepPorts({ store, engines, clock }: ExpandPorts): KeepPorts {
  const statuses = store?.statuses;
  let reading: ReturnType<Store['statuses']['all']> | undefined;
  const remembered = async () => {
    reading ??= statuses?.all();
    return (await reading) ?? [];
  };
  return { engines, clock, remembered: statuses === undefined ? undefined : remembered };
}

async function expandOne(
  set: ParsedSet,
  catalogue: Catalogue,
  ports: ExpandPorts,
  keeping: KeepPorts,
): Promise<Expanded> {
  try {
    const name = set.value.metadata.name;
    const watches = (repo: RepoName): void => ports.watches?.(name, repo);
    const world = verifying(set, catalogue, guarding(set, reaching(set, catalogue.settings, ports)));
    const expanded = await run(expandSet(set, catalogue.settings), watches, world);
    return { ...expanded, applications: await keepGenerated(set, expanded.applications, catalogue, keeping) };
  } catch (thrown) {
    const problem: Problem = ofSet(asProblem(thrown), set);
    return { applications: [], problems: [problem] };
  }
}

/**
 * The same world, in which a set reaches repositories as they are registered for the project of its applications, where that
 * is one. https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git/#repository-credentials-for-applicationsets
 */
function reaching({ value }: ParsedSet, settings: Catalogue['settings'], ports: ExpandPorts): ExpandPorts {
  const { source } = ports;
  // One that is templated is the name of none, so what is registered for one project alone does not count then.
  const { project } = (value.spec.template['spec'] ?? {}) as { readonly project?: unknown };
  const scope: SourceScope = {
    accessTo: (repoURL) => repositoryAccess(repoURL, String(project ?? ''), settings),
    permits: () => true,
  };
  return {
    ...ports,
    source: {
      ...source,
      resolve: (repoURL, revision) => source.resolve(repoURL, revision, scope),
      tree: (repoURL, revision) => source.tree(repoURL, revision, scope),
      checkout: (repoURL, revision) => source.checkout(repoURL, revision, scope),
    },
  };
}

/**
 * The same world, in which git generators read no commit that lacks a signature which the project of the applications wants.
 * As in Argo CD, a project that is templated is not known before, and wants none; nor does anybody where GitHub is not asked.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git/
 */
function verifying({ value }: ParsedSet, catalogue: Catalogue, ports: ExpandPorts): ExpandPorts {
  const { source, forge } = ports;
  const { project: name } = (value.spec.template['spec'] ?? {}) as { readonly project?: unknown };
  const project = projectOf(String(name ?? 'default'), catalogue);
  if (project === undefined || forge?.signedCommit === undefined) return ports;
  return {
    ...ports,
    source: {
      ...source,
      resolve: async (repoURL, targetRevision) => {
        const revision = await source.resolve(repoURL, targetRevision);
        const from = { repoURL, ...(targetRevision === undefined ? {} : { targetRevision }) };
        const [unsigned] = await integrityOf(project, from, revision, ports);
        if (unsigned !== undefined) throw new Problem('forbidden', unsigned);
        return revision;
      },
    },
  };
}

function notPermitted(): Problem {
  return new Problem('forbidden', 'no project permits this repository before the change is merged', {
    fix: 'Permit it by sourceRepos of a project in a change of its own; what the set generates is shown after that.',
  });
}

/** The same world, in which a set finds no repository that it may not read. */
function guarding(set: ParsedSet, ports: ExpandPorts): ExpandPorts {
  const { source, permits, forge, host } = ports;
  if (permits === undefined) return ports;
  return {
    ...ports,
    source: {
      ...source,
      resolve: async (repoURL, revision) => {
        if (!(await permits(repoURL, set))) throw notPermitted();
        return await source.resolve(repoURL, revision);
      },
    },
    ...(isHosting(forge) ? { forge: guardedForge(forge, (url) => permits(url, set), host) } : {}),
  };
}

/** The same GitHub, in which a set finds nothing of what it may not read. */
function guardedForge(forge: Hosting, permits: (repoURL: string) => Promise<boolean>, host = 'github.com'): Hosting {
  return {
    ...forge,
    openPulls: async (repo) => {
      if (!(await permits(`https://${host}/${repo}`))) throw notPermitted();
      return await forge.openPulls(repo);
    },
    repositories: async (owner) => {
      const found = await forge.repositories(owner);
      const may = await Promise.all(found.map(({ fullName }) => permits(`https://${host}/${fullName}`)));
      // Fewer repositories would look as if applications were removed.
      if (may.includes(false)) throw notPermitted();
      return found;
    },
  };
}

/** Runs what asks to its end: answers each need, and throws into it what could not be answered. */
async function run<T>(asking: Asking<T>, watches: (repo: RepoName) => void, ports: ExpandPorts): Promise<T> {
  let step = asking.next();
  while (step.done !== true) {
    if (step.value.kind === 'pulls') watches(step.value.repo);
    const answer = await settled(step.value, ports);
    step = 'value' in answer ? asking.next(answer.value) : asking.throw(answer.thrown);
  }
  return step.value;
}

type Settled = { readonly value: Answers[Need['kind']] } | { readonly thrown: unknown };

async function settled(need: Need, ports: ExpandPorts): Promise<Settled> {
  try {
    return { value: await answered(need, ports) };
  } catch (thrown) {
    return { thrown };
  }
}

async function answered(need: Need, ports: ExpandPorts): Promise<Answers[Need['kind']]> {
  const { source, engines, clock } = ports;
  switch (need.kind) {
    case 'paths': {
      const revision = await source.resolve(need.repoURL, need.revision);
      return [...(await source.tree(need.repoURL, revision)).keys()];
    }
    case 'files': {
      const revision = await source.resolve(need.repoURL, need.revision);
      return await source.readFiles(await source.checkout(need.repoURL, revision), need.paths);
    }
    case 'templates':
      return await engines.templates(need.items, clock());
    case 'pulls':
      return (await hosting(need.api, ports).openPulls(need.repo)).map((pull) => ({
        number: pull.number,
        title: pull.title,
        branch: pull.head.ref,
        targetBranch: pull.base.ref,
        sha: pull.head.sha,
        labels: pull.labels,
        author: pull.author,
      }));
    case 'repositories': {
      const { host } = ports;
      const found = await hosting(need.api, ports).repositories(need.organization);
      return host === undefined ? found : found.map((one) => ({ ...one, ...addressesAt(host, one.fullName) }));
    }
    case 'branches': {
      const forge = hosting(undefined, ports);
      if (need.only === undefined) return await forge.branches(need.repo);
      return [{ name: need.only, sha: await forge.resolve(need.repo, need.only) }];
    }
  }
}

/** Repositories are known by the host that trimtab was told, also where it reaches GitHub under another name. */
function addressesAt(host: string, repo: RepoName): { readonly httpsURL: string; readonly sshURL: string } {
  return { httpsURL: `https://${host}/${repo}.git`, sshURL: `git@${host}:${repo}.git` };
}

function isHosting(forge: Partial<Hosting> | undefined): forge is Hosting {
  return forge?.openPulls !== undefined && forge.repositories !== undefined;
}

/** The GitHub that a set asks, if it is ours. */
function hosting(api: string | undefined, { forge, host }: ExpandPorts): Hosting {
  if (!isHosting(forge)) {
    throw new Problem('unavailable', 'its elements are at GitHub, which is not asked from here', {
      fix: 'trimtab as an installed App asks GitHub, and generates these applications.',
    });
  }
  if (api === undefined || api === '' || host === undefined) return forge;
  const asked = URL.canParse(api) ? new URL(api).hostname.replace(/^api\./, '') : api;
  if (asked === host.replace(/:\d+$/, '')) return forge;
  throw new Problem('unsupported', `its elements are at ${asked}, and the App is one of ${host}`, {
    fix: 'Leave out `api`, or write the elements into a list generator.',
  });
}

/** A set sees one commit of a branch, and one list of its files, however often its generators ask. */
function resolvingOnce(ports: ExpandPorts): ExpandPorts {
  const { source } = ports;
  const resolve = commitOnce((repoURL, revision: string | undefined, scope) =>
    source.resolve(repoURL, revision, scope),
  );
  const tree = commitOnce((repoURL, revision: string, scope) => source.tree(repoURL, revision, scope));
  return { ...ports, source: { ...source, resolve, tree } };
}

function commitOnce<R extends string | undefined, T>(
  question: (repoURL: string, revision: R, scope: SourceScope | undefined) => Promise<T>,
): (repoURL: string, revision: R, scope?: SourceScope) => Promise<T> {
  const once = askedOnce<Promise<T>>();
  return (repoURL, revision, scope) =>
    once(`${repoURL}\n${revision ?? ''}${readerOf(repoURL, scope)}`, () => question(repoURL, revision, scope));
}
