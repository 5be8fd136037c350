import { createHash } from 'node:crypto';
import { applicationName } from '../../src/spec/application.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import type { Renderer, Source } from '../../src/spec/ports.ts';
import { port } from './port.ts';

/** An Application, as it is written down. */
export interface Definition {
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}

/** What a control repository holds at one commit: Applications, and what each renders to. */
export interface Commit {
  readonly applications: readonly Definition[];
  /** What else it defines: an AppProject. */
  readonly others?: readonly Definition[];
  readonly renders: Readonly<Record<string, readonly Manifest[]>>;
}

/** The commits of a story in a repository, and the ports that read them. */
export interface Repository {
  readonly source: Source;
  readonly renderer: Renderer;
  commit(revision: string): Commit;
}

export const HOST = 'github.com';
export const REPO = 'acme/platform';

export function sha(index: number): string {
  return `${String(index).padStart(4, '0')}${'c'.repeat(36)}`;
}

/** The index of a commit by its SHA. */
export function indexOf(revision: string): number {
  return Number(revision.slice(0, 4));
}

export function createRepository(commits: readonly Commit[], head: () => string): Repository {
  const commit = (revision: string): Commit => commits[indexOf(revision)] ?? { applications: [], renders: {} };
  const files = commits.map(({ applications, others = [] }) =>
    [...applications, ...others].map((definition, index) => ({
      path: `argocd/${index}.json`,
      text: JSON.stringify(definition),
    })),
  );
  const filesOf = (revision: string): (typeof files)[number] => files[indexOf(revision)] ?? [];
  return {
    commit,
    source: port<Source>({
      resolve: async () => head(),
      checkout: async (repoURL: string, revision: string) => ({ repoURL, revision, dir: '/' }),
      manifestFiles: async ({ revision }: { readonly revision: string }) => filesOf(revision),
      tree: async (_repoURL: string, revision: string) =>
        new Map([
          ...filesOf(revision).map(({ path, text }) => [path, digest(text)] as const),
          ...Object.entries(commit(revision).renders).map(
            ([name, manifests]) => [`${name}/all.json`, digest(JSON.stringify(manifests))] as const,
          ),
        ]),
      readFiles: async () => [],
      // A step wraps these, and no story needs them
      webFile: undefined,
    }),
    renderer: {
      render: async ({ application, checkout }) =>
        commit(checkout.revision).renders[applicationName(application)] ?? [],
      closure: async ({ application }) => [`${applicationName(application)}/`],
      parameters: async ({ source }) => source,
      mayDefine: async () => false,
      decrypted: () => false,
    },
  };
}

function digest(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
