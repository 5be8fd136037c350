import type { ManifestFile } from '../../../src/spec/catalogue.ts';
import type { Manifest } from '../../../src/spec/manifest.ts';
import type { Forge, Renderer, Source } from '../../../src/spec/ports.ts';
import { Problem } from '../../../src/spec/problem.ts';

/** What a commit holds: texts by path. */
export type Files = Readonly<Record<string, string>>;

/** A repository in memory, as flows see it: its branch at GitHub, its files, and what they render to. */
export interface Repository {
  readonly url: string;
  readonly forge: Forge;
  readonly source: Source;
  readonly renderer: Renderer;
  /** null takes a file away. */
  commit(changes: Readonly<Record<string, string | null>>): void;
  /** A folder does not render any more, at whatever commit: as when its repository is deleted. */
  lose(folder: string): void;
}

/**
 * A repository of which applications are read from `apps/` and `argocd/`, and rendered from one file of JSON documents
 * each: the engine is what is looked at, and no Git, no Helm and no GitHub should stand in its light.
 */
export function createRepository(url: string): Repository {
  const commits: Files[] = [{}];
  const lost = new Set<string>();
  const at = (revision: string): Files => {
    const files = commits[Number(revision.slice(0, 8))];
    if (files === undefined) throw new Problem('not-found', `${url} has no commit ${revision}`);
    return files;
  };
  const head = async (): Promise<string> => `${String(commits.length - 1).padStart(8, '0')}${'c'.repeat(32)}`;
  const filesIn = (files: Files, folders: RegExp): readonly ManifestFile[] =>
    Object.entries(files).flatMap(([path, text]) => (folders.test(path) ? [{ path, text }] : []));
  return {
    url,
    commit: (changes) => {
      const next = Object.entries({ ...commits.at(-1), ...changes });
      commits.push(Object.fromEntries(next.flatMap(([path, text]) => (text === null ? [] : [[path, text] as const]))));
    },
    lose: (folder) => {
      lost.add(folder);
    },
    forge: port<Forge>({
      resolve: head,
      defaultBranch: async () => 'main',
      pullsOf: async () => [],
      hasComment: async () => false,
      createDeployment: async () => 1,
      setDeployment: async () => undefined,
    }),
    source: port<Source>({
      resolve: head,
      checkout: async (repoURL: string, revision: string) => ({ repoURL, revision, dir: '/' }),
      manifestFiles: async ({ revision }: { readonly revision: string }) => filesIn(at(revision), /^(apps|argocd)\//),
      tree: async (_url: string, revision: string) => new Map(Object.entries(at(revision))),
      readFiles: async () => [],
    }),
    renderer: port<Renderer>({
      render: async ({ source, checkout }) => {
        const text = at(checkout.revision)[`${source.path}/all.yaml`];
        if (text === undefined || lost.has(source.path ?? ''))
          throw new Problem('not-found', `${source.path}: app path does not exist`);
        return text.split('\n---\n').map((document): Manifest => JSON.parse(document));
      },
      closure: async () => [],
      mayDefine: async () => false,
      decrypted: () => false,
    }),
  };
}

/** A port of which the engine uses only these members; any other says so. */
function port<T extends object>(members: Partial<T>): T {
  const absent = (name: string | symbol) => (): never => {
    throw new Error(`the port has no ${String(name)} here`);
  };
  return new Proxy(members, { get: (all, name) => Reflect.get(all, name) ?? absent(name) }) as T;
}
