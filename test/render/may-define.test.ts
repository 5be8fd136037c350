import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { mayDefine } from '../../src/render/may-define.ts';
import type { ApplicationSource } from '../../src/spec/application.ts';

const APPLICATION = 'apiVersion: argoproj.io/v1alpha1\nkind: Application\n';

/** Whether a source whose folder `app/` holds these files may define applications. */
async function asked(
  files: Readonly<Record<string, string | Buffer>>,
  source: Partial<ApplicationSource> = {},
): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), 'trimtab-may-define-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  const repoURL = 'https://github.com/argoproj.io/platform';
  return await mayDefine(
    { source: { repoURL, path: 'app', ...source }, checkout: { repoURL, revision: 'commit', dir } },
    ['app/', 'values/prod.yaml'],
  );
}

test('manifests that do not name the group of Argo CD make none of its kinds', async () => {
  expect(await asked({ 'app/web.yaml': 'kind: ConfigMap\n', 'elsewhere/app.yaml': APPLICATION })).toBe(false);
});

test('a manifest, a value file, a parameter or a packed chart may', async () => {
  expect(await asked({ 'app/deep/web.yaml': APPLICATION })).toBe(true);
  expect(await asked({ 'values/prod.yaml': `extra: |\n  ${APPLICATION}` })).toBe(true);
  expect(await asked({}, { helm: { values: APPLICATION } })).toBe(true);
  expect(await asked({ 'app/charts/apps-1.0.0.tgz': gzipSync(APPLICATION) })).toBe(true);
  expect(await asked({ 'app/charts/web-1.0.0.tgz': gzipSync('kind: Service\n') })).toBe(false);
  expect(await asked({ 'app/charts/broken-1.0.0.tgz': 'no archive' })).toBe(true);
});

test('annotations of Argo CD say nothing of its kinds', async () => {
  const annotated = 'metadata:\n  annotations: { argocd.argoproj.io/sync-wave: "1" }\n';
  expect(await asked({ 'app/web.yaml': annotated })).toBe(false);
  expect(await asked({ 'app/web.yaml': 'apiVersion: "argoproj.io/v1alpha1"\n' })).toBe(true);
});

test('what comes from elsewhere may be anything; the home page of a chart comes from nowhere', async () => {
  expect(await asked({ 'app/kustomization.yaml': 'resources:\n- https://github.com/acme/base?ref=v1\n' })).toBe(true);
  const chart = 'name: web\nhome: https://acme.example.com\nsources:\n- https://github.com/acme/web\nversion: 1.0.0\n';
  expect(await asked({ 'app/Chart.yaml': chart })).toBe(false);
  const dependency = 'dependencies:\n- {name: apps, version: 1.0.0, repository: "https://charts.example.com"}\n';
  expect(await asked({ 'app/Chart.yaml': `${chart}${dependency}` })).toBe(true);
});
