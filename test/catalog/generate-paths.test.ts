import { describe, expect, it } from 'vitest';
import { affected, type Side } from '../../src/catalog/affected.ts';
import { isGeneratePath } from '../../src/catalog/generate-paths.ts';
import type { Application } from '../../src/spec/application.ts';

function shop(paths?: string): Application {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name: 'shop',
      ...(paths === undefined ? {} : { annotations: { 'argocd.argoproj.io/manifest-generate-paths': paths } }),
    },
    spec: {
      project: 'default',
      source: { repoURL: 'https://github.com/acme/gitops', path: 'apps/shop' },
      destination: { name: 'in-cluster' },
    },
  };
}

// https://argo-cd.readthedocs.io/en/stable/operator-manual/high_availability/#manifest-paths-annotation
describe('manifest-generate-paths', () => {
  it.each([
    ['.', 'apps/shop/web.yaml', true],
    ['.', 'apps/other/web.yaml', false],
    ['.', 'apps/shop-eu/web.yaml', false],
    ['../shared', 'apps/shared/base.yaml', true],
    ['/charts', 'charts/shop/Chart.yaml', true],
    ['/charts', 'apps/charts/web.yaml', false],
    ['.;/values/shop.yaml', 'values/shop.yaml', true],
    [' . ; /values/*.yaml ', 'values/shop.yaml', true],
    ['/values/*.yaml', 'values/eu/shop.yaml', false],
    ['/', 'anything.yaml', true],
    ['', 'anything.yaml', true],
  ])('%j: %s is named %s', (paths, file, named) => {
    expect(isGeneratePath(shop(paths), file)).toBe(named);
  });

  it('names everything where there is none', () => {
    expect(isGeneratePath(shop(), 'anything.yaml')).toBe(true);
  });

  it('only narrows: what it names beside the inputs touches nothing, an input that it forgets is marked', () => {
    const side = (paths: string): Side => ({
      definition: { value: shop(paths), where: { file: 'argocd/shop.yaml' }, warnings: [] },
      closures: [['apps/shop/', 'base/']],
    });
    const touched = (paths: string, ...files: string[]) =>
      affected([{ base: side(paths), head: side(paths) }], {
        files: files.map((path) => ({ path, status: 'modified' as const })),
        head: { problems: [] },
      }).map(({ because }) => because);
    expect(touched('.;/docs', 'docs/a.md')).toEqual([]);
    expect(touched('.', 'base/web.yaml')).toEqual([{ reason: 'input', file: 'base/web.yaml', unnamed: true }]);
    expect(touched('.', 'base/web.yaml', 'apps/shop/z.yaml')).toEqual([{ reason: 'input', file: 'apps/shop/z.yaml' }]);
  });
});
