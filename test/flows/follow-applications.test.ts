import { describe, expect, it } from 'vitest';
import { readCatalogue } from '../../src/catalog/read-catalogue.ts';
import { expandSets } from '../../src/flows/expand-sets.ts';
import { followApplications } from '../../src/flows/follow-applications.ts';
import type { IntegrityPorts } from '../../src/flows/integrity.ts';
import { applicationName } from '../../src/spec/application.ts';
import type { Catalogue } from '../../src/spec/catalogue.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import { Problem } from '../../src/spec/problem.ts';

const REPO = 'https://github.com/acme/platform';

interface Options {
  readonly server?: string;
  readonly namespace?: string;
  readonly project?: string;
  readonly targetRevision?: string;
}

/** An Application that renders the folder that is named like it. */
function app(name: string, options: Options = {}): Manifest {
  const { server = 'https://kubernetes.default.svc', project = 'default', targetRevision = 'HEAD' } = options;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: options.namespace ?? 'argocd' },
    spec: {
      project,
      source: { repoURL: REPO, path: name, targetRevision },
      destination: { server, namespace: 'argocd' },
    },
  };
}

const CONFIG: Manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'config' } };

const PROJECT: Manifest = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: 'team', namespace: 'argocd' },
  spec: { sourceRepos: ['*'], destinations: [{ server: '*', namespace: '*' }] },
};

const SET: Manifest = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'ApplicationSet',
  metadata: { name: 'teams', namespace: 'argocd' },
  spec: {
    generators: [{ list: { elements: [{ name: 'red' }, { name: 'blue' }] } }],
    template: {
      metadata: { name: '{{name}}' },
      spec: {
        project: 'default',
        source: { repoURL: REPO, path: '{{name}}' },
        destination: { server: 'https://kubernetes.default.svc' },
      },
    },
  },
};

/** What a control repository with these files defines, when folders render to these manifests (or fail). */
async function followed(
  written: Readonly<Record<string, Manifest>>,
  renders: Readonly<Record<string, readonly Manifest[] | Problem>>,
  forge?: IntegrityPorts['forge'],
): Promise<Catalogue> {
  const files = Object.entries(written).map(([path, manifest]) => ({ path, text: JSON.stringify(manifest) }));
  const rendered = (path = ''): readonly Manifest[] => {
    const found = renders[path] ?? [];
    if (found instanceof Problem) throw found;
    return found;
  };
  const source = {
    resolve: async () => 'commit',
    tree: async () => new Map(),
    checkout: async (repoURL: string, revision: string) => ({ repoURL, revision, dir: '/nowhere' }),
    readFiles: async () => [],
    chartVersion: async () => '1.0.0',
    chart: async ({ repoURL }: { readonly repoURL: string }) => ({ repoURL, revision: '1.0.0', dir: '/nowhere' }),
  };
  const ports = {
    source,
    engines: { templates: async () => [], jq: async () => [] },
    clock: () => '2026-11-24T08:00:00.000Z',
  };
  return await followApplications(
    readCatalogue(REPO, files),
    REPO,
    async (known, sets) => ({ ...(await expandSets({ ...known, sets }, REPO, ports)), sets: known.sets }),
    {
      source,
      forge,
      renderer: {
        render: async (input) => rendered(input.source.path),
        parameters: async (input) => input.source,
        closure: async (input) => [`${input.source.path}/`],
        mayDefine: async (input) => renders[input.source.path ?? ''] !== undefined,
      },
      store: { facts: { load: async () => undefined, save: async () => undefined } },
    },
  );
}

/** Name of each application → those that it comes out of. */
function families({ applications }: Catalogue): Readonly<Record<string, string>> {
  return Object.fromEntries(applications.map((one) => [applicationName(one.value), (one.parents ?? []).join(' ')]));
}

describe('app of apps', () => {
  it('is followed to any depth, through sets and projects as well', async () => {
    const catalogue = await followed(
      { 'root.yaml': app('root') },
      { root: [CONFIG, app('team', { project: 'team' }), PROJECT], team: [app('web', { project: 'team' }), SET] },
    );
    expect(catalogue.problems).toEqual([]);
    expect(families(catalogue)).toEqual({
      root: '',
      team: 'root',
      web: 'root team',
      red: 'root team',
      blue: 'root team',
    });
    expect(catalogue.applications.find((one) => one.value.metadata.name === 'red')?.generatedBy).toBe('teams');
    expect(catalogue.projects.map((one) => one.value.metadata.name)).toContain('team');
  });

  it('lists what is rendered from a file of the repository once, as it was rendered', async () => {
    const catalogue = await followed(
      {
        'root.yaml': app('root'),
        'root/web.yaml': app('web'),
        'root/api.yaml': app('api', { targetRevision: 'base' }),
      },
      { root: [app('web'), app('api', { targetRevision: 'patched' })] },
    );
    expect(catalogue.problems).toEqual([]);
    expect(families(catalogue)).toEqual({ root: '', web: 'root', api: 'root' });
    const api = catalogue.applications.find((one) => one.value.metadata.name === 'api');
    expect(api?.value.spec.source?.targetRevision).toBe('patched');
    expect(api?.where.file).toBe('root/api.yaml');
  });

  it('lets neither count of two that have one name and come from different places', async () => {
    const catalogue = await followed(
      { 'root.yaml': app('root'), 'elsewhere/web.yaml': app('web', { targetRevision: 'one' }) },
      { root: [app('web', { targetRevision: 'two' })] },
    );
    expect(families(catalogue)).toEqual({ root: '' });
    expect(catalogue.problems[0]).toMatchObject({ code: 'conflict', where: { application: 'web' } });
    expect(catalogue.problems[0]?.message).toContain('elsewhere/web.yaml:1, and root renders it');
  });

  it('leaves an application that manages itself in peace', async () => {
    const catalogue = await followed({ 'root.yaml': app('root') }, { root: [app('root'), app('web')] });
    expect(catalogue.problems).toEqual([]);
    expect(families(catalogue)).toEqual({ root: '', web: 'root' });
  });

  it('names a circle and loses nothing', async () => {
    const written = await followed({ 'a.yaml': app('a'), 'b.yaml': app('b') }, { a: [app('b')], b: [app('a')] });
    expect(families(written)).toEqual({ a: '', b: '' });
    expect(written.problems.map(({ message, where }) => [message, where.application])).toEqual([
      ['applications render each other in a circle: b → a → b', 'b'],
      ['applications render each other in a circle: b → a → b', 'a'],
    ]);
    const rendered = await followed({ 'a.yaml': app('a') }, { a: [app('b')], b: [app('c')], c: [app('a')] });
    expect(families(rendered)).toEqual({ a: '', b: 'a', c: 'a b' });
    expect(rendered.problems[0]?.message).toContain('a → b → c → a');
  });

  it('ends where applications make ever new ones, and says so', async () => {
    const renders = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`a${at}`, [app(`a${at + 1}`)]]));
    const catalogue = await followed({ 'a0.yaml': app('a0') }, renders);
    expect(catalogue.applications).toHaveLength(11);
    expect(catalogue.problems).toMatchObject([{ code: 'limit-exceeded', where: { parent: 'a10' } }]);
  });

  it('takes a parent that does not render for one whose children stay as they were', async () => {
    const failed = new Problem('render-failed', 'helm: no value for replicas');
    const catalogue = await followed({ 'root.yaml': app('root'), 'web.yaml': app('web') }, { root: failed });
    expect(families(catalogue)).toEqual({ root: '', web: '' });
    expect(catalogue.problems).toMatchObject([
      { code: 'render-failed', where: { application: 'root', parent: 'root', file: 'root.yaml' } },
    ]);
  });

  it('counts only what goes to the cluster of Argo CD, into a namespace where it looks', async () => {
    const away = { server: 'https://eu.example.com' };
    const catalogue = await followed(
      { 'away.yaml': app('away', away), 'root.yaml': app('root') },
      { away: [app('other')], root: [app('lost', { namespace: 'shop' })] },
    );
    expect(families(catalogue)).toEqual({ away: '', root: '' });
    expect(catalogue.problems).toMatchObject([{ code: 'misconfigured', where: { resource: 'Application shop/lost' } }]);
    const parameters = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'argocd-cmd-params-cm' },
      data: { 'application.namespaces': 'billing, sh*' },
    };
    const permitted = await followed(
      { 'cm.yaml': parameters, 'root.yaml': app('root') },
      { root: [app('lost', { namespace: 'shop' })] },
    );
    expect(families(permitted)).toEqual({ root: '', lost: 'root' });
  });

  it('creates nothing that the project of the parent forbids', async () => {
    const project = {
      ...PROJECT,
      spec: { ...(PROJECT['spec'] as object), namespaceResourceBlacklist: [{ group: 'argoproj.io', kind: '*' }] },
    };
    const catalogue = await followed(
      { 'project.yaml': project, 'root.yaml': app('root', { project: 'team' }) },
      { root: [app('web')] },
    );
    expect(families(catalogue)).toEqual({ root: '' });
    expect(catalogue.problems).toMatchObject([{ code: 'forbidden', where: { parent: 'root' } }]);
    expect(catalogue.problems[0]?.message).toContain('argoproj.io:Application is not permitted in project team');
  });
});

it('takes no definitions from a commit that lacks a signature which the project of the parent wants', async () => {
  const written = {
    'root.yaml': app('root', { project: 'signed' }),
    'project.yaml': {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'signed' },
      spec: {
        sourceRepos: ['*'],
        destinations: [{ server: '*', namespace: '*' }],
        signatureKeys: [{ keyID: '4AEE18F83AFDEB23' }],
      },
    },
  };
  const renders = { root: [app('child')] };
  const signing = (signature: { readonly result: string; readonly keyId?: string }): IntegrityPorts['forge'] => ({
    signedCommit: async (_repo, revision) => ({
      revision,
      by: 'Bob <bob@acme.example>',
      parents: [],
      message: '',
      ...signature,
    }),
    signedHistory: async function* () {},
    signedTag: async () => undefined,
  });
  const unsigned = await followed(written, renders, signing({ result: 'unsigned' }));
  expect(families(unsigned)).toEqual({ root: '' });
  expect(unsigned.problems).toMatchObject([
    { code: 'forbidden', message: expect.stringContaining('unsigned (key_id=)'), where: { parent: 'root' } },
  ]);
  const signed = await followed(written, renders, signing({ result: 'signed', keyId: '4AEE18F83AFDEB23' }));
  expect(families(signed)).toEqual({ root: '', child: 'root' });
  // Where GitHub is not there to be asked, nothing counts as signed.
  expect(families(await followed(written, renders))).toEqual({ root: '' });
});
