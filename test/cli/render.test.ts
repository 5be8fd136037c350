import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { cloneOfExamples, createClone, type Files, temporaryFolder, trimtab } from './support.ts';

function names(yaml: string): readonly string[] {
  const documents = parseAllDocuments(yaml);
  return (Array.isArray(documents) ? documents : []).map((document) => {
    const { kind, metadata }: { readonly kind: string; readonly metadata: { readonly name: string } } = document.toJS();
    return `${kind} ${metadata.name}`;
  });
}

test('prints the manifests in the order in which a sync applies them', async () => {
  const clone = cloneOfExamples();
  const { code, stdout } = await trimtab(['render', 'payments', '--repo', clone.dir]);
  expect(names(stdout)).toEqual([
    'Namespace payments',
    'Job payments-migrate',
    'Secret payments-database',
    'ConfigMap payments',
    'Deployment payments',
    'Service payments',
    'Ingress payments',
    'Job payments-smoke-test',
  ]);
  expect(code).toBe(0);
});

test('prints the same as a List in JSON, for programs', async () => {
  const clone = cloneOfExamples();
  const { stdout } = await trimtab(['render', 'status-page', '--repo', clone.dir, '-o', 'json']);
  const list: { readonly kind: string; readonly items: readonly { readonly kind: string }[] } = JSON.parse(stdout);
  expect(list.kind).toBe('List');
  expect(list.items.map((item) => item.kind)).toEqual(['ConfigMap', 'Service', 'Deployment']);
});

test('renders what is committed, and says that the rest is left out', async () => {
  const clone = cloneOfExamples();
  clone.write({ 'charts/payments/values-production.yaml': 'replicas: 77\n' });
  const { stdout, stderr } = await trimtab(['render', 'payments', '--repo', clone.dir]);
  expect(stdout).not.toContain('replicas: 77');
  expect(stderr).toMatch(/uncommitted changes in .* are left out/);
});

test('renders the branch that is checked out, and any other revision by its name', async () => {
  const clone = cloneOfExamples();
  clone.commit('scale', { 'charts/payments/values-production.yaml': 'replicas: 5\n' });
  const here = await trimtab(['render', 'payments'], { cwd: clone.dir });
  expect(here.stdout).toContain('replicas: 5');
  const main = await trimtab(['render', 'payments', '--revision', 'main'], { cwd: clone.dir });
  expect(main.stdout).not.toContain('replicas: 5');
});

test('takes an Application that is not in the repository by the path of its manifest', async () => {
  const clone = cloneOfExamples();
  const outside = createClone({ 'x.yaml': clone.git('show', 'main:argocd/applications/payments.yaml') });
  const { stdout } = await trimtab(['render', join(outside.dir, 'x.yaml'), '--repo', clone.dir]);
  expect(names(stdout)).toContain('Deployment payments');
});

test('an unknown name gets the one that was probably meant, or all of them', async () => {
  const clone = cloneOfExamples();
  const typo = await trimtab(['render', 'paymnets', '--repo', clone.dir]);
  expect(typo.stderr).toMatch(/There is no application paymnets in .*\n {2}fix: +Did you mean payments\?\n$/);
  const other = await trimtab(['render', 'ledger', '--repo', clone.dir]);
  expect(other.stderr).toContain('payments, status-page, storefront-production, storefront-staging');
  expect([typo.code, other.code]).toEqual([1, 1]);
});

test('an Application with a wrong field is told with file, line and field', async () => {
  const clone = cloneOfExamples();
  const text = clone.git('show', 'main:argocd/applications/payments.yaml');
  clone.commit('main', {
    'argocd/applications/payments.yaml': text.replace('project: production', 'project: [production]'),
  });
  const { code, stderr } = await trimtab(['render', 'payments', '--repo', clone.dir]);
  expect(stderr).toMatch(/where: .*argocd\/applications\/payments\.yaml:12, spec\.project/);
  expect(code).toBe(1);
});

test('a chart with a template error is told with file and line', async () => {
  const clone = cloneOfExamples({ 'charts/payments/templates/broken.yaml': 'a: 1\nb: {{ .Values.x | nosuch }}\n' });
  const { code, stdout, stderr } = await trimtab(['render', 'payments', '--repo', clone.dir]);
  expect(stderr).toContain('application payments, charts/payments/templates/broken.yaml:2');
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stdout).toBe('');
  expect(code).toBe(1);
});

test('a folder without git is told as such', async () => {
  const folder = temporaryFolder();
  const { code, stderr } = await trimtab(['render', 'payments'], { cwd: folder });
  expect(stderr).toContain('is not a git repository');
  expect(code).toBe(1);
});

test('tells charts which Kubernetes they are for, and what it serves', async () => {
  const clone = createClone({
    'shop.yaml':
      'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: shop\nspec:\n  project: default\n  source:\n    repoURL: https://github.com/acme/platform\n    path: chart\n  destination:\n    server: https://kubernetes.default.svc\n    namespace: x\n',
    'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'chart/templates/a.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  version: {{ .Capabilities.KubeVersion.Version }}\n  served: "{{ range list "a/v1" "b/v1" "c/v1" }}{{ if $.Capabilities.APIVersions.Has . }}{{ . }} {{ end }}{{ end }}"\n',
  });
  const given = ['--kube-version', '1.30', '--api-versions', 'a/v1,b/v1', '--api-versions', 'c/v1'];
  const { stdout } = await trimtab(['render', 'shop', '--repo', clone.dir, ...given]);
  expect(stdout).toContain('version: v1.30');
  expect(stdout).toContain('served: "a/v1 b/v1 c/v1 "');
});

test('a chart of a chart repository is taken from the folder that --map names, in the version that its range allows', async () => {
  const chart = (version: string): Files => ({
    [`shop-${version}/Chart.yaml`]: `apiVersion: v2\nname: shop\nversion: ${version}\n`,
    [`shop-${version}/templates/map.yaml`]:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\ndata:\n  version: "{{ .Chart.Version }}"\n  color: "{{ .Values.color }}"\n',
  });
  const charts = createClone({ ...chart('1.2.0'), ...chart('1.9.0'), ...chart('2.0.0') });
  const clone = createClone({
    'argocd/shop.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop }
spec:
  project: default
  sources:
    - repoURL: https://charts.acme.example
      chart: shop
      targetRevision: ^1.0.0
      helm: { valueFiles: [$values/envs/shop.yaml] }
    - { repoURL: https://github.com/acme/platform, ref: values }
  destination: { server: https://kubernetes.default.svc, namespace: shop }
`,
    'envs/shop.yaml': 'color: blue\n',
  });
  const map = [
    '--map',
    `https://charts.acme.example=${charts.dir}`,
    '--map',
    `https://github.com/acme/platform=${clone.dir}`,
  ];
  const { code, stdout } = await trimtab(['render', 'shop', '--repo', clone.dir, ...map]);
  expect(stdout).toContain('version: 1.9.0');
  expect(stdout).toContain('color: blue');
  expect(code).toBe(0);
});
