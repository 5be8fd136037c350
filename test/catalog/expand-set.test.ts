import { describe, expect, it } from 'vitest';
import { ADDONS, catalogueOf, generated, namesOf, setOf } from './sets.ts';

const LIST = `- list: {elements: [{name: dev, cluster: 'https://1.2.3.4', prune: false, files: [values.yaml]}, {name: prod, cluster: 'https://2.4.6.8', prune: true, files: [values.yaml, big.yaml]}]}`;

function spec(more: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: guestbook, namespace: argocd}
spec:
  goTemplate: true
  goTemplateOptions: ["missingkey=error"]
  generators:
  ${LIST}
${more}`;
}

const TEMPLATE = `  template:
    metadata:
      name: '{{.name}}-guestbook'
      namespace: elsewhere
      labels: {environment: '{{.name}}'}
    spec:
      project: default
      source: {repoURL: ${ADDONS}, targetRevision: HEAD, path: guestbook, helm: {releaseName: '{{.name}}'}}
      destination: {server: '{{.cluster}}', namespace: guestbook}
`;

describe('a set', () => {
  it('gives Applications in its own namespace that take along what they deployed', async () => {
    const [dev, prod] = await generated(spec(TEMPLATE));
    expect(dev).toEqual({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: {
        name: 'dev-guestbook',
        namespace: 'argocd',
        labels: { environment: 'dev' },
        finalizers: ['resources-finalizer.argocd.argoproj.io'],
      },
      spec: {
        project: 'default',
        source: { repoURL: ADDONS, targetRevision: 'HEAD', path: 'guestbook', helm: { releaseName: 'dev' } },
        destination: { server: 'https://1.2.3.4', namespace: 'guestbook' },
      },
    });
    expect(prod?.metadata.name).toBe('prod-guestbook');
  });

  it('preserves resources where it says so, and keeps finalizers of its template', async () => {
    const preserving = spec(`  syncPolicy: {preserveResourcesOnDeletion: true}\n${TEMPLATE}`);
    expect((await generated(preserving)).map(({ metadata }) => metadata.finalizers)).toEqual([undefined, undefined]);
    const own = spec(TEMPLATE.replace('      namespace: elsewhere', '      finalizers: [acme.com/keep]'));
    expect((await generated(own))[0]?.metadata.finalizers).toEqual(['acme.com/keep']);
  });

  it('says of each application which set made it, and where that stands', async () => {
    const { applications } = await catalogueOf(spec(TEMPLATE));
    expect(applications[1]).toMatchObject({
      generatedBy: 'guestbook',
      where: { file: 'sets.yaml', line: 1, application: 'prod-guestbook' },
    });
  });

  it('patches what is no text, from JSON and YAML alike, but never the project', async () => {
    const patched = spec(`${TEMPLATE}  templatePatch: |
    spec:
      project: admin
      source:
        helm:
          releaseName: null
          valueFiles:
          {{- range .files }}
            - {{ . }}
          {{- end }}
      {{- if .prune }}
      syncPolicy:
        automated:
          prune: {{ .prune }}
      {{- end }}
`);
    const [dev, prod] = await generated(patched);
    expect(dev?.spec).toMatchObject({
      project: 'default',
      source: { path: 'guestbook', helm: { valueFiles: ['values.yaml'] } },
    });
    expect(dev?.spec.source?.helm).not.toHaveProperty('releaseName');
    expect(dev?.spec.syncPolicy).toBeUndefined();
    expect(prod?.spec.source?.helm?.valueFiles).toEqual(['values.yaml', 'big.yaml']);
    expect(prod?.spec.syncPolicy?.automated?.prune).toBe(true);
  });

  it('takes a list of operations as a JSON patch', async () => {
    const patched = spec(`${TEMPLATE}  templatePatch: |
    [{"op": "add", "path": "/spec/source/helm/valueFiles", "value": {{ .files | toJson }}},
     {"op": "add", "path": "/spec/source/helm/valueFiles/-", "value": "last.yaml"},
     {"op": "remove", "path": "/metadata/labels/environment"},
     {"op": "replace", "path": "/spec/source/path", "value": "other"}]
`);
    const [, prod] = await generated(patched);
    expect(prod?.spec.source).toMatchObject({
      path: 'other',
      helm: { valueFiles: ['values.yaml', 'big.yaml', 'last.yaml'] },
    });
    expect(prod?.metadata.labels).toEqual({});
  });

  it('warns once of a field of its template that is not known, with its line', async () => {
    const { applications, problems } = await catalogueOf(spec(TEMPLATE.replace('targetRevision', 'targetRevison')));
    expect(applications).toHaveLength(2);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ code: 'unknown-field', where: { file: 'sets.yaml', line: 16 } });
    expect(problems[0]?.message).toContain('did you mean targetRevision?');
    expect(problems[0]?.where.applicationSet).toBeUndefined();
  });
});

describe('a set that is wrong', () => {
  it('names the template, its line and the element that it fails for, and hides its applications', async () => {
    const { applications, problems } = await catalogueOf(spec(TEMPLATE.replace('{{.cluster}}', '{{.clustr}}')));
    expect(applications).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      code: 'invalid-manifest',
      where: {
        file: 'sets.yaml',
        line: 17,
        field: 'spec.template.spec.destination.server',
        applicationSet: 'guestbook',
      },
    });
    expect(problems[0]?.message).toMatch(/^guestbook, element dev: .*map has no entry for key "clustr"/);
  });

  it('counts lines inside a templatePatch', async () => {
    const { problems } = await catalogueOf(
      spec(`${TEMPLATE}  templatePatch: |\n    spec:\n      revisionHistoryLimit: {{ .missing }}\n`),
    );
    expect(problems[0]?.where).toMatchObject({ line: 20, field: 'spec.templatePatch' });
  });

  it('refuses a templatePatch without goTemplate, or one that empties the spec', async () => {
    const old = setOf(LIST, {}, { goTemplate: false }).replace(
      '  template:',
      '  templatePatch: "spec: {}"\n  template:',
    );
    expect((await catalogueOf(old)).problems[0]?.message).toBe('spec.templatePatch works with goTemplate only');
    const empty = await catalogueOf(spec(`${TEMPLATE}  templatePatch: |\n    spec:\n`));
    expect(empty.problems[0]?.message).toContain('an empty spec would remove everything');
  });

  it('loses nothing else to an element that makes no valid Application', async () => {
    const named = setOf('- list: {elements: [{name: good}, {name: Not_Good}]}', {});
    const { applications, problems } = await catalogueOf(named);
    expect(namesOf(applications.map((one) => one.value))).toEqual(['good']);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(
      /^application Not_Good of ApplicationSet fleet: spec.template.metadata.name|^application Not_Good of ApplicationSet fleet: metadata.name/,
    );
    expect(problems[0]?.where).toMatchObject({ file: 'sets.yaml', application: 'Not_Good', applicationSet: 'fleet' });
  });

  it('gives no application twice, be the other written by hand', async () => {
    const manifests = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: red}
spec: {project: default, source: {repoURL: ${ADDONS}, path: x}, destination: {name: in-cluster}}
`;
    const set = setOf('- list: {elements: [{name: red}, {name: blue}, {name: green}, {name: green}]}', {});
    const { applications, problems } = await catalogueOf(set, { manifests });
    expect(namesOf(applications.map((one) => one.value))).toEqual(['blue']);
    expect(problems.map(({ code, where }) => [code, where.application])).toEqual([
      ['conflict', 'red'],
      ['conflict', 'green'],
    ]);
    expect(problems[0]?.message).toContain('others.yaml:1 and sets.yaml:1 (ApplicationSet fleet)');
  });

  it('is told of where a project does not exist', async () => {
    const { problems } = await catalogueOf(spec(TEMPLATE.replace('project: default', "project: '{{.name}}'")));
    expect(problems.map(({ message }) => message)).toContain(
      'Application dev-guestbook references project dev, which does not exist',
    );
  });

  it('ends where a matrix asks for more than anybody has', async () => {
    const hundred = Array.from({ length: 101 }, (_, index) => `{KEY: 'n${index}'}`).join(', ');
    const list = (key: string): string => `{list: {elements: [${hundred.replaceAll('KEY', key)}]}}`;
    const { problems } = await catalogueOf(
      setOf(`- matrix: {generators: [${list('a')}, ${list('b')}]}`, {}, { name: '{{.a}}-{{.b}}' }),
    );
    expect(problems[0]).toMatchObject({
      code: 'limit-exceeded',
      where: { field: 'spec.generators', applicationSet: 'fleet' },
    });
  });

  it('says what of it has no effect', async () => {
    const set = setOf(LIST, {}).replace('  template:', '  strategy: {deletionOrder: Reverse}\n  template:');
    const { applications, problems } = await catalogueOf(set);
    expect(applications).toHaveLength(2);
    expect(problems.map(({ code, where }) => [code, where.field])).toEqual([
      ['unsupported', 'spec.strategy.deletionOrder'],
    ]);
  });
});

describe('a set whose applications are of a project that wants signed commits', () => {
  const manifests = `apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: signed}
spec: {sourceRepos: ['*'], destinations: [{server: '*', namespace: '*'}], signatureKeys: [{keyID: 4AEE18F83AFDEB23}]}
`;
  const set = setOf(`- git: {repoURL: ${ADDONS}, directories: [{path: '*'}]}`, {}, { name: '{{.path.basename}}' });
  const world = (result: string) => ({
    manifests,
    repositories: { [ADDONS]: { 'web/app.yaml': '' } },
    forge: {
      signedCommit: async (_repo: string, revision: string) => ({
        revision,
        by: 'Bob <bob@acme.example>',
        result,
        keyId: '4AEE18F83AFDEB23',
        parents: [],
        message: '',
      }),
      signedHistory: async function* () {},
      signedTag: async () => undefined,
    },
  });
  const signed = set.replace('project: default', 'project: signed');

  it('is made from a signed commit', async () => {
    expect(namesOf(await generated(signed, world('signed')))).toEqual(['web']);
  });

  it('is hidden, and told, while the commit that it reads lacks the signature', async () => {
    const { applications, problems } = await catalogueOf(signed, world('unsigned'));
    expect(applications).toEqual([]);
    expect(problems).toMatchObject([
      {
        code: 'forbidden',
        message: expect.stringContaining('GIT/GPG: Failed verifying revision commit of HEAD'),
        where: { applicationSet: 'fleet' },
      },
    ]);
  });

  it('is not asked for signatures by another project, nor by one that is templated', async () => {
    expect(namesOf(await generated(set, world('unsigned')))).toEqual(['web']);
    const templated = set.replace('project: default', "project: '{{.path.basename}}'");
    const { applications } = await catalogueOf(templated, world('unsigned'));
    expect(applications.map(({ value }) => value.metadata.name)).toEqual(['web']);
  });
});
