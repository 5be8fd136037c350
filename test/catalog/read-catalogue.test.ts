import { describe, expect, it } from 'vitest';
import { readCatalogue } from '../../src/catalog/read-catalogue.ts';

function application(name: string, project = 'default'): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${name}
spec:
  project: ${project}
  source: {repoURL: https://github.com/acme/gitops, path: apps/${name}}
  destination: {server: https://kubernetes.default.svc, namespace: ${name}}
`;
}

function names(catalogue: ReturnType<typeof readCatalogue>): string[] {
  return catalogue.applications.map(({ value }) => value.metadata.name);
}

describe('readCatalogue', () => {
  it('finds Applications in every document of every file, also in JSON and in lists', () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n${application('c').replace(/^/gm, '    ').replace('    api', '  - api').trimEnd()}\n`;
    const catalogue = readCatalogue('acme/gitops', [
      { path: 'a.yaml', text: `${application('a')}---\n${application('b')}` },
      { path: 'list.yml', text: list },
      {
        path: 'd.json',
        text: JSON.stringify(
          {
            apiVersion: 'argoproj.io/v1alpha1',
            kind: 'Application',
            metadata: { name: 'd' },
            spec: { project: 'default', source: { repoURL: 'r', path: '.' }, destination: { name: 'in-cluster' } },
          },
          null,
          '\t',
        ),
      },
    ]);
    expect(names(catalogue)).toEqual(['a', 'b', 'c', 'd']);
    expect(catalogue.problems).toEqual([]);
    expect(catalogue.applications[1]?.where).toMatchObject({ file: 'a.yaml', line: 10 });
    expect(catalogue.applications[2]?.where).toMatchObject({ file: 'list.yml', line: 4 });
  });

  it('tells broken YAML once, with file and line, and loses nothing else', () => {
    const catalogue = readCatalogue('acme/gitops', [
      { path: 'broken.yaml', text: `${application('a')}---\nkind: Application # argoproj.io\nspec: [\n` },
      { path: 'fine.yaml', text: application('b') },
    ]);
    expect(names(catalogue)).toEqual(['a', 'b']);
    expect(catalogue.problems).toHaveLength(1);
    expect(catalogue.problems[0]).toMatchObject({
      code: 'invalid-manifest',
      where: { repo: 'acme/gitops', file: 'broken.yaml', line: 12 },
    });
  });

  it('tells an Application with a wrong field by name, and keeps its neighbours', () => {
    const text = `${application('a').replace('path: apps/a', 'path: [apps, a]')}---\n${application('b')}`;
    const catalogue = readCatalogue('acme/gitops', [{ path: 'a.yaml', text }]);
    expect(names(catalogue)).toEqual(['b']);
    expect(catalogue.problems[0]).toMatchObject({
      message: 'spec.source.path must be a string, found a list',
      where: { application: 'a', file: 'a.yaml', line: 7 },
    });
  });

  it('counts none of two Applications of one name, and names both places', () => {
    const catalogue = readCatalogue('acme/gitops', [
      { path: 'a.yaml', text: application('shop') },
      { path: 'b.yaml', text: `# second\n${application('shop')}` },
      { path: 'c.yaml', text: application('web') },
    ]);
    expect(names(catalogue)).toEqual(['web']);
    expect(catalogue.problems.map(({ message }) => message)).toEqual([
      'Application shop is defined more than once: a.yaml:1 and b.yaml:2',
    ]);
    expect(catalogue.problems[0]?.where.application).toBe('shop');
  });

  it('knows the project default without a definition, and tells a project that nobody defined', () => {
    const catalogue = readCatalogue('acme/gitops', [
      { path: 'a.yaml', text: application('a') },
      { path: 'b.yaml', text: application('b', 'prod') },
    ]);
    expect(catalogue.projects.map(({ value }) => value.metadata.name)).toEqual(['default']);
    expect(names(catalogue)).toEqual(['a', 'b']);
    expect(catalogue.problems).toHaveLength(1);
    expect(catalogue.problems[0]).toMatchObject({
      message: 'Application b references project prod, which does not exist',
      where: { application: 'b', field: 'spec.project' },
    });
  });

  it('takes a project default that somebody defined', () => {
    const project =
      'apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: default}\nspec: {sourceRepos: [https://github.com/acme/*]}\n';
    const catalogue = readCatalogue('acme/gitops', [{ path: 'p.yaml', text: project }]);
    expect(catalogue.projects).toHaveLength(1);
    expect(catalogue.projects[0]?.value.spec.sourceRepos).toEqual(['https://github.com/acme/*']);
  });

  it('keeps an ApplicationSet as a set, with the lines of its fields, and loses nothing else to a broken one', () => {
    const good = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: envs}
spec:
  generators: [{list: {elements: []}}]
  template: {metadata: {name: x}, spec: {}}
`;
    const broken = good.replace('{name: envs}', '{name: teams}').replace('[{list: {elements: []}}]', 'all');
    const { sets, problems } = readCatalogue('acme/gitops', [
      { path: 's.yaml', text: good },
      { path: 't.yaml', text: broken },
    ]);
    expect(sets.map(({ value }) => value.metadata.name)).toEqual(['envs']);
    expect(sets[0]?.locate(['spec', 'generators'])).toMatchObject({ file: 's.yaml', line: 5 });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      code: 'invalid-manifest',
      where: { file: 't.yaml', line: 5, field: 'spec.generators', applicationSet: 'teams' },
    });
  });

  it('leaves Helm templates, values files and the objects of others alone', () => {
    const catalogue = readCatalogue('acme/gitops', [
      { path: 'charts/apps/templates/app.yaml', text: `${application('x')}{{- if .Values.y }}\n  : [{{ end }}\n` },
      { path: 'charts/apps/values.yaml', text: 'image: [broken' },
      {
        path: 'crd.yaml',
        text: 'apiVersion: app.k8s.io/v1beta1 # no argoproj.io\nkind: Application\nmetadata: {name: x}\n',
      },
      { path: 'empty.yaml', text: '# argoproj.io\n---\n---\njust text\n' },
    ]);
    expect(catalogue.applications).toEqual([]);
    expect(catalogue.problems).toEqual([]);
  });

  it('ends an alias bomb with a problem', () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}]`).join('\n');
    const text = `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: bomb}\nl0: &l0 [x]\n${levels}\n`;
    const { problems } = readCatalogue('acme/gitops', [{ path: 'bomb.yaml', text }]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ code: 'invalid-manifest', where: { file: 'bomb.yaml', application: 'bomb' } });
  });
});

describe('settings of a catalogue', () => {
  const cluster = (rest: string): string =>
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: prod\n  labels: {argocd.argoproj.io/secret-type: cluster, env: prod}\n${rest}`;

  it('reads a cluster Secret, written plainly or as base64', () => {
    const catalogue = readCatalogue('acme/gitops', [
      {
        path: 'plain.yaml',
        text: cluster(
          `stringData:\n  name: prod\n  server: https://prod:6443\n  namespaces: shop, web\n  config: '{"bearerToken": "env:PROD_TOKEN", "tlsClientConfig": {"caData": "Q0E="}}'\n`,
        ),
      },
      {
        path: 'base64.yaml',
        text: cluster(
          `data:\n  name: ${btoa('staging')}\n  server: ${btoa('https://staging:6443')}\n  config: ${btoa('{}')}\n`,
        ),
      },
    ]);
    expect(catalogue.problems).toEqual([]);
    expect(catalogue.settings.clusters).toEqual([
      {
        name: 'prod',
        server: 'https://prod:6443',
        labels: { 'argocd.argoproj.io/secret-type': 'cluster', env: 'prod' },
        namespaces: ['shop', 'web'],
        config: { bearerToken: 'env:PROD_TOKEN', tlsClientConfig: { caData: 'Q0E=' } },
      },
      expect.objectContaining({ name: 'staging', server: 'https://staging:6443', namespaces: [] }),
    ]);
  });

  it.each([
    [
      'stringData:\n  server: https://x\n  config: "s3cr3t-t0ken"\n',
      'stringData.config of a cluster Secret must be JSON',
    ],
    ['data:\n  server: "s3cr3t-t0ken!!"\n', 'data.server of a cluster Secret must be base64 of UTF-8 text'],
    [
      'stringData:\n  server: https://x\n  config: \'{"bearerToken": ["s3cr3t-t0ken"]}\'\n',
      'bearerToken must be a string, found a list',
    ],
    ['stringData:\n  name: prod\n', 'the cluster Secret prod names no server'],
    [
      'stringData:\n  server: https://x\n  config: \'{"execProviderConfig": {"args": ["s3cr3t-t0ken"]}}\'\n',
      'execProviderConfig.command is required, but is missing',
    ],
  ])('refuses the cluster Secret %j without telling a value of it', (rest, message) => {
    const { problems, settings } = readCatalogue('acme/gitops', [{ path: 's.yaml', text: cluster(rest) }]);
    expect(settings.clusters).toEqual([]);
    expect(problems.map((problem) => problem.message)).toEqual([message]);
    expect(problems[0]?.where).toMatchObject({ file: 's.yaml' });
    expect(JSON.stringify(problems) + problems.map((each) => `${each.stack}${each.cause}${each.fix}`)).not.toContain(
      's3cr3t',
    );
  });

  it('reads every field of Argo CD, and warns of what only one machine can use', () => {
    const config = {
      execProviderConfig: {
        command: 'argocd-k8s-auth',
        args: ['gcp'],
        env: { A: 's3cr3t-t0ken' },
        apiVersion: 'v1',
        installHint: 'x',
      },
      awsAuthConfig: { clusterName: 'prod', profile: 's3cr3t-t0ken' },
      proxyUrl: 'http://proxy:3128',
      disableCompression: true,
    };
    const rest = `stringData:\n  server: https://x\n  shard: "3"\n  namespaces: shop\n  clusterResources: "true"\n  config: '${JSON.stringify(config)}'\n`;
    const { problems, settings } = readCatalogue('acme/gitops', [{ path: 's.yaml', text: cluster(rest) }]);
    expect(settings.clusters).toEqual([
      expect.objectContaining({ namespaces: ['shop'], clusterResources: true, config }),
    ]);
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ['unsupported', 'the cluster Secret prod uses execProviderConfig, which only a laptop runs'],
      ['unsupported', 'the cluster Secret prod uses awsAuthConfig.profile, which no function has'],
    ]);
    expect(JSON.stringify(problems)).not.toContain('s3cr3t');
  });

  it('tells two Secrets for one cluster, and keeps the first', () => {
    const rest = 'stringData:\n  name: prod\n  server: https://prod:6443\n';
    const { problems, settings } = readCatalogue('acme/gitops', [
      { path: 's.yaml', text: `${cluster(rest)}---\n${cluster(rest)}` },
    ]);
    expect(settings.clusters).toHaveLength(1);
    expect(problems).toHaveLength(1);
  });

  it('reads argocd-cm as it is, and tells a second one', () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\ndata: {timeout.reconciliation: 180s}\n';
    const { problems, settings } = readCatalogue('acme/gitops', [{ path: 'cm.yaml', text: `${text}---\n${text}` }]);
    expect(settings.argocd).toEqual({ 'timeout.reconciliation': '180s' });
    expect(problems.map(({ code, where }) => [code, where.line])).toEqual([['conflict', 6]]);
  });

  it('reads triggers, templates, subscriptions and context', () => {
    const text = `apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-notifications-cm
data:
  service.slack: |
    token: $slack-token
  context: |
    argocdUrl: https://argocd.acme.example
  defaultTriggers: |
    - on-sync-failed
  subscriptions: |
    - recipients: [slack:deployments]
      triggers: [on-deployed]
      selector: team=shop
  trigger.on-deployed: |
    - when: app.status.operationState.phase in ['Succeeded']
      oncePer: app.status.operationState.syncResult.revision
      send: [app-deployed]
  template.app-deployed: |
    message: "{{.app.metadata.name}} is deployed."
    slack:
      groupingKey: "{{.app.metadata.name}}"
`;
    const { problems, settings } = readCatalogue('acme/gitops', [{ path: 'cm.yaml', text }]);
    expect(problems).toEqual([]);
    expect(settings.notifications).toEqual({
      context: { argocdUrl: 'https://argocd.acme.example' },
      defaultTriggers: ['on-sync-failed'],
      subscriptions: [{ recipients: ['slack:deployments'], triggers: ['on-deployed'], selector: 'team=shop' }],
      triggers: {
        'on-deployed': [
          {
            when: "app.status.operationState.phase in ['Succeeded']",
            oncePer: 'app.status.operationState.syncResult.revision',
            send: ['app-deployed'],
          },
        ],
      },
      templates: {
        'app-deployed': {
          message: '{{.app.metadata.name}} is deployed.',
          slack: { groupingKey: '{{.app.metadata.name}}' },
        },
      },
    });
  });

  it('tells each trigger and template that can not be read with its key and its line in the file, and loses no other', () => {
    const text = `apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-notifications-cm}
data:
  trigger.broken: |
    - when: [true
  trigger.wrong: |
    - when: "true"
      send: app-deployed
  trigger.typo: |
    - when: "true"
      onceper: app.metadata.name
      send: [app-deployed]
  template.mail: |
    message: hello
    email:
      subject: hello
  trigers.x: ""
`;
    const { problems, settings } = readCatalogue('acme/gitops', [{ path: 'cm.yaml', text }]);
    expect(Object.keys(settings.notifications.triggers)).toEqual(['typo']);
    expect(settings.notifications.templates).toEqual({ mail: { message: 'hello' } });
    expect(problems.map(({ code, where }) => [code, where.line])).toEqual([
      ['invalid-manifest', 7],
      ['invalid-manifest', 9],
      ['unknown-field', 12],
      ['unknown-field', 18],
      ['unsupported', 5],
    ]);
    expect(problems[0]?.message).toMatch(/^trigger\.broken is not valid YAML/);
    expect(problems[1]?.message).toBe('trigger.wrong: [0].send must be a list, found a string');
    expect(problems[2]?.message).toMatch(/did you mean oncePer\?/);
    expect(problems[4]?.message).toBe('argocd-notifications-cm sends to email: trimtab sends to slack only');
  });
});
