import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifestFiles } from '../../src/source/manifest-files.ts';
import { emptyFolder } from './archive.ts';

const APPLICATION = 'apiVersion: argoproj.io/v1alpha1\nkind: Application\n';
const CLUSTER = 'kind: Secret\nmetadata:\n  labels:\n    argocd.argoproj.io/secret-type: cluster\n';
const SETTINGS = 'kind: ConfigMap\nmetadata:\n  name: argocd-notifications-cm\n';

async function found(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const dir = await emptyFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return (await manifestFiles(dir)).map(({ path }) => path);
}

describe('the files that may define applications', () => {
  it('are YAML and JSON that names a kind or a setting of Argo CD, in the order of their paths', async () => {
    const files = {
      'z.yml': APPLICATION,
      'clusters/live.yaml': CLUSTER,
      'argocd/cm.yaml': SETTINGS,
      'a/project.json': '{"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject"}',
      'web/deployment.yaml': 'kind: Deployment\n',
      'rollout.yaml': 'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\n',
      'README.md': APPLICATION,
    };
    expect(await found(files)).toEqual(['a/project.json', 'argocd/cm.yaml', 'clusters/live.yaml', 'z.yml']);
  });

  it('lie in no folder with a dot, in no templates of a chart, and are not huge', async () => {
    const files = {
      '.github/app.yaml': APPLICATION,
      'chart/Chart.yaml': 'name: chart\n',
      'chart/templates/app.yaml': APPLICATION,
      'chart/templates/deep/app.yaml': APPLICATION,
      'chart/apps/app.yaml': APPLICATION,
      'templates/app.yaml': APPLICATION,
      'huge.yaml': `kind: CustomResourceDefinition\nspec: {group: argoproj.io, names:\n  kind: Application}\n${'# argoproj.io/v1alpha1\n'.repeat(110_000)}`,
    };
    expect(await found(files)).toEqual(['chart/apps/app.yaml', 'templates/app.yaml']);
  });

  it('is not passed over when it is huge and defines an application, which would then seem to be gone', async () => {
    const text = `${APPLICATION}${'# padding\n'.repeat(110_000)}`;
    await expect(found({ 'huge.yaml': text })).rejects.toMatchObject({
      code: 'limit-exceeded',
      where: { file: 'huge.yaml' },
    });
  });

  it('come whole', async () => {
    const dir = await emptyFolder();
    await writeFile(join(dir, 'app.yaml'), APPLICATION);
    expect(await manifestFiles(dir)).toEqual([{ path: 'app.yaml', text: APPLICATION }]);
  });
});
