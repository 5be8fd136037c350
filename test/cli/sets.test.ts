import { expect, test } from 'vitest';
import { createClone, trimtab } from './support.ts';

const SET = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: teams}
spec:
  goTemplate: true
  generators:
  - git: {repoURL: https://github.com/acme/platform, directories: [{path: teams/*}]}
  template:
    metadata: {name: '{{.path.basename}}'}
    spec:
      project: default
      source: {repoURL: https://github.com/acme/platform, path: '{{.path.path}}'}
      destination: {server: https://kubernetes.default.svc, namespace: '{{.path.basename | upper | lower}}'}
`;

const FILES = {
  'argocd/teams.yaml': SET,
  'teams/red/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: red}\n',
  'teams/blue/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: blue}\n',
};

test('generate prints the Applications of a set, as YAML or JSON', async () => {
  const { dir } = createClone(FILES);
  const yaml = await trimtab(['generate', 'argocd/teams.yaml'], { cwd: dir });
  expect(yaml.stdout.match(/^ {2}name: .*/gm)).toEqual(['  name: blue', '  name: red']);
  expect(yaml).toMatchObject({ code: 0, stderr: '' });
  const json = await trimtab(['generate', 'argocd/teams.yaml', '-o', 'json'], { cwd: dir });
  expect(JSON.parse(json.stdout)).toMatchObject({
    kind: 'List',
    items: [{ spec: { source: { path: 'teams/blue' } } }, {}],
  });
});

test('generate takes clusters from a file', async () => {
  const { dir } = createClone({
    'fleet.yaml': SET.replace(/- git: .*/, '- clusters: {selector: {matchLabels: {env: prod}}}')
      .replaceAll('.path.basename', '.name')
      .replace('.path.path', '.name'),
    'clusters.yaml': `apiVersion: v1
kind: Secret
metadata: {name: eu, labels: {argocd.argoproj.io/secret-type: cluster, env: prod}}
stringData: {name: eu, server: https://eu.example.com}
`,
  });
  const { stdout, code } = await trimtab(['generate', 'fleet.yaml', '--clusters', 'clusters.yaml'], { cwd: dir });
  expect(stdout).toContain('  name: eu\n');
  expect(code).toBe(0);
});

test('generate says what is wrong, with file, line and field, and exits 1', async () => {
  const { dir } = createClone({ 'set.yaml': SET.replace('- git:', '- list: {}\n    git:') });
  const { stderr, code } = await trimtab(['generate', 'set.yaml'], { cwd: dir });
  expect(stderr).toContain('an entry of generators must hold one generator, found list and git');
  expect(stderr).toContain('set.yaml:7, spec.generators[0]');
  expect(code).toBe(1);
});

test('list prints what is written and what is generated, and render finds both by name', async () => {
  const { dir } = createClone(FILES);
  const list = await trimtab(['list', dir, '-o', 'json']);
  expect(JSON.parse(list.stdout)).toMatchObject([
    { name: 'blue', project: 'default', namespace: 'blue', set: 'teams', file: 'argocd/teams.yaml' },
    { name: 'red', sources: [{ path: 'teams/red', revision: 'HEAD' }] },
  ]);
  const table = await trimtab(['list'], { cwd: dir });
  expect(table.stdout.split('\n')[1]).toMatch(
    /^blue +default +https:\/\/github.com\/acme\/platform teams\/blue@HEAD .*\(ApplicationSet teams\)$/,
  );
  const { stdout } = await trimtab(['render', 'red', '--repo', dir]);
  expect(stdout).toContain('name: red');
});
