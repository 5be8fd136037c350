import { describe, expect, it } from 'vitest';
import type { ComparePorts } from '../../src/flows/compare-ports.ts';
import { compareRevisions } from '../../src/flows/compare-revisions.ts';
import { type Application, applicationName } from '../../src/spec/application.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import type { RenderInput } from '../../src/spec/ports.ts';
import { previewText } from '../../templates/preview-comment.ts';
import { application, clusterSecret, configMap } from './desk.ts';

/** What a preview says of resources that leave their application. */
const URL = 'https://github.com/acme/platform';
const [BASE, HEAD] = ['b'.repeat(40), 'c'.repeat(40)];
const FINALIZER = 'resources-finalizer.argocd.argoproj.io';
const OPTIONS = 'argocd.argoproj.io/sync-options';

interface Side {
  readonly definitions: readonly object[];
  readonly renders: Readonly<Record<string, readonly Manifest[]>>;
}

/** The comment of a pull request from one state of Git to another. */
async function comment(base: Side, head: Side): Promise<string> {
  const at = (revision: string): Side => (revision === HEAD ? head : base);
  const ports = {
    source: {
      resolve: async () => BASE,
      tree: async (_: string, revision: string) =>
        new Map(
          Object.entries({ ...at(revision).definitions, ...at(revision).renders }).map(([path, content]) => [
            `${path}/all.yaml`,
            JSON.stringify(content),
          ]),
        ),
      checkout: async (repoURL: string, revision: string) => ({ repoURL, revision, dir: '/nowhere' }),
      manifestFiles: async ({ revision }: { readonly revision: string }) =>
        at(revision).definitions.map((one, index) => ({ path: `${index}/all.yaml`, text: JSON.stringify(one) })),
    },
    renderer: {
      closure: async ({ application: of }: RenderInput) => [`${applicationName(of)}/`],
      mayDefine: async () => false,
      render: async ({ application: of, checkout }: RenderInput) =>
        at(checkout.revision).renders[applicationName(of)] ?? [],
    },
    store: { facts: { load: async () => undefined } },
    clock: () => '2026-11-24T09:00:00.000Z',
    markKey: 'key',
  } as unknown as ComparePorts;
  const revisions = { repoURL: URL, controlURL: URL, branch: 'main', defaultBranch: 'main', base: BASE, head: HEAD };
  const compared = await compareRevisions(revisions, ports);
  return previewText({ ...compared, repo: 'acme/platform', pull: 1, base: BASE, head: HEAD }).comment;
}

function web(spec: Partial<Application['spec']> = {}, annotations = {}, name = 'web'): object {
  const made = application(name, { destination: { name: 'in-cluster', namespace: 'web' }, ...spec }, annotations);
  return { ...made, metadata: { ...(made as { metadata: object }).metadata, finalizers: [FINALIZER] } };
}

const settings = configMap('settings', 'x');
const says = (name: string, options: string): Manifest => configMap(name, 'x', { annotations: { [OPTIONS]: options } });
const other = application('other');
const own = [configMap('own', 'x')];
const approved = { 'argocd.argoproj.io/deletion-approved': '2026-11-24T08:00:00Z' };

describe('resources that a change takes out of Git', () => {
  const base = {
    definitions: [web()],
    renders: {
      web: [settings, configMap('old', 'x'), says('data', 'Prune=confirm'), says('kept', 'Prune=false')],
    },
  };
  const head = { ...base, renders: { web: [settings] } };

  it('are pruned, wait for a confirmation which it says how to give, or stay', async () => {
    const text = await comment(base, head);
    expect(text).toContain('🗑️ **Pruned by the sync:** `ConfigMap web/old`\n');
    expect(text).toContain('✋ **Pruning waits for a confirmation** (`Prune=confirm`): `ConfigMap web/data`.');
    expect(text).toContain('give the Application `web` the annotation `argocd.argoproj.io/deletion-approved` in Git');
    expect(text).toContain('📌 **Stays in the cluster:** `ConfigMap web/kept` (Prune=false)');
    expect(text).toMatch(/\| `web` \|.*\| \*\*2\*\* \| syncs by itself \|/);
  });

  it('ask for nothing where nothing is pruned', async () => {
    const manual = web({ syncPolicy: { automated: { prune: false } } });
    const text = await comment({ ...base, definitions: [manual] }, { ...head, definitions: [manual] });
    expect(text).toContain('left in the cluster** (prune is off): `ConfigMap web/data`, `ConfigMap web/old`');
    expect(text).not.toContain('✋');
  });

  it('ask where the application as a whole says so, and name the approval that it has', async () => {
    const asking = web({ syncPolicy: { automated: { prune: true }, syncOptions: ['Prune=confirm'] } }, approved);
    const text = await comment({ ...base, definitions: [asking] }, { ...head, definitions: [asking] });
    expect(text).toMatch(/Pruning waits for a confirmation.*`ConfigMap web\/data`, `ConfigMap web\/old`/);
    expect(text).toContain('It has one of `2026-11-24T08:00:00Z`, which counts for a sync that starts before');
  });
});

describe('an application that a change deletes', () => {
  const manifests = [settings, says('data', 'Delete=confirm'), says('kept', 'Delete=false')];
  const renders = { web: manifests, other: own };
  const head = { definitions: [other], renders: { other: own } };

  it('is told to delete nothing without a confirmation, and how to give it', async () => {
    const text = await comment({ definitions: [other, web()], renders }, head);
    expect(text).toContain('✋ **Deleting it asks for a confirmation** (`Delete=confirm`): `ConfigMap web/data`.');
    expect(text).toContain('**nothing of it will be deleted**. In a change of its own, before this one,');
    expect(text).toContain('📌 **Stays in the cluster:** `ConfigMap web/kept` (Delete=false)');
    expect(text).toMatch(/\| `web` \|.*\| {2}\| ✋ deletes nothing: not confirmed \|/);
    expect(text).not.toContain('is deleted with it');
  });

  it('is told to be confirmed where it is', async () => {
    const text = await comment({ definitions: [other, web({}, approved)], renders }, head);
    expect(text).toContain('`ConfigMap web/data`. The Application has it:');
    expect(text).toMatch(/\| `web` \|.*deletes its resources \|/);
  });

  it('asks for nothing where it leaves everything', async () => {
    const plain = application('web');
    const text = await comment({ definitions: [other, plain], renders }, head);
    expect(text).toContain('what it deployed stays in the cluster');
    expect(text).not.toMatch(/✋|📌/);
  });
});

describe('an application that a change', () => {
  const base = { definitions: [web(), other], renders: { web: [settings, configMap('old', 'x')], other: own } };

  it('renames is told to hand over what it has', async () => {
    const renders = { renamed: [settings], other: own };
    const text = await comment(base, { definitions: [web({}, {}, 'renamed'), other], renders });
    expect(text).toContain('🔁 **Taken over, not deleted:** `ConfigMap web/settings` by `renamed`');
    expect(text).toMatch(/\| `web` \|.*\| \*\*1\*\* \| deletes its resources \|/);
  });

  it('renames whole is told to delete nothing', async () => {
    const renders = { renamed: base.renders.web, other: own };
    const text = await comment(base, { definitions: [web({}, {}, 'renamed'), other], renders });
    expect(text).toMatch(/\| `web` \|.*\| {2}\| deletes no resource \|/);
  });

  it('moves to another cluster is told to leave what it has in the first', async () => {
    const staging = clusterSecret('staging', 'https://staging.example');
    const moved = web({ destination: { name: 'staging', namespace: 'web' } });
    const sides = (definition: object) => ({ definitions: [definition, other, staging], renders: base.renders });
    const text = await comment(sides(web()), sides(moved));
    expect(text).toContain(
      'It leaves the cluster `https://kubernetes.default.svc`: **the 2 resources that it has there stay**',
    );
    expect(text).not.toContain('Pruned by the sync');
  });

  it('moves to another namespace of its cluster is told to prune the first', async () => {
    const moved = web({ destination: { name: 'in-cluster', namespace: 'elsewhere' } });
    const text = await comment(base, { ...base, definitions: [moved, other] });
    expect(text).toContain('🗑️ **Pruned by the sync:** `ConfigMap web/old`, `ConfigMap web/settings`');
  });
});
