import { expect, test } from 'vitest';
import { cloneOfExamples, createClone, temporaryFolder, trimtab } from './support.ts';

const VALUES = 'charts/payments/values-production.yaml';

/** A chart that asks for a value that nobody gives. */
const BROKEN = `apiVersion: v1
kind: ConfigMap
metadata:
  name: broken
data:
  host: {{ required "an ingress host is needed" .Values.nowhere }}
`;

test('prints the comment that the pull request would get', async () => {
  const clone = cloneOfExamples();
  clone.commit('scale', { [VALUES]: 'replicas: 5\n' });
  const { code, stdout, stderr } = await trimtab(['preview', '--repo', clone.dir, '--base', 'main', '--head', 'scale']);
  expect(stdout).toMatch(/^<!-- trimtab:preview -->\n### trimtab: 1 application changes\n/);
  expect(stdout).toContain('+  replicas: 5');
  expect(stdout).not.toContain('storefront');
  expect(stderr).toContain('all Applications name https://github.com/acme/platform.git');
  expect(code).toBe(0);
});

test('compares with the merge result: what the base has won since is in neither side', async () => {
  const clone = cloneOfExamples();
  clone.commit('scale', { [VALUES]: 'replicas: 5\n' });
  const status = clone.git('show', 'main:apps/status-page/deployment.yaml');
  clone.commit('main', { 'apps/status-page/deployment.yaml': `${status.replace(/replicas: \d+/, 'replicas: 8')}\n` });
  const { stdout } = await trimtab(['preview', '--repo', clone.dir, '--base', 'main', '--head', 'scale']);
  expect(stdout).toContain('### trimtab: 1 application changes');
  expect(stdout).not.toContain('status-page');
});

test('leaves the clone as it is, whichever branch is checked out', async () => {
  const clone = cloneOfExamples();
  clone.commit('scale', { [VALUES]: 'replicas: 5\n' });
  clone.write({ 'notes.txt': 'not committed' });
  const before = clone.git('status', '--porcelain', '--branch');
  await trimtab(['preview', '--repo', clone.dir, '--base', 'main', '--head', 'scale']);
  expect(clone.git('status', '--porcelain', '--branch')).toBe(before);
});

test('a chart that does not render is named with file and line, the others are still previewed, and it exits 1', async () => {
  const clone = cloneOfExamples();
  const status = clone.git('show', 'main:apps/status-page/deployment.yaml');
  clone.commit('broken', {
    'charts/payments/templates/broken.yaml': BROKEN,
    'apps/status-page/deployment.yaml': `${status.replace(/replicas: \d+/, 'replicas: 8')}\n`,
  });
  const { code, stdout } = await trimtab(['preview', '--repo', clone.dir, '--base', 'main', '--head', 'broken']);
  expect(stdout).toContain('charts/payments/templates/broken.yaml:6');
  expect(stdout).toContain('An ingress host is needed');
  expect(stdout).toContain('+  replicas: 8');
  expect(code).toBe(1);
});

test('branches that conflict get the comment that says so', async () => {
  const clone = cloneOfExamples();
  clone.commit('scale', { [VALUES]: 'replicas: 5\n' });
  clone.commit('main', { [VALUES]: 'replicas: 6\n' });
  const { code, stdout, stderr } = await trimtab(['preview', '--repo', clone.dir, '--base', 'main', '--head', 'scale']);
  expect(stdout).toContain('### trimtab: no preview, the branch conflicts with `main`');
  expect(stderr).toContain(VALUES);
  expect(code).toBe(1);
});

test('a change that touches no application gets no comment', async () => {
  const clone = cloneOfExamples();
  clone.commit('docs', { 'NOTES.md': 'hello\n' });
  const { code, stdout, stderr } = await trimtab(['preview', '--repo', clone.dir, '--base', 'main', '--head', 'docs']);
  expect(stdout).toBe('');
  expect(stderr).toContain('a pull request would get no comment');
  expect(code).toBe(0);
});

test('the first Application of a repository is previewed as new', async () => {
  const clone = createClone({ 'README.md': 'empty\n' });
  const examples = cloneOfExamples();
  clone.commit('first', {
    'argocd/status-page.yaml': examples.git('show', 'main:argocd/applications/status-page.yaml'),
    'argocd/project.yaml': examples.git('show', 'main:argocd/projects/production.yaml'),
    'apps/status-page/deployment.yaml': examples.git('show', 'main:apps/status-page/deployment.yaml'),
  });
  const { code, stdout } = await trimtab(['preview', '--repo', clone.dir, '--base', 'main', '--head', 'first']);
  expect(stdout).toContain('1 new');
  expect(code).toBe(0);
});

test('knows the repository by its origin, in whatever spelling', async () => {
  const clone = cloneOfExamples();
  clone.git('remote', 'add', 'origin', 'git@github.com:acme/platform.git');
  clone.commit('scale', { [VALUES]: 'replicas: 5\n' });
  const { stdout, stderr } = await trimtab(['preview', '--repo', clone.dir, '--base', 'main', '--head', 'scale']);
  expect(stdout).toContain('+  replicas: 5');
  expect(stderr).toBe('');
});

test('an Application from a repository that lies nowhere says which --map it needs; with it, it is previewed', async () => {
  const charts = createClone({ 'site/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: site\n' });
  const clone = cloneOfExamples();
  clone.git('remote', 'add', 'origin', 'https://github.com/acme/platform');
  const application = clone
    .git('show', 'main:argocd/applications/status-page.yaml')
    .replace('name: status-page', 'name: site')
    .replace(/repoURL: .*/, 'repoURL: https://github.com/acme/charts')
    .replace('path: apps/status-page', 'path: site');
  clone.commit('site', { 'argocd/applications/site.yaml': application });
  const args = ['preview', '--repo', clone.dir, '--base', 'main', '--head', 'site'];
  const without = await trimtab(args);
  expect(without.stdout).toContain('--map https://github.com/acme/charts=DIR');
  expect(without.code).toBe(1);
  const mapped = await trimtab([...args, '--map', `https://github.com/acme/charts=${charts.dir}`]);
  expect(mapped.stdout).toContain('kind: ConfigMap');
});

test('a repository of charts alone takes its Applications from the control repository', async () => {
  const control = cloneOfExamples();
  const charts = createClone({});
  for (const path of control.git('ls-files', 'charts').split('\n')) {
    charts.write({ [path]: `${control.git('show', `main:${path}`)}\n` });
  }
  charts.commit('main', {});
  charts.git('remote', 'add', 'origin', 'https://github.com/acme/charts');
  control.git('remote', 'add', 'origin', 'https://github.com/acme/platform');
  const payments = control.git('show', 'main:argocd/applications/payments.yaml');
  control.commit('main', {
    'argocd/applications/payments.yaml': payments.replace('acme/platform.git', 'acme/charts'),
  });
  charts.commit('scale', { [VALUES]: 'replicas: 5\n' });
  const { stdout, stderr } = await trimtab([
    'preview',
    ...['--repo', charts.dir, '--control-repository-dir', control.dir, '--base', 'main', '--head', 'scale'],
  ]);
  expect(stderr).toBe('');
  expect(stdout).toContain('+  replicas: 5');
});

test('says what is wrong with its input, without a stack', async () => {
  const clone = cloneOfExamples();
  const none = createClone({ 'README.md': 'nothing here\n' });
  const folder = temporaryFolder();
  const calls: readonly (readonly [readonly string[], RegExp])[] = [
    [
      ['--repo', clone.dir, '--base', 'main', '--head', 'nowhere'],
      /There is no revision "nowhere" in .*\n {2}fix: +Fetch it/,
    ],
    [
      ['--repo', folder, '--base', 'main', '--head', 'x'],
      /is not a git repository.*\n {2}fix: +Name a clone with --repo/,
    ],
    [['--repo', none.dir, '--base', 'main', '--head', 'main'], /There are no Argo CD Applications in /],
  ];
  for (const [args, words] of calls) {
    const { code, stdout, stderr } = await trimtab(['preview', ...args]);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  }
});

test('a token in the URL of the origin is printed nowhere', async () => {
  const clone = cloneOfExamples();
  clone.git('remote', 'add', 'origin', 'https://x-access-token:ghs_s3cret@github.com/acme/other');
  const text = clone.git('show', 'main:argocd/applications/status-page.yaml');
  const moved = text.replace('name: status-page', 'name: moved').replace('acme/platform.git', 'acme/elsewhere');
  clone.commit('moved', { 'argocd/applications/moved.yaml': moved });
  const { stdout, stderr } = await trimtab(['preview', '--repo', clone.dir, '--base', 'main', '--head', 'moved']);
  expect(stdout).toContain('Known: https://github.com/acme/other');
  expect(stdout + stderr).not.toContain('ghs_s3cret');
});

const TWO_SOURCES = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
spec:
  project: default
  sources:
    - repoURL: https://github.com/acme/platform.git
      path: charts/shop
      helm:
        valueFiles: [$values/envs/production/shop.yaml]
    - repoURL: https://github.com/acme/platform.git
      ref: values
  destination: { server: https://kubernetes.default.svc, namespace: shop }
`;

test('an application of several sources is previewed when a value file changes that one lends the other', async () => {
  const clone = createClone({
    'argocd/shop.yaml': TWO_SOURCES,
    'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'charts/shop/templates/config.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\ndata:\n  color: {{ .Values.color }}\n',
    'envs/production/shop.yaml': 'color: blue\n',
    'envs/production/other.yaml': 'color: blue\n',
  });
  clone.commit('green', { 'envs/production/shop.yaml': 'color: green\n' });
  const { code, stdout } = await trimtab(['preview', '--repo', clone.dir, '--base', 'main', '--head', 'green']);
  expect(stdout).toContain('because of `envs/production/shop.yaml`');
  expect(stdout).toContain('-  color: blue\n+  color: green');
  expect(code).toBe(0);
  clone.commit('main', {});
  clone.commit('other', { 'envs/production/other.yaml': 'color: green\n' });
  const other = await trimtab(['preview', '--repo', clone.dir, '--base', 'main', '--head', 'other']);
  expect(other.stderr).toContain('a pull request would get no comment');
});

test('manifest-generate-paths leaves an application out, but never hides a change: that is shown with a warning', async () => {
  const annotated = (name: string): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${name}
  annotations: { argocd.argoproj.io/manifest-generate-paths: . }
spec:
  project: default
  source: { repoURL: https://github.com/acme/platform.git, path: apps/${name} }
  destination: { server: https://kubernetes.default.svc, namespace: ${name} }
`;
  const map = (value: string): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  color: ${value}\n`;
  const clone = createClone({
    'argocd/web.yaml': annotated('web'),
    'apps/web/kustomization.yaml': 'resources: [../../base]\n',
    'argocd/plain.yaml': annotated('plain'),
    'apps/plain/kustomization.yaml': 'resources: [../../base]\npatches: [{path: color.yaml}]\n',
    'apps/plain/color.yaml': map('white'),
    'base/kustomization.yaml': 'resources: [map.yaml]\n',
    'base/map.yaml': map('blue'),
  });
  clone.commit('green', { 'base/map.yaml': map('green') });
  const { stdout } = await trimtab(['preview', '--repo', clone.dir, '--base', 'main', '--head', 'green']);
  expect(stdout).toContain('### trimtab: 1 application changes');
  expect(stdout).toContain('does not name base/map.yaml');
  expect(stdout).toContain('-  color: blue\n+  color: green');
  expect(stdout).not.toContain('`plain`');
});
