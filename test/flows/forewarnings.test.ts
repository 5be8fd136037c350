import { describe, expect, it } from 'vitest';
import { compareDesired, createMarks } from '../../src/diff/index.ts';
import { brakeWarning, holdingOf, oddOptions } from '../../src/flows/forewarnings.ts';
import { type Arrival, arrivalOf, departureOf, serverOf, withMoves } from '../../src/flows/leaving.ts';
import { ANNOTATION } from '../../src/spec/annotations.ts';
import type { Application, SyncPolicy } from '../../src/spec/application.ts';
import type { Catalogue } from '../../src/spec/catalogue.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import type { ApplicationPreview } from '../../src/spec/preview.ts';

const clusters = ['prod', 'test'].map((name) => ({ name, server: `https://${name}`, labels: {}, namespaces: [] }));
const GIT = { settings: { clusters } } as unknown as Pick<Catalogue, 'settings'>;

function application(
  syncPolicy: SyncPolicy = {},
  annotations: Readonly<Record<string, string>> = {},
  cluster = 'prod',
): Application {
  const spec = { project: 'default', destination: { name: cluster, namespace: 'shop' }, syncPolicy };
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: 'shop', annotations }, spec };
}

function preview(changes: Partial<ApplicationPreview> = {}): ApplicationPreview {
  return {
    ...{ application: 'shop', project: 'default', destination: 'prod, shop', lifecycle: 'changed', because: 'shop' },
    ...{ automated: true, prunes: true, cascades: false, changes: [], diffs: [], conditions: [], warnings: [] },
    ...changes,
  };
}

function of(name: string, annotations: Readonly<Record<string, string>> = {}, kind = 'ConfigMap'): Manifest {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'shop', annotations } };
}

const eight = Array.from({ length: 8 }, (_, index) => of(`c${index}`));
const prune = { automated: { prune: true } };

describe('a preview says before the merge that its sync would stop', () => {
  const warnings = (
    before: readonly Manifest[],
    after: readonly Manifest[],
    { app = application(prune), seen = preview(), others = [] as readonly Arrival[] } = {},
  ): readonly string[] => {
    const changes = compareDesired(before, after, { marks: createMarks('key') });
    const departure = departureOf({ before: app, after: app, manifests: before, changes, base: GIT, head: GIT });
    const leaving = withMoves({ ...seen, ...departure }, serverOf(app, GIT), others);
    return brakeWarning(holdingOf(app, before, after), leaving).map(({ message, fix }) => `${message}. ${fix}`);
  };

  it('where it would delete more than half of the application, and how to let it', () => {
    expect(warnings(eight, eight.slice(5))).toEqual([
      'the sync after the merge would stop: it would delete 5 of 8 resources. If that is meant, set the label ' +
        'trimtab/allow-prune on this pull request before the merge, or say `/sync shop --prune` after it.',
    ]);
  });

  it.each<[string, readonly Manifest[], readonly Manifest[]]>([
    ['exactly half', eight, eight.slice(4)],
    ['three of four', eight.slice(4), eight.slice(7)],
    [
      'hooks',
      [...eight.map(({ metadata: { name = '' } }) => of(name, { [ANNOTATION.hook]: 'PreSync' })), of('web')],
      [of('web')],
    ],
    ['what says Prune=false', [...eight.map((one) => kept(one)), of('web')], [of('web')]],
  ])('not where it would delete %s', (_, before, after) => {
    expect(warnings(before, after)).toEqual([]);
  });

  it('four of seven, which is more than three and more than half', () => {
    expect(warnings(eight.slice(1), eight.slice(5))).toHaveLength(1);
  });

  it('where it renders to nothing, or to hooks alone, unless allowEmpty', () => {
    const hook = of('migrate', { [ANNOTATION.hook]: 'PreSync' }, 'Job');
    for (const after of [[], [hook]]) expect(warnings([of('web')], after)[0]).toContain('it renders to no resource');
    const app = application({ automated: { prune: true, allowEmpty: true } });
    expect(warnings(eight, [], { app })).toEqual([]);
  });

  it('by the share that the application allows', () => {
    const limited = (limit: string) => ({ app: application(prune, { [ANNOTATION.pruneLimit]: limit }) });
    expect(warnings(eight, eight.slice(5), limited('80%'))).toEqual([]);
    expect(warnings(eight, eight.slice(4), limited('10%'))).toHaveLength(1);
    expect(warnings(eight, eight.slice(4), limited('half'))[0]).toContain('a percentage such as 50% is expected');
  });

  it('not of what another application on that cluster takes over in the same change', () => {
    const blog = (cluster: string): Arrival => arrivalOf('blog', application({}, {}, cluster), eight.slice(0, 5), GIT);
    expect(warnings(eight, eight.slice(5), { others: [blog('prod')] })).toEqual([]);
    expect(warnings(eight, eight.slice(5), { others: [blog('test')] })).toHaveLength(1);
  });

  it('only where the merge itself prunes', () => {
    for (const seen of [preview({ automated: false }), preview({ prunes: false }), preview({ lifecycle: 'deleted' })])
      expect(warnings(eight, [], { seen })).toEqual([]);
  });
});

describe('sync options that have no effect', () => {
  it('are told of the application and of what it renders to, with what was meant', () => {
    const odd = oddOptions(application({ syncOptions: ['CreateNamespce=true', 'Force=true', 'Prune=false'] }), [
      of('web', { [ANNOTATION.syncOptions]: 'Prune=flase, Replace=true' }),
      of('api', { [ANNOTATION.syncOptions]: 'CreateNamespace=true' }),
    ]);
    expect(odd.map(({ message, fix }) => [message.split(':')[0], fix])).toEqual([
      ['the sync option "CreateNamespce=true" has no effect', 'Did you mean CreateNamespace=true?'],
      [
        'the sync option "Force=true" has no effect',
        'Say it in the annotation argocd.argoproj.io/sync-options of each that it is about, or remove it.',
      ],
      ['the sync option "Prune=flase" has no effect', 'Did you mean Prune=false?'],
      [
        'the sync option "CreateNamespace=true" has no effect',
        'Say it in spec.syncPolicy.syncOptions of the Application, or remove it.',
      ],
    ]);
    expect(odd[2]?.where.field).toContain('ConfigMap shop/web');
  });

  it('of a chart that writes one mistake into everything are told of three resources', () => {
    const all = eight.map(({ metadata: { name = '' } }) => of(name, { [ANNOTATION.syncOptions]: 'prune=false' }));
    expect(oddOptions(application(), all)).toHaveLength(3);
  });
});

function kept(manifest: Manifest): Manifest {
  return { ...manifest, metadata: { ...manifest.metadata, annotations: { [ANNOTATION.syncOptions]: 'Prune=false' } } };
}
