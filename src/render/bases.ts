import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bases, Checkout, RenderInput } from '../spec/ports.ts';
import { Problem, type Where } from '../spec/problem.ts';
import { notBrought, remote, shown } from './kustomization-remotes.ts';
import type { Part } from './part.ts';
import { insideCheckout } from './paths.ts';
import type { Remote } from './remote-base.ts';

/** A folder or a file of another repository, which lies on this machine now. */
interface Found {
  readonly part: Part;
  /** From the root of that repository. */
  readonly path: string;
  readonly is: 'folder' | 'file' | 'missing';
}

/** Brings the repositories that the kustomizations of one build name. */
export interface BaseFinder {
  /** What downloads a file of the web. Throws Problem: `unsupported` where nothing does, `forbidden`. */
  file(url: string, where: Where): () => Promise<string>;
  /** Throws Problem: `misconfigured` without a ref, `unsupported` where nothing brings it, and what bringing it throws. */
  bring(remote: Remote, written: string, where: Where): Promise<Found>;
  /** Those that were brought, in the order of their names. */
  found(): readonly Part[];
}

/** The commit for which a ref of a repository stands. */
export type CommitOf = (bases: Bases, repoURL: string, ref: string) => Promise<string>;

/**
 * For how long a ref stands for what it stood for, in milliseconds: one look at a thousand applications with one base asks
 * for it once, and the next look asks again.
 */
const LATELY = 60_000;

/** Commits of refs, each asked for once within a minute. */
export function createCommits(): CommitOf {
  const known = new Map<string, { readonly commit: Promise<string>; readonly until: number }>();
  return (bases, repoURL, ref) => {
    const key = `${repoURL}\n${ref}`;
    const kept = known.get(key);
    if (kept !== undefined && Date.now() < kept.until) return kept.commit;
    const commit = bases.resolve(repoURL, ref);
    known.set(key, { commit, until: Date.now() + LATELY });
    commit.catch(() => known.delete(key));
    for (const [old, { until }] of known) if (until < Date.now()) known.delete(old);
    return commit;
  };
}

/** Bases that name bases that name bases: more repositories than any that was meant. */
const MOST = 20;

/**
 * Remote bases of kustomize, at the commits for which their refs stand now. A repository is brought once a commit, however
 * many bases lie in it. https://github.com/kubernetes-sigs/kustomize/blob/master/examples/remoteBuild.md
 */
export function createBaseFinder({ bases }: Pick<RenderInput, 'bases'>, own: Part, commitOf: CommitOf): BaseFinder {
  const parts = new Map<string, Part>();
  // Whether it may be read at all, the checkout asks again.
  const checkoutOf = async (from: Bases, repoURL: string, ref: string): Promise<Checkout> =>
    from.checkout(repoURL, await commitOf(from, repoURL, ref));
  const partOf = async (from: Bases, repoURL: string, ref: string, where: Where): Promise<Part> => {
    const checkout = await checkoutOf(from, repoURL, ref);
    if (checkout.dir === own.checkout.dir) return own;
    const known = parts.get(checkout.dir);
    if (known !== undefined) return known;
    if (parts.size >= MOST) throw tooMany(where);
    const part: Part = { checkout, name: `base-${parts.size + 1}`, closure: new Set() };
    parts.set(checkout.dir, part);
    return part;
  };
  return {
    bring: async (elsewhere, written, where) => {
      if (elsewhere.kind !== 'git' || bases === undefined) throw remote(written, where);
      const { base } = elsewhere;
      if (base.ref === undefined) throw withoutRef(written, where);
      const part = await partOf(bases, base.repoURL, base.ref, where).catch((thrown: unknown) => {
        throw notBrought(thrown, `The remote base ${shown(written)}`, where);
      });
      const path = insideCheckout(part.checkout, '', base.path === '' ? '.' : base.path, where);
      const there = await stat(join(part.checkout.dir, path)).catch(() => undefined);
      if (there === undefined) return { part, path, is: 'missing' };
      return { part, path, is: there.isDirectory() ? 'folder' : 'file' };
    },
    file: (url, where) => {
      const what = `The file ${shown(url)}`;
      if (bases?.webFile === undefined) throw remote(url, where);
      try {
        const get = bases.webFile(url);
        return () =>
          get().catch((thrown: unknown) => {
            throw notBrought(thrown, what, where);
          });
      } catch (thrown) {
        throw notBrought(thrown, what, where);
      }
    },
    found: () => [...parts.values()],
  };
}

function withoutRef(written: string, where: Where): Problem {
  return new Problem('misconfigured', `The remote base ${shown(written)} names no commit, tag or branch.`, {
    where,
    fix: 'Say which with ?ref=, best a tag or a commit: without, what is deployed changes with every push there.',
  });
}

function tooMany(where: Where): Problem {
  return new Problem('limit-exceeded', `The kustomization reads more than ${MOST} other repositories.`, { where });
}
