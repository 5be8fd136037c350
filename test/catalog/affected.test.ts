import { describe, expect, it } from 'vitest';
import { affected, type Side } from '../../src/catalog/affected.ts';
import type { ChangedFile } from '../../src/catalog/changed-files.ts';
import type { Application } from '../../src/spec/application.ts';
import { Problem } from '../../src/spec/problem.ts';

const SHOP: Application = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'shop' },
  spec: {
    project: 'default',
    source: { repoURL: 'https://github.com/acme/gitops', path: 'overlays/shop' },
    destination: { name: 'in-cluster' },
  },
};

function side(application: Application, ...closures: string[][]): Side {
  return {
    definition: { value: application, where: { file: `apps/${application.metadata.name}.yaml` }, warnings: [] },
    closures,
  };
}

function modified(...paths: string[]): ChangedFile[] {
  return paths.map((path) => ({ path, status: 'modified' }));
}

const READABLE = { problems: [] };

describe('affected', () => {
  it('finds the overlay that uses a shared base, with nobody annotating anything', () => {
    const shop = side(SHOP, ['overlays/shop/', 'base/']);
    const web = side({ ...SHOP, metadata: { name: 'web' } }, ['charts/web/', 'values/web.yaml']);
    const files = modified('docs/a.md', 'base/deployment.yaml', 'base/a.yaml', 'values/web.yaml.bak');
    expect(
      affected(
        [
          { base: web, head: web },
          { base: shop, head: shop },
        ],
        { files, head: READABLE },
      ),
    ).toEqual([{ application: 'shop', because: { reason: 'input', file: 'base/a.yaml' } }]);
  });

  it('takes a folder by its whole name, and a file by its whole path', () => {
    const shop = side(SHOP, ['apps/shop/', 'values.yaml']);
    const files = modified('apps/shop-2/a.yaml', 'charts/values.yaml', 'x/apps/shop/a.yaml');
    expect(affected([{ base: shop, head: shop }], { files, head: READABLE })).toEqual([]);
  });

  it.each(['./', '.', ''])('takes %j for the whole repository', (root) => {
    const shop = side(SHOP, [root]);
    expect(affected([{ base: shop, head: shop }], { files: modified('any/where.yaml'), head: READABLE })).toHaveLength(
      1,
    );
  });

  it('looks at what either side reads: a base that is no longer used counts, too', () => {
    const sides = { base: side(SHOP, ['old/']), head: side(SHOP, ['new/']) };
    const files: ChangedFile[] = [{ path: 'old/a.yaml', status: 'removed' }];
    expect(affected([sides], { files, head: READABLE })[0]?.because).toEqual({ reason: 'input', file: 'old/a.yaml' });
  });

  it('tells an application that appears, with the file that defines it', () => {
    const files: ChangedFile[] = [{ path: 'apps/shop.yaml', status: 'added' }];
    expect(affected([{ head: side(SHOP, ['overlays/shop/']) }], { files, head: READABLE })).toEqual([
      { application: 'shop', because: { reason: 'added', file: 'apps/shop.yaml' } },
    ]);
  });

  it('tells an application that disappears', () => {
    const files: ChangedFile[] = [{ path: 'apps/shop.yaml', status: 'removed' }];
    expect(affected([{ base: side(SHOP) }], { files, head: READABLE })[0]?.because.reason).toBe('removed');
  });

  it.each([
    ['its file is broken', new Problem('invalid-manifest', 'broken', { where: { file: 'apps/shop.yaml', line: 3 } })],
    [
      'it is defined twice',
      new Problem('conflict', 'twice', { where: { application: 'shop', file: 'apps/shop.yaml' } }),
    ],
  ])('never says removed when %s', (_, problem) => {
    const change = { files: modified('apps/shop.yaml'), head: { problems: [problem] } };
    expect(affected([{ base: side(SHOP) }], change)).toEqual([
      { application: 'shop', because: { reason: 'unreadable', file: 'apps/shop.yaml' } },
    ]);
  });

  it('says removed when only a neighbour in the same file is broken', () => {
    const problem = new Problem('invalid-manifest', 'broken', {
      where: { application: 'web', file: 'apps/shop.yaml' },
    });
    const change = { files: modified('apps/shop.yaml'), head: { problems: [problem] } };
    expect(affected([{ base: side(SHOP) }], change)[0]?.because.reason).toBe('removed');
  });

  it('tells a changed definition before a changed input', () => {
    const head = { ...SHOP, spec: { ...SHOP.spec, syncPolicy: { automated: { prune: true } } } };
    const files = modified('apps/shop.yaml', 'overlays/shop/a.yaml');
    const sides = { base: side(SHOP, ['overlays/shop/']), head: side(head, ['overlays/shop/']) };
    expect(affected([sides], { files, head: READABLE })[0]?.because).toEqual({
      reason: 'redefined',
      file: 'apps/shop.yaml',
    });
  });

  it('sees changed annotations, and not a definition that only moved or was written in another order', () => {
    const annotated = {
      ...SHOP,
      metadata: { name: 'shop', annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false' } },
    };
    const { destination, source, project } = SHOP.spec;
    const reordered: Application = { ...SHOP, spec: { destination, ...(source && { source }), project } };
    const moved: Side = {
      ...side(reordered),
      definition: { value: reordered, where: { file: 'moved.yaml' }, warnings: [] },
    };
    const files = modified('apps/shop.yaml', 'moved.yaml');
    expect(affected([{ base: side(SHOP), head: side(annotated) }], { files, head: READABLE })).toHaveLength(1);
    expect(affected([{ base: side(SHOP), head: moved }], { files, head: READABLE })).toEqual([]);
  });
});
