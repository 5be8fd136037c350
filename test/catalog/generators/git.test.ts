import { describe, expect, it } from 'vitest';
import { Problem } from '../../../src/spec/problem.ts';
import { ADDONS, catalogueOf, generated, namesOf, setOf, shownBy } from '../sets.ts';

const addons = {
  'README.md': 'Add-ons of every cluster',
  'addons/argo-workflows/kustomization.yaml': '{}',
  'addons/prometheus_Operator/Chart.yaml': '{}',
  'addons/prometheus_Operator/templates/crd.yaml': '{}',
  'addons/.drafts/kustomization.yaml': '{}',
  '.github/workflows/check.yaml': '{}',
  'legacy/mysql/deployment.yaml': '{}',
};

const repositories = { [ADDONS]: addons };

function directories(...paths: readonly string[]): string {
  const lines = paths.map((path) =>
    path.startsWith('!') ? `{path: '${path.slice(1)}', exclude: true}` : `{path: '${path}'}`,
  );
  return `- git: {repoURL: '${ADDONS}', revision: HEAD, directories: [${lines.join(', ')}]}`;
}

describe('git directories', () => {
  it('gives one application a folder, with the parameters of its path', async () => {
    const set = setOf(
      directories('addons/*'),
      {
        path: '{{.path.path}}',
        basename: '{{.path.basename}}',
        first: '{{index .path.segments 0}}',
        second: '{{index .path.segments 1}}',
      },
      { name: '{{.path.basenameNormalized}}' },
    );
    expect(shownBy(await generated(set, { repositories }))).toEqual({
      'argo-workflows': {
        path: 'addons/argo-workflows',
        basename: 'argo-workflows',
        first: 'addons',
        second: 'argo-workflows',
      },
      'prometheus-operator': {
        path: 'addons/prometheus_Operator',
        basename: 'prometheus_Operator',
        first: 'addons',
        second: 'prometheus_Operator',
      },
    });
  });

  it('gives the same parameters to sets without goTemplate, under dotted names', async () => {
    const set = setOf(
      directories('addons/*'),
      { path: '{{path}}', basename: '{{ path.basename }}', first: '{{path[0]}}', unknown: '{{path[7]}}' },
      { name: '{{path.basenameNormalized}}', goTemplate: false },
    );
    expect(shownBy(await generated(set, { repositories }))['prometheus-operator']).toEqual({
      path: 'addons/prometheus_Operator',
      basename: 'prometheus_Operator',
      first: 'addons',
      unknown: '{{path[7]}}',
    });
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['the folders at the root', ['*'], ['addons', 'legacy']],
    ['every folder two levels down', ['*/*'], ['addons/argo-workflows', 'addons/prometheus_Operator', 'legacy/mysql']],
    ['what an exclude names is left out, wherever it stands', ['!legacy', '*'], ['addons']],
    ['an exclude beats the very same include', ['addons/*', '!addons/*', 'legacy'], ['legacy']],
    ['a class of characters', ['addons/[a-m]*'], ['addons/argo-workflows']],
    ['nothing that begins with a dot', ['.github', '.github/*', 'addons/.drafts'], []],
    ['`**` is no more than `*`', ['**/mysql'], ['legacy/mysql']],
  ])('finds %s', async (_what, paths, expected) => {
    const set = setOf(
      directories(...paths),
      { path: '{{.path.path}}' },
      { name: '{{.path.path | replace "/" "." | lower | replace "_" "-"}}' },
    );
    const found = Object.values(shownBy(await generated(set, { repositories }))).map((shown) => shown['path']);
    expect(found).toEqual(expected);
  });

  it('adds values, which may use the path', async () => {
    const set = setOf(
      `- git:
    repoURL: ${ADDONS}
    directories: [{path: addons/argo-*}]
    values: {release: 'main-{{.path.basename}}'}`,
      { release: '{{.values.release}}' },
      { name: '{{.path.basename}}' },
    );
    expect(shownBy(await generated(set, { repositories }))).toEqual({
      'argo-workflows': { release: 'main-argo-workflows' },
    });
  });

  it('puts the path under a prefix', async () => {
    const prefixed = directories('addons/argo-*').replace('revision:', 'pathParamPrefix: repo, revision:');
    const go = setOf(prefixed, { path: '{{.repo.path.path}}' }, { name: '{{.repo.path.basename}}' });
    const old = setOf(prefixed, { path: '{{repo.path}}' }, { name: '{{repo.path.basename}}', goTemplate: false });
    const expected = { 'argo-workflows': { path: 'addons/argo-workflows' } };
    expect(shownBy(await generated(go, { repositories }))).toEqual(expected);
    expect(shownBy(await generated(old, { repositories }))).toEqual(expected);
  });
});

const configs = {
  'clusters/dev/config.json':
    '{"cluster": {"name": "engineering-dev", "replicas": 2, "big": 12000000}, "active": true}',
  'clusters/eu/prod/config.yaml': 'cluster: {name: engineering-prod, replicas: 3, big: 7}\nactive: false\n',
  'clusters/eu/prod/notes.txt': 'Not a file of parameters',
};

function files(...paths: readonly string[]): string {
  const lines = paths.map((path) =>
    path.startsWith('!') ? `{path: '${path.slice(1)}', exclude: true}` : `{path: '${path}'}`,
  );
  return `- git: {repoURL: '${ADDONS}', revision: HEAD, files: [${lines.join(', ')}]}`;
}

describe('git files', () => {
  const world = { repositories: { [ADDONS]: configs } };

  it('gives what each file says, JSON or YAML, and the parameters of its path', async () => {
    const set = setOf(
      files('clusters/**/config.*', 'clusters/*/config.*'),
      {
        folder: '{{.path.path}}',
        file: '{{.path.filename}}',
        normalized: '{{.path.filenameNormalized}}',
        replicas: '{{.cluster.replicas}}',
        active: '{{.active}}',
      },
      { name: '{{.cluster.name}}' },
    );
    expect(shownBy(await generated(set, world))).toEqual({
      'engineering-dev': {
        folder: 'clusters/dev',
        file: 'config.json',
        normalized: 'config.json',
        replicas: '2',
        active: 'true',
      },
      'engineering-prod': {
        folder: 'clusters/eu/prod',
        file: 'config.yaml',
        normalized: 'config.yaml',
        replicas: '3',
        active: 'false',
      },
    });
  });

  it('flattens what files say for sets without goTemplate, with numbers as Go prints them', async () => {
    const set = setOf(
      files('clusters/dev/config.json'),
      { big: '{{cluster.big}}', active: '{{active}}', folder: '{{path.basename}}' },
      { name: '{{cluster.name}}', goTemplate: false },
    );
    expect(shownBy(await generated(set, world))).toEqual({
      'engineering-dev': { big: '1.2e+07', active: 'true', folder: 'dev' },
    });
  });

  it('crosses folders with `*`, as Git does, until the newer globbing is turned on', async () => {
    const set = setOf(files('clusters/*/config.*'), {}, { name: '{{.cluster.name}}' });
    expect(namesOf(await generated(set, world))).toEqual(['engineering-dev', 'engineering-prod']);
    const manifests = `apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cmd-params-cm}
data: {applicationsetcontroller.enable.new.git.file.globbing: "true"}
`;
    expect(namesOf(await generated(set, { ...world, manifests }))).toEqual(['engineering-dev']);
    const deep = setOf(files('clusters/**/config.{json,yaml}', '!**/dev/*'), {}, { name: '{{.cluster.name}}' });
    expect(namesOf(await generated(deep, { ...world, manifests }))).toEqual(['engineering-prod']);
  });

  it('gives one application an entry of a file that holds a list', async () => {
    const repositories = { [ADDONS]: { 'teams.yaml': '- name: red\n- name: blue\n' } };
    expect(
      namesOf(await generated(setOf(files('teams.yaml'), { folder: '{{.path.path}}' }), { repositories })),
    ).toEqual(['red', 'blue']);
  });

  it("names a file that can't be read, and takes no application for gone", async () => {
    const repositories = { [ADDONS]: { 'a.yaml': 'name: ok', 'b.yaml': 'name: [red' } };
    const { applications, problems } = await catalogueOf(setOf(files('*.yaml'), {}), { repositories });
    expect(applications).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain('b.yaml:1');
    expect(problems[0]?.where).toMatchObject({ file: 'sets.yaml', line: 8, applicationSet: 'fleet' });
  });
});

describe('a git generator that fails', () => {
  it('hides the applications of its set, with the reason and the line', async () => {
    const failing = { [ADDONS]: new Problem('unavailable', 'GitHub did not answer.', { retryAfterSeconds: 30 }) };
    const { applications, problems } = await catalogueOf(setOf(directories('*'), {}), { failing });
    expect(applications).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      code: 'unavailable',
      retryAfterSeconds: 30,
      where: { file: 'sets.yaml', line: 8, field: 'spec.generators[0].git.repoURL', applicationSet: 'fleet' },
    });
    expect(problems[0]?.message).toBe(`git generator on ${ADDONS}: GitHub did not answer.`);
  });

  it("is one with a pattern that can't be read, or with none", async () => {
    const broken = await catalogueOf(setOf(directories('addons/[a'), {}), { repositories });
    expect(broken.problems[0]?.message).toBe('"addons/[a" is not a pattern of paths');
    const none = await catalogueOf(setOf(`- git: {repoURL: ${ADDONS}}`, {}), { repositories });
    expect(none.problems[0]?.message).toBe('the git generator names neither directories nor files');
  });
});
