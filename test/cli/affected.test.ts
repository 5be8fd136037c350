import { expect, test } from 'vitest';
import { cloneOfExamples, createClone, trimtab } from './support.ts';

const KUSTOMIZE = {
  'apps/all.yaml': ['a', 'b']
    .map(
      (name) =>
        `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: ${name}\nspec:\n  project: default\n  source:\n    repoURL: https://github.com/acme/platform\n    path: overlays/${name}\n  destination:\n    server: https://kubernetes.default.svc\n    namespace: x\n`,
    )
    .join('---\n'),
  'overlays/a/kustomization.yaml': 'resources: [../../base]\n',
  'overlays/b/kustomization.yaml': 'resources: [x.yaml]\n',
  'overlays/b/x.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n',
  'base/kustomization.yaml': 'configMapGenerator: [{name: a, files: [deep/motd.txt]}]\n',
  'base/deep/motd.txt': 'hello\n',
  'base/README.md': 'what this is\n',
};

test('names the application that reads a changed file, however deep, and that file', async () => {
  const clone = createClone(KUSTOMIZE);
  clone.commit('change', { 'base/deep/motd.txt': 'goodbye\n', 'base/README.md': 'new\n' });
  const args = ['affected', '--repo', clone.dir, '--base', 'main', '--head', 'change'];
  const { code, stdout } = await trimtab([...args, '-o', 'json']);
  expect(JSON.parse(stdout)).toEqual([{ application: 'a', reason: 'input', file: 'base/deep/motd.txt' }]);
  expect(code).toBe(0);
  expect((await trimtab(args)).stdout).toBe('APPLICATION  REASON  FILE\na            input   base/deep/motd.txt\n');
});

test('names no application for a change that none reads', async () => {
  const clone = cloneOfExamples();
  clone.commit('change', { 'docs/notes.md': 'nothing\n' });
  const args = ['affected', '--repo', clone.dir, '--base', 'main', '--head', 'change', '-o', 'json'];
  expect(JSON.parse((await trimtab(args)).stdout)).toEqual([]);
});

test('names the application whose value file only .argocd-source.yaml of another repository names', async () => {
  const charts = 'https://github.com/acme/charts';
  const clone = createClone({
    'app.yaml':
      'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: shop\nspec:\n  project: default\n  sources:\n' +
      `    - repoURL: ${charts}\n      path: chart\n    - repoURL: https://github.com/acme/platform\n      ref: values\n` +
      '  destination:\n    server: https://kubernetes.default.svc\n    namespace: x\n',
    'envs/live.yaml': 'size: small\n',
  });
  const other = createClone({
    'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'chart/.argocd-source-shop.yaml': 'helm:\n  valueFiles: [$values/envs/live.yaml]\n',
  });
  clone.commit('change', { 'envs/live.yaml': 'size: large\n' });
  const maps = [`${charts}=${other.dir}`, `https://github.com/acme/platform=${clone.dir}`].flatMap((map) => [
    '--map',
    map,
  ]);
  const args = ['affected', '--repo', clone.dir, '--base', 'main', '--head', 'change', '-o', 'json', ...maps];
  expect(JSON.parse((await trimtab(args)).stdout)).toEqual([
    { application: 'shop', reason: 'input', file: 'envs/live.yaml' },
  ]);
});
