import { describe, expect, it } from 'vitest';
import { keptByChange } from '../../src/catalog/kept-by-change.ts';
import { type Application, applicationName } from '../../src/spec/application.ts';
import type { Catalogue } from '../../src/spec/catalogue.ts';
import { ADDONS, catalogueOf, namesOf, type World } from './sets.ts';

/**
 * How Argo CD's controller treats Applications that are there, written anew from
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Controlling-Resource-Modification/
 */

interface Wanted {
  readonly policy?: string;
  readonly names?: readonly string[];
  readonly revision?: string;
  /** More lines of the spec of the set. */
  readonly more?: string;
  readonly spec?: string;
  readonly metadata?: string;
}

function set({ policy, names = ['web', 'api'], revision = 'v1', more = '', spec = '', metadata = '' }: Wanted): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: fleet, namespace: argocd}
spec:
  goTemplate: true
  generators:
  - list: {elements: [${names.map((name) => `{name: ${name}}`).join(', ')}]}
  ${policy === undefined ? '' : `syncPolicy: {applicationsSync: ${policy}}`}
${more}
  template:
    metadata: {name: '{{.name}}'${metadata}}
    spec:
      project: default
      source: {repoURL: ${ADDONS}, path: '{{.name}}', targetRevision: ${revision}}
      destination: {name: in-cluster}
${spec}`;
}

/** What a set gives when another one has made its applications before: as the looks after each of both see it. */
async function later(before: Wanted, now: Wanted, world: World = {}): Promise<Catalogue> {
  const first = await catalogueOf(set(before), { made: [] });
  return await catalogueOf(set(now), { ...world, made: madeBy(first) });
}

function madeBy({ applications }: Catalogue): NonNullable<World['made']> {
  return applications.flatMap(({ value: application, generatedBy }) =>
    generatedBy === undefined ? [] : [{ generated: { set: generatedBy, application } }],
  );
}

function revisions({ applications }: Catalogue): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    applications.map(({ value }) => [applicationName(value), value.spec.source?.targetRevision]),
  );
}

describe('applicationsSync', () => {
  const change = [
    { names: ['web', 'api'], revision: 'v1' },
    { names: ['web', 'new'], revision: 'v2' },
  ] as const;

  it.each([
    ['sync', { web: 'v2', new: 'v2' }],
    ['create-only', { web: 'v1', new: 'v2', api: 'v1' }],
    ['create-update', { web: 'v2', new: 'v2', api: 'v1' }],
    ['create-delete', { web: 'v1', new: 'v2' }],
  ] as const)('%s: what is there, what is new, what is given no more', async (policy, expected) => {
    const catalogue = await later({ ...change[0], policy }, { ...change[1], policy });
    expect(revisions(catalogue)).toEqual(expected);
    expect(catalogue.problems).toEqual([]);
  });

  it('holds from the change on that brings it: what that change says of the template does not reach what is there', async () => {
    const catalogue = await later({ policy: 'sync' }, { policy: 'create-only', revision: 'v2' });
    expect(revisions(catalogue)).toEqual({ web: 'v1', api: 'v1' });
  });

  it('lets everything catch up when it is sync again', async () => {
    const frozen = await later({ policy: 'create-only' }, { policy: 'create-only', revision: 'v2', names: ['web'] });
    const free = await catalogueOf(set({ revision: 'v2', names: ['web'] }), { made: madeBy(frozen) });
    expect(revisions(free)).toEqual({ web: 'v2' });
  });

  it('leaves an application of another set, and one that another set made under the same name, out', async () => {
    const others = madeBy(await catalogueOf(set({}).replace('name: fleet', 'name: others'), { made: [] }));
    const catalogue = await catalogueOf(set({ policy: 'create-only', revision: 'v2', names: ['web'] }), {
      made: others,
    });
    expect(revisions(catalogue)).toEqual({ web: 'v2' });
  });

  it('gives way to an Application of the same name that is written in Git: so one is edited by hand', async () => {
    const manifests = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec: {project: default, source: {repoURL: ${ADDONS}, path: mine, targetRevision: v9}, destination: {name: in-cluster}}
`;
    const catalogue = await later({ policy: 'create-only' }, { policy: 'create-only' }, { manifests });
    expect(revisions(catalogue)).toEqual({ web: 'v9', api: 'v1' });
    expect(catalogue.problems).toEqual([]);
  });

  it('of argocd-cmd-params-cm wins over that of the set, unless the set may override it', async () => {
    const params = (more = ''): string => `apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cmd-params-cm}
data:
  applicationsetcontroller.policy: create-only
${more}`;
    const now = { policy: 'sync', revision: 'v2' };
    const held = await later({}, now, { manifests: params() });
    expect(revisions(held)).toEqual({ web: 'v1', api: 'v1' });
    const override = "  applicationsetcontroller.enable.policy.override: 'true'\n";
    expect(revisions(await later({}, now, { manifests: params(override) }))).toEqual({ web: 'v2', api: 'v2' });
  });

  it('does not count where the controller lets no set say so', async () => {
    const manifests = `apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cmd-params-cm}
data: {applicationsetcontroller.enable.policy.override: 'false'}
`;
    const catalogue = await later({}, { policy: 'create-only', revision: 'v2' }, { manifests });
    expect(revisions(catalogue)).toEqual({ web: 'v2', api: 'v2' });
  });

  it('shows everything as the set gives it where nobody remembers anything', async () => {
    expect(revisions(await catalogueOf(set({ policy: 'create-only', revision: 'v2' })))).toEqual({
      web: 'v2',
      api: 'v2',
    });
  });
});

describe('ignoreApplicationDifferences', () => {
  const ignoring = (rule: string): string => `  ignoreApplicationDifferences: [${rule}]`;

  it('keeps the ignored field of what is there, and takes every other change', async () => {
    const more = ignoring('{jsonPointers: [/spec/source/targetRevision]}');
    const catalogue = await later(
      { more, names: ['web'] },
      { more, names: ['web', 'new'], revision: 'v2', metadata: ', labels: {tier: front}' },
    );
    expect(revisions(catalogue)).toEqual({ web: 'v1', new: 'v2' });
    expect(catalogue.applications[0]?.value.metadata.labels).toEqual({ tier: 'front' });
  });

  it('takes jq paths, for the application that it names only', async () => {
    const more = ignoring('{name: web, jqPathExpressions: [.spec.source.targetRevision]}');
    expect(revisions(await later({ more }, { more, revision: 'v2' }))).toEqual({ web: 'v1', api: 'v2' });
  });

  it('leaves automated sync off where it was off, as long as it is ignored', async () => {
    const more = ignoring('{jsonPointers: [/spec/syncPolicy]}');
    const catalogue = await later({ more }, { more, spec: '      syncPolicy: {automated: {prune: true}}\n' });
    expect(catalogue.applications.map(({ value }) => value.spec.syncPolicy)).toEqual([undefined, undefined]);
    const kept = await later({ more, spec: '      syncPolicy: {automated: {}}\n' }, { more });
    expect(kept.applications[0]?.value.spec.syncPolicy).toEqual({ automated: {} });
  });

  const sources = (first: string, second: string): string => `  templatePatch: |
    spec:
      source: null
      sources:
      - {repoURL: https://git.example.com/org/repo1, path: ., targetRevision: ${first}}
      - {repoURL: https://git.example.com/org/repo2, path: ., targetRevision: ${second}}
`;
  const REPO1 =
    '{jqPathExpressions: [\'.spec.sources[] | select(.repoURL == "https://git.example.com/org/repo1").targetRevision\']}';

  it('keeps a field in a list while nothing else of the list changes; then the whole list is replaced', async () => {
    const before = { names: ['web'], more: `${ignoring(REPO1)}\n${sources('fix/bug-123', 'main')}` };
    const revisionsOf = async (first: string, second: string): Promise<readonly (string | undefined)[]> => {
      const catalogue = await later(before, { ...before, more: `${ignoring(REPO1)}\n${sources(first, second)}` });
      return (catalogue.applications[0]?.value.spec.sources ?? []).map((source) => source.targetRevision);
    };
    expect(await revisionsOf('main', 'main')).toEqual(['fix/bug-123', 'main']);
    expect(await revisionsOf('main', 'v2')).toEqual(['main', 'v2']);
  });

  it('comes to rest: the next look sees the same application', async () => {
    const more = ignoring('{jsonPointers: [/spec/source/targetRevision]}');
    const first = await later({ more }, { more, revision: 'v2' });
    const second = await catalogueOf(set({ more, revision: 'v2' }), { made: madeBy(first) });
    expect(JSON.stringify(second.applications)).toBe(JSON.stringify(first.applications));
  });
});

describe('preservedFields', () => {
  it('keep annotations and labels that are there, and no others', async () => {
    const more = '  preservedFields: {annotations: [owner, absent], labels: [tier]}';
    const before = { more, names: ['web'], metadata: ', annotations: {owner: ann, note: old}, labels: {tier: front}' };
    const now = { more, names: ['web'], metadata: ', annotations: {owner: ben, note: new}' };
    const { applications } = await later(before, now);
    expect(applications[0]?.value.metadata).toMatchObject({
      annotations: { owner: 'ann', note: 'new' },
      labels: { tier: 'front' },
    });
  });

  it('may be named for all sets in argocd-cmd-params-cm', async () => {
    const manifests = `apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cmd-params-cm}
data: {applicationsetcontroller.global.preserved.labels: 'tier, zone'}
`;
    const { applications } = await later(
      { names: ['web'], metadata: ', labels: {tier: a, zone: b}' },
      { names: ['web'] },
      { manifests },
    );
    expect(applications[0]?.value.metadata.labels).toEqual({ tier: 'a', zone: 'b' });
  });
});

describe('preserveResourcesOnDeletion', () => {
  const finalizers = (catalogue: Catalogue): unknown => catalogue.applications[0]?.value.metadata.finalizers;

  it('takes the finalizer from what is there, too; create-only leaves it', async () => {
    const preserve = '  syncPolicy: {preserveResourcesOnDeletion: true}';
    expect(finalizers(await later({}, { more: preserve }))).toBeUndefined();
    const only = '  syncPolicy: {applicationsSync: create-only, preserveResourcesOnDeletion: true}';
    expect(finalizers(await later({}, { more: only }))).toEqual(['resources-finalizer.argocd.argoproj.io']);
  });
});

describe('what a change says of applications that are kept', () => {
  const policy = 'create-only';

  it('is told once for a set: what would be updated, and what would be deleted', async () => {
    const made = madeBy(await catalogueOf(set({ policy, names: ['web', 'api', 'old'] }), { made: [] }));
    const base = await catalogueOf(set({ policy, names: ['web', 'api', 'old'] }), { made });
    const head = await catalogueOf(set({ policy, names: ['web', 'api'], revision: 'v2' }), { made });
    expect(keptByChange(base, head)).toEqual([
      { set: 'fleet', by: 'applicationsSync: create-only', what: 'changed', applications: ['web', 'api'] },
      { set: 'fleet', by: 'applicationsSync: create-only', what: 'removed', applications: ['old'] },
    ]);
  });

  it('is not told again by a change that says nothing of them', async () => {
    const made = madeBy(await catalogueOf(set({ policy }), { made: [] }));
    const base = await catalogueOf(set({ policy, revision: 'v2', names: ['web'] }), { made });
    const head = await catalogueOf(set({ policy, revision: 'v2', names: ['web', 'new'] }), { made });
    expect(namesOf(head.applications.map((one): Application => one.value))).toEqual(['web', 'new', 'api']);
    expect(keptByChange(base, head)).toEqual([]);
  });
});
