import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import { withOverrides } from '../../src/render/source-overrides.ts';
import type { ApplicationSource } from '../../src/spec/application.ts';
import { folderWith, input, problemOf, testTools } from './repository.ts';

const KUSTOMIZATION = {
  'app/kustomization.yaml': 'resources: [pod.yaml]\n',
  'app/pod.yaml':
    'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec: { containers: [{ name: web, image: shop }] }\n',
};

async function overridden(
  files: Readonly<Record<string, string>>,
  source: Omit<ApplicationSource, 'repoURL'> = {},
): Promise<ApplicationSource> {
  return (await withOverrides(input({ path: 'app', ...source }, { dir: await folderWith(files) }))).source;
}

describe('parameters that lie beside the source', () => {
  it('change what is rendered: what the image updater writes there is deployed', async () => {
    const dir = await folderWith({
      ...KUSTOMIZATION,
      'app/.argocd-source.yaml': 'kustomize: { images: [shop:1.2] }\n',
    });
    const [pod] = await createRenderer({ tools: testTools }).render(input({ path: 'app' }, { dir }));
    expect(pod).toMatchObject({ spec: { containers: [{ image: 'shop:1.2' }] } });
  });

  it('are merged: those for all, then those for this application; lists are replaced, null removes', async () => {
    const source = await overridden(
      {
        'app/.argocd-source.yaml': 'helm: { releaseName: all, valueFiles: [all.yaml], skipCrds: null }\n',
        'app/.argocd-source-shop.yaml': 'helm: { parameters: [{ name: tag, value: "2" }], releaseName: shop }\n',
        'app/.argocd-source-bank.yaml': 'helm: { releaseName: bank }\n',
      },
      { helm: { valueFiles: ['one.yaml', 'two.yaml'], skipCrds: true, namespace: 'shop' } },
    );
    expect(source.helm).toEqual({
      releaseName: 'shop',
      valueFiles: ['all.yaml'],
      namespace: 'shop',
      parameters: [{ name: 'tag', value: '2' }],
    });
  });

  it('never change where the source comes from', async () => {
    const text =
      'repoURL: https://evil.example/x\npath: ../..\ntargetRevision: evil\nchart: evil\nkustomize: { namePrefix: a- }\n';
    expect(await overridden({ 'app/.argocd-source.yaml': text })).toEqual({
      repoURL: 'https://github.com/acme/platform',
      path: 'app',
      targetRevision: 'main',
      kustomize: { namePrefix: 'a-' },
    });
  });

  it('are told of with file and field when they are wrong', async () => {
    const problem = await problemOf(overridden({ 'app/.argocd-source.yaml': 'kustomize: { images: shop }\n' }));
    expect(problem).toMatchObject({
      code: 'invalid-manifest',
      where: { file: 'app/.argocd-source.yaml', field: 'kustomize.images' },
    });
    expect(await problemOf(overridden({ 'app/.argocd-source.yaml': '- a\n' }))).toMatchObject({
      code: 'invalid-manifest',
    });
    expect(await overridden({ 'app/.argocd-source.yaml': '' })).not.toHaveProperty('kustomize');
  });

  it('are not read through a link', async () => {
    const dir = await folderWith(KUSTOMIZATION);
    const links = ['app/.argocd-source.yaml'];
    expect(await problemOf(withOverrides(input({ path: 'app' }, { dir, links })))).toMatchObject({
      code: 'unsafe-path',
    });
  });
});
