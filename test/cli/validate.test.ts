import { expect, test } from 'vitest';
import { createClone, temporaryFolder, trimtab } from './support.ts';

const ORIGIN = 'https://github.com/acme/platform';

const PROJECT = `apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: shop}
spec:
  sourceRepos: ['${ORIGIN}']
  destinations: [{server: https://kubernetes.default.svc, namespace: shop}]
`;

const WEB = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web
spec:
  project: shop
  source:
    repoURL: ${ORIGIN}
    path: apps/web
  destination:
    server: https://kubernetes.default.svc
    namespace: shop
  syncPolicy:
    syncOptions:
    - CreateNamespace=true
    retry:
      backoff:
        duration: 5s
  ignoreDifferences:
  - kind: Deployment
    jsonPointers: [/spec/replicas]
    jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "x")']
`;

const SET = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: teams}
spec:
  goTemplate: true
  goTemplateOptions: [missingkey=error]
  generators:
  - git: {repoURL: ${ORIGIN}, directories: [{path: teams/*}]}
  - git: {repoURL: https://github.com/acme/elsewhere, directories: [{path: '*'}]}
  template:
    metadata: {name: '{{.path.basename}}'}
    spec:
      project: shop
      source: {repoURL: ${ORIGIN}, path: '{{.path.path}}'}
      destination: {server: https://kubernetes.default.svc, namespace: shop}
`;

const FILES = {
  'argocd/project.yaml': PROJECT,
  'argocd/web.yaml': WEB,
  'argocd/teams.yaml': SET,
  'apps/web/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n',
  'teams/red/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: red}\n',
};

function cloneWith(files: Readonly<Record<string, string>> = {}): string {
  const clone = createClone(FILES);
  clone.git('remote', 'add', 'origin', `${ORIGIN}.git`);
  clone.write(files);
  return clone.dir;
}

interface Said {
  readonly errors: number;
  readonly warnings: number;
  readonly problems: readonly Readonly<Record<string, unknown>>[];
}

async function validated(files: Readonly<Record<string, string>>): Promise<Said & { readonly code: number | null }> {
  const { stdout, code } = await trimtab(['validate', '-o', 'json'], { cwd: cloneWith(files) });
  return { ...(JSON.parse(stdout) as Said), code };
}

test('a repository without a mistake is clean, whatever is committed', async () => {
  const { code, stdout, stderr } = await trimtab(['validate', cloneWith()]);
  expect(stdout).toBe('');
  expect(stderr).toContain('3 files with Argo CD manifests: nothing to complain of.');
  expect(code).toBe(0);
});

// One change to a file that is right, and the place and the words that it is told with.
test.each<[string, string, string, number, string, string]>([
  [
    'argocd/web.yaml',
    'project: shop',
    'project: shopp',
    6,
    'spec.project',
    'references project shopp, which does not exist',
  ],
  [
    'argocd/web.yaml',
    'server: https://kubernetes.default.svc',
    'name: moon',
    11,
    'spec.destination',
    'No cluster moon is registered',
  ],
  [
    'argocd/web.yaml',
    'namespace: shop',
    'namespace: kube-system',
    11,
    'spec.destination',
    "do not match any of the allowed destinations in project 'shop'",
  ],
  [
    'argocd/web.yaml',
    'path: apps/web',
    'path: apps/wbe',
    9,
    'spec.source.path',
    'path apps/wbe does not exist in this repository',
  ],
  [
    'argocd/web.yaml',
    'path: apps/web',
    'path: apps/web\n    helm: {valueFiles: [prod.yaml]}',
    10,
    'spec.source.helm.valueFiles[0]',
    'value file prod.yaml does not exist',
  ],
  [
    'argocd/web.yaml',
    'CreateNamespace=true',
    'CreateNamespce=true',
    15,
    'spec.syncPolicy.syncOptions[0]',
    'the sync option "CreateNamespce=true" has no effect',
  ],
  [
    'argocd/web.yaml',
    'duration: 5s',
    'duration: 5x',
    18,
    'spec.syncPolicy.retry.backoff.duration',
    '"5x" is no duration',
  ],
  [
    'argocd/web.yaml',
    '[/spec/replicas]',
    '[spec/replicas]',
    21,
    'spec.ignoreDifferences[0].jsonPointers[0]',
    '"spec/replicas" is no JSON pointer',
  ],
  [
    'argocd/web.yaml',
    'select(.name',
    'select((.name',
    22,
    'spec.ignoreDifferences[0].jqPathExpressions[0]',
    'does not parse',
  ],
  ['argocd/web.yaml', 'retry:', 'retri:', 17, 'spec.syncPolicy.retri', 'did you mean retry?'],
  ['argocd/web.yaml', 'name: web', 'name: Web', 4, 'metadata.name', 'must consist of lower case letters'],
  ['argocd/teams.yaml', '{{.path.path}}', '{{.path.path', 14, 'spec.template.spec.source.path', 'does not parse'],
  [
    'argocd/teams.yaml',
    '{{.path.path}}',
    '{{.path.path | shout}}',
    14,
    'spec.template.spec.source.path',
    'function "shout" not defined',
  ],
])('%s with %j written as %j', async (file, from, to, line, field, words) => {
  const text = FILES[file as keyof typeof FILES].replace(from, to);
  const { problems, code } = await validated({ [file]: text });
  expect(problems).toContainEqual(
    expect.objectContaining({ severity: 'error', file, line, field, message: expect.stringContaining(words) }),
  );
  expect(code).toBe(1);
});

test('settings are looked at as well: policies, triggers, templates, health scripts, clusters', async () => {
  const { problems } = await validated({
    'argocd/settings.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  globalProjects: "- projectName: shop"
  resource.customizations.health.acme.io_Planet: |
    return {
---
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-rbac-cm}
data:
  policy.csv: |
    p, role:dev, applications, sync, shop/*, allow
    p, role:dev, applications, sync
---
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-notifications-cm}
data:
  trigger.on-sync: |
    - when: app.status.sync.status ==
      send: [synced]
  template.synced: |
    message: "{{.app.metadata.name"
---
apiVersion: v1
kind: Secret
metadata: {name: eu, labels: {argocd.argoproj.io/secret-type: cluster}}
stringData: {name: eu}
`,
  });
  const said = problems.map(({ line, field, message }) => `${line} ${field} ${message}`);
  expect(said).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^\d+ data\.globalProjects globalProjects of argocd-cm cannot be read/),
      expect.stringMatching(/^\d+ data\["resource\.customizations\.health\.acme\.io_Planet"\] the Lua script/),
      expect.stringMatching(
        /^15 data\["policy\.csv"\] invalid policy "p, role:dev, applications, sync": it must have six parts/,
      ),
      expect.stringMatching(/^\d+ data\["trigger\.on-sync"\] the expression/),
      expect.stringMatching(/^\d+ data\["template\.synced"\] the notification template/),
      expect.stringMatching(/^\d+ stringData the cluster Secret eu names no server/),
    ]),
  );
});

test('what a set generates is held against the rules, too', async () => {
  const { problems } = await validated({
    'argocd/teams.yaml': SET.replace('namespace: shop', 'namespace: web').replace(/.*elsewhere.*\n/, ''),
  });
  expect(problems).toMatchObject([
    {
      file: 'argocd/teams.yaml',
      message: expect.stringContaining(
        "application red: application destination server 'https://kubernetes.default.svc' and namespace 'web'",
      ),
    },
  ]);
});

test('--map lets it look into sets that read other repositories, which is said otherwise', async () => {
  const elsewhere = createClone({ 'blue/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: blue}\n' });
  const dir = cloneWith({ 'argocd/teams.yaml': SET.replace('namespace: shop', 'namespace: web') });
  const without = await trimtab(['validate', dir]);
  expect(without.stderr).toContain('teams.yaml:9');
  expect(without.stderr).toContain('what this set generates is not checked');
  const map = ['--map', `https://github.com/acme/elsewhere=${elsewhere.dir}`];
  const { stdout, stderr, code } = await trimtab(['validate', dir, ...map]);
  expect(stdout).toContain('application blue: application destination server');
  expect(stderr).not.toContain('not checked');
  expect(code).toBe(1);
});

test('warnings do not fail, unless --strict', async () => {
  const dir = cloneWith({ 'argocd/web.yaml': WEB.replace('CreateNamespace=true', 'CreateNamespace=yes') });
  const lenient = await trimtab(['validate', dir]);
  expect(lenient.stdout).toContain(
    'web.yaml:15:7: warning: spec.syncPolicy.syncOptions[0]: the sync option "CreateNamespace=yes"',
  );
  expect(lenient.code).toBe(0);
  expect((await trimtab(['validate', dir, '--strict'])).code).toBe(1);
});

test('a folder that is no clone is read as it is', async () => {
  const dir = temporaryFolder();
  const { code, stderr } = await trimtab(['validate', dir]);
  expect(stderr).toContain('0 files with Argo CD manifests');
  expect(code).toBe(0);
  expect((await trimtab(['validate', `${dir}/missing`])).code).toBe(2);
});

test('-o github writes annotations, in which a manifest can write no command of its own', async () => {
  const dir = cloneWith({ 'argocd/web.yaml': WEB.replace('project: shop', 'project: "no,such:%\\n::error::gotcha"') });
  const { stdout, code } = await trimtab(['validate', '-o', 'github'], { cwd: dir });
  expect(stdout).toMatch(/^::error file=argocd\/web\.yaml,line=6,col=\d+,title=trimtab validate::spec\.project: /);
  expect(stdout).toContain('no,such:%25%0A::error::gotcha');
  expect(stdout.split('\n').filter((line) => line !== '' && !line.startsWith('::error file='))).toEqual([]);
  expect(code).toBe(1);
});

test('doctor says what differs from Argo CD, with its place, and that nothing does', async () => {
  const dir = cloneWith({ 'argocd/project.yaml': PROJECT.replace("['", "['!") });
  const some = await trimtab(['doctor'], { cwd: dir });
  expect(some.stdout).toMatch(
    /^argocd\/project\.yaml:5:\d+: differs: spec\.sourceRepos: a list of denials alone .*\n {4}fix: /,
  );
  expect(some.code).toBe(1);
  const json = await trimtab(['doctor', '-o', 'json'], { cwd: dir });
  expect(JSON.parse(json.stdout)).toMatchObject({
    findings: [{ kind: 'differs', file: 'argocd/project.yaml', line: 5 }],
  });
  const none = await trimtab(['doctor'], { cwd: cloneWith() });
  expect(none).toMatchObject({ code: 0, stdout: 'Nothing found: all that is here works as in Argo CD.\n' });
});
