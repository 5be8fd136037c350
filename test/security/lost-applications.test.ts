import { describe, expect, it } from 'vitest';
import { type DeletePorts, deleteVanished } from '../../src/flows/delete-vanished.ts';
import { readWritten } from '../../src/flows/read-control-repository.ts';
import { COMMIT, controlApplication, fileSource } from './support.ts';

const URL = 'https://github.com/acme/platform';
const finalizers = ['resources-finalizer.argocd.argoproj.io'];
const app = (name: string): string => controlApplication(name, 'acme/platform', { finalizers });

/** The applications whose resources are deleted, when a control repository that defined `known` now holds `files`. */
async function deleted(
  known: readonly string[],
  files: Readonly<Record<string, string>>,
  links: readonly string[] = [],
): Promise<readonly string[]> {
  const started: string[] = [];
  const before = fileSource(Object.fromEntries(known.map((name) => [`${name}.yaml`, app(name)])));
  const now = await readWritten({ repoURL: URL, revision: COMMIT }, fileSource(files, links));
  const last = { id: 'o', phase: 'Succeeded', revisions: [COMMIT], definition: COMMIT };
  await deleteVanished({ controlURL: URL, revision: COMMIT, catalogue: now }, {
    source: { ...before, resolve: async () => COMMIT },
    store: {
      statuses: { all: async () => known.map((application) => ({ application })), remove: async () => undefined },
      operations: {
        load: async (application: string) => ({ value: { ...last, application }, version: 1 }),
        save: async ({ application }: { readonly application: string }) => started.push(application),
      },
    },
    queue: { send: async () => undefined },
    clock: () => '2026-11-24T10:00:00Z',
  } as unknown as DeletePorts);
  return started;
}

describe('what an application deployed', () => {
  it('goes when somebody removes its definition', async () => {
    expect(await deleted(['shop', 'web'], { 'web.yaml': app('web') })).toEqual(['shop']);
  });

  it('stays when the control repository is emptied, or overwritten by a force-push', async () => {
    expect(await deleted(['shop', 'web'], {})).toEqual([]);
    expect(await deleted(['shop', 'web', 'api'], { 'README.yaml': 'kind: Nothing\n' })).toEqual([]);
  });

  it('stays when its definition becomes a symbolic link', async () => {
    expect(await deleted(['shop', 'web'], { 'web.yaml': app('web') }, ['shop.yaml'])).toEqual([]);
  });

  it('stays when an ApplicationSet takes its place', async () => {
    const set = 'apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\nspec: {}\n';
    expect(await deleted(['shop', 'web'], { 'web.yaml': app('web'), 'set.yaml': set })).toEqual([]);
  });
});
