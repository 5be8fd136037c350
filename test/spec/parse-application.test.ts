import { describe, expect, it } from 'vitest';
import { parseApplication } from '../../src/spec/parse-application.ts';
import { documentOf, problemOf } from './documents.ts';

const SHOP = `# the shop
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  namespace: argocd
  annotations:
    notifications.argoproj.io/subscribe.on-sync-failed.slack: shop-alerts
spec:
  project: production
  source:
    repoURL: https://github.com/acme/gitops
    path: charts/shop
    targetRevision: main
    helm:
      releaseName: shop
      valueFiles:
        - values-prod.yaml
      parameters:
        - name: image.tag
          value: "1.4.2"
  destination:
    server: https://kubernetes.default.svc
    namespace: shop
  syncPolicy:
    automated:
      prune: true
      selfHeal: true
    syncOptions:
      - CreateNamespace=true
    retry:
      limit: 5
      backoff: {duration: 5s, factor: 2, maxDuration: 3m}
`;

function shopWith(from: string, to: string): string {
  if (!SHOP.includes(from)) throw new Error(`the Application of this test does not hold ${from}`);
  return SHOP.replace(from, to);
}

describe('parseApplication', () => {
  it('reads a complete Application and says where it stands', () => {
    const { value, where, warnings } = parseApplication(documentOf(SHOP));
    expect(value.metadata.name).toBe('shop');
    expect(value.spec.source?.helm?.parameters).toEqual([{ name: 'image.tag', value: '1.4.2' }]);
    expect(value.spec.syncPolicy?.retry?.backoff?.factor).toBe(2);
    expect(where).toMatchObject({ file: 'apps/shop.yaml', line: 2, application: 'shop' });
    expect(warnings).toEqual([]);
  });

  it('names file, line, field, what was expected and what came', () => {
    const text = shopWith(
      '      parameters:\n        - name: image.tag\n          value: "1.4.2"',
      '      parameters: image.tag=1.4.2',
    );
    const problem = problemOf(() => parseApplication(documentOf(text)));
    expect(problem.code).toBe('invalid-manifest');
    expect(problem.message).toBe('spec.source.helm.parameters must be a list, found a string');
    expect(problem.where).toMatchObject({ file: 'apps/shop.yaml', line: 19, field: 'spec.source.helm.parameters' });
    expect(problem.fix).toMatch(/list/);
  });

  it.each([
    ['targetRevision: main', 'targetRevision: 1.10', 'spec.source.targetRevision must be a string, found a number', 14],
    ['prune: true', 'prune: "true"', 'spec.syncPolicy.automated.prune must be true or false, found a string', 27],
    ['limit: 5', 'limit: 1.5', 'spec.syncPolicy.retry.limit must be a whole number, found a number', 32],
    ['  project: production\n', '', 'spec.project is required, but is missing', 10],
    ['name: shop\n', 'name: Shop\n', /^metadata\.name must consist of lower case letters/, 5],
    ['    path: charts/shop\n', '', /^spec\.source names nothing to render/, 12],
    ['    server: https', '    name: prod\n    server: https', /^spec\.destination names the cluster twice/, 23],
    ['        - values-prod.yaml', '        - {}', 'spec.source.helm.valueFiles[0] must be a string, found a map', 18],
    ['argoproj.io/v1alpha1', 'argoproj.io/v1', 'apiVersion must be "argoproj.io/v1alpha1", found "argoproj.io/v1"', 2],
    [
      'subscribe.on-sync-failed.slack: shop-alerts',
      'subscribe.on-sync-failed.slack: 7',
      'metadata.annotations["notifications.argoproj.io/subscribe.on-sync-failed.slack"] must be a string, found a number',
      8,
    ],
  ])('refuses %j written as %j', (from, to, message, line) => {
    const problem = problemOf(() => parseApplication(documentOf(shopWith(from, to))));
    expect(problem.code).toBe('invalid-manifest');
    expect(problem.message).toMatch(message);
    expect(problem.where.line).toBe(line);
    expect(problem.fix).not.toBe('');
  });

  it('warns of an unknown field with the nearest known one, and reads the rest', () => {
    const { value, warnings } = parseApplication(documentOf(shopWith('targetRevision: main', 'targetRevison: main')));
    expect(value.spec.source?.path).toBe('charts/shop');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({
      code: 'unknown-field',
      message: 'spec.source.targetRevison is not a field that is known here: did you mean targetRevision?',
      where: { file: 'apps/shop.yaml', line: 14, field: 'spec.source.targetRevison' },
    });
  });

  it('tells the typo beside the field that is missing because of it', () => {
    const problem = problemOf(() => parseApplication(documentOf(shopWith('path: charts', 'pth: charts'))));
    expect(problem.message).toMatch(/path, chart or ref is required/);
    expect(problem.fix).toMatch(/did you mean path\?/);
  });

  it('reads a field with nothing behind it as absent, but keeps null in Helm values', () => {
    const text = shopWith('      releaseName: shop', '      releaseName:\n      valuesObject: {sidecar: null}');
    const { value } = parseApplication(documentOf(text));
    expect(value.spec.source?.helm).not.toHaveProperty('releaseName');
    expect(value.spec.source?.helm?.valuesObject).toEqual({ sidecar: null });
  });

  it('accepts what Argo CD writes itself, and what only its renderers know', () => {
    const text = `${shopWith('    path: charts/shop', '    path: charts/shop\n    plugin: {name: cdk8s}\n    ref: values')}status: {sync: {status: Synced}}\noperation: {sync: {}}\n`;
    const { value, warnings } = parseApplication(documentOf(text));
    expect(value.spec.source?.plugin).toEqual({ name: 'cdk8s' });
    expect(warnings).toEqual([]);
  });

  it('takes an empty project for the project default', () => {
    expect(parseApplication(documentOf(shopWith('project: production', 'project: ""'))).value.spec.project).toBe(
      'default',
    );
  });

  it('reads several sources and their places', () => {
    const text = SHOP.replace(
      / {2}source:[\s\S]* {2}destination:/,
      '  sources:\n    - repoURL: https://x/y\n      chart: redis\n    - repoURL: 1\n      path: a\n  destination:',
    );
    const problem = problemOf(() => parseApplication(documentOf(text)));
    expect(problem.message).toBe('spec.sources[1].repoURL must be a string, found a number');
    expect(problem.where.line).toBe(14);
  });
});
