import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { editKustomization } from '../../src/render/edit-kustomization.ts';
import { readYaml } from '../../src/render/yaml.ts';
import type { KustomizeSource } from '../../src/spec/application.ts';
import { folderWith, input, problemOf } from './repository.ts';

/** The kustomization after the options of an Application were written into it. */
async function edited(text: string, kustomize: KustomizeSource): Promise<unknown> {
  const file = join(await folderWith({ 'kustomization.yaml': text }), 'kustomization.yaml');
  await editKustomization(input({ path: 'app', kustomize }), file, kustomize.components ?? []);
  const read = readYaml(await readFile(file, 'utf8'));
  return read.ok ? read.documents[0] : undefined;
}

const DIGEST = `sha256:${'a'.repeat(64)}`;

// As `kustomize edit set image` writes them.
describe('images', () => {
  it.each<[string, string, readonly object[]]>([
    ['{}', 'nginx:1.27', [{ name: 'nginx', newTag: '1.27' }]],
    ['{}', `nginx@${DIGEST}`, [{ name: 'nginx', digest: DIGEST }]],
    ['{}', `nginx:1.27@${DIGEST}`, [{ name: 'nginx', newTag: '1.27', digest: DIGEST }]],
    ['{}', 'registry.example:5000/nginx:1.27', [{ name: 'registry.example:5000/nginx', newTag: '1.27' }]],
    ['{}', 'nginx=mirror/nginx:1.27', [{ name: 'nginx', newName: 'mirror/nginx', newTag: '1.27' }]],
    ['{}', 'nginx=mirror/nginx', [{ name: 'nginx', newName: 'mirror/nginx' }]],
    ['{}', `nginx=mirror/nginx@${DIGEST}`, [{ name: 'nginx', newName: 'mirror/nginx', digest: DIGEST }]],
    ['{}', 'nginx=mirror:5000/nginx', [{ name: 'nginx', newName: 'mirror:5000/nginx' }]],
    ['{}', 'nginx:$ARGOCD_APP_NAME', [{ name: 'nginx', newTag: 'shop' }]],
    ['images: [{name: nginx, newTag: "1"}]', 'nginx:2', [{ name: 'nginx', newTag: '2' }]],
    [
      'images: [{name: nginx, newTag: "1"}]',
      'nginx=mirror/nginx:*',
      [{ name: 'nginx', newName: 'mirror/nginx', newTag: '1' }],
    ],
    ['images: [{name: nginx, newName: mine}]', 'nginx=*:2', [{ name: 'nginx', newName: 'mine', newTag: '2' }]],
    ['{}', 'nginx=mirror/nginx:*', [{ name: 'nginx', newName: 'mirror/nginx' }]],
    [
      'images: [{name: zoo, newTag: "1"}, {name: ant, newTag: "1"}]',
      'mole:1',
      ['ant', 'mole', 'zoo'].map((name) => ({ name, newTag: '1' })),
    ],
  ])('%s with %s', async (text, image, images) => {
    expect(await edited(text, { images: [image] })).toEqual({ images });
  });

  it.each(['nginx', 'nginx=', 'registry.example:5000/nginx'])('%s sets nothing', async (image) => {
    expect(await problemOf(edited('{}', { images: [image] }))).toMatchObject({ code: 'invalid-manifest' });
  });
});

// As `kustomize edit add label` and `add annotation` write them.
describe('labels and annotations', () => {
  it.each<[string, string, KustomizeSource, object]>([
    ['commonLabels', '{}', { commonLabels: { a: 'b' } }, { commonLabels: { a: 'b' } }],
    [
      'the build environment in labels',
      '{}',
      { commonLabels: { app: '\u0024{ARGOCD_APP_NAME}' } },
      { commonLabels: { app: 'shop' } },
    ],
    [
      'labels without selectors',
      'labels: [{pairs: {c: d}, includeSelectors: true}]',
      { commonLabels: { a: 'b' }, labelWithoutSelector: true },
      { labels: [{ pairs: { c: 'd' }, includeSelectors: true }, { pairs: { a: 'b' } }] },
    ],
    [
      'and in templates',
      'labels: [{pairs: {c: d}, includeTemplates: true}]',
      { commonLabels: { a: 'b' }, labelWithoutSelector: true, labelIncludeTemplates: true },
      { labels: [{ pairs: { c: 'd', a: 'b' }, includeTemplates: true }] },
    ],
    [
      'no environment in annotations that did not ask for it',
      '{}',
      { commonAnnotations: { app: '$ARGOCD_APP_NAME' } },
      { commonAnnotations: { app: '$ARGOCD_APP_NAME' } },
    ],
    [
      'the environment in those that did',
      '{}',
      { commonAnnotations: { app: '\u0024{ARGOCD_APP_NAME}/x' }, commonAnnotationsEnvsubst: true },
      { commonAnnotations: { app: 'shop/x' } },
    ],
    [
      'one pair of quotes is taken off',
      '{}',
      { commonAnnotations: { a: '"true"' }, commonLabels: { b: '"1"' } },
      { commonAnnotations: { a: 'true' }, commonLabels: { b: '1' } },
    ],
    [
      'an annotation that is there, by force',
      'commonAnnotations: {a: x}',
      { commonAnnotations: { a: 'y' }, forceCommonAnnotations: true },
      { commonAnnotations: { a: 'y' } },
    ],
  ])('%s', async (_, text, kustomize, expected) => {
    expect(await edited(text, kustomize)).toEqual(expected);
  });

  it.each<[string, KustomizeSource, string]>([
    ['commonAnnotations: {a: x}', { commonAnnotations: { a: 'x' } }, 'commonAnnotations a already'],
    [
      '{}',
      { commonLabels: { a: 'b' }, labelIncludeTemplates: true },
      'labelIncludeTemplates works only with labelWithoutSelector',
    ],
  ])('%s can not get %j', async (text, kustomize, message) => {
    expect((await problemOf(edited(text, kustomize))).message).toContain(message);
  });
});

describe('the rest', () => {
  it.each<[string, string, KustomizeSource, object]>([
    ['an empty namePrefix leaves the one that is there', 'namePrefix: a-', { namePrefix: '' }, { namePrefix: 'a-' }],
    [
      'nameSuffix and namespace',
      'nameSuffix: -a',
      { nameSuffix: '-b', namespace: 'n' },
      { nameSuffix: '-b', namespace: 'n' },
    ],
    [
      'replicas, by name',
      'replicas: [{name: web, count: 1}, {name: api, count: 1}]',
      { replicas: [{ name: 'web', count: '3' }] },
      {
        replicas: [
          { name: 'api', count: 1 },
          { name: 'web', count: 3 },
        ],
      },
    ],
    [
      'patches behind those that are there, with their options',
      'patches: [{path: a.yaml}]',
      { patches: [{ patch: 'x', target: { kind: 'Deployment' }, options: { allowNameChange: true } }] },
      {
        patches: [
          { path: 'a.yaml' },
          { patch: 'x', target: { kind: 'Deployment' }, options: { allowNameChange: true } },
        ],
      },
    ],
    ['components, each once', 'components: [../a]', { components: ['../a', '../b'] }, { components: ['../a', '../b'] }],
  ])('%s', async (_, text, kustomize, expected) => {
    expect(await edited(text, kustomize)).toEqual(expected);
  });
});
