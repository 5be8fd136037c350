import { expect, it } from 'vitest';
import { skipsReconcile } from '../../src/catalog/skips-reconcile.ts';
import type { Application } from '../../src/spec/application.ts';
import type { ClusterRegistration } from '../../src/spec/settings.ts';

const SKIP = { 'argocd.argoproj.io/skip-reconcile': 'true' };

function to(name: string, annotations: Readonly<Record<string, string>> = {}): Application {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'shop', annotations },
    spec: { project: 'default', destination: { name } },
  };
}

function cluster(name: string, annotations: Readonly<Record<string, string>>): ClusterRegistration {
  return { name, server: `https://${name}.example`, labels: {}, annotations, namespaces: [], config: {} };
}

it('leaves applications alone that are annotated so, or whose cluster is', () => {
  const clusters = [cluster('prod', {}), cluster('old', SKIP)];
  expect(skipsReconcile(to('prod', SKIP), clusters)).toBe(true);
  expect(skipsReconcile(to('old'), clusters)).toBe(true);
  expect(skipsReconcile(to('prod'), clusters)).toBe(false);
  expect(skipsReconcile(to('prod', { 'argocd.argoproj.io/skip-reconcile': 'false' }), clusters)).toBe(false);
  expect(skipsReconcile(to('in-cluster'), clusters)).toBe(false);
});
