import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readCatalogue } from '../../src/catalog/read-catalogue.ts';
import { parseApplication } from '../../src/spec/parse-application.ts';
import { Problem } from '../../src/spec/problem.ts';
import { documentOf } from './documents.ts';

const KINDS = ['Application', 'AppProject', 'ApplicationSet', 'ConfigMap', 'Secret', 'List'];
const anything = fc.jsonValue();

/** Objects that look like ours at the top, with anything below. */
const manifest = fc.record({
  apiVersion: fc.constantFrom('argoproj.io/v1alpha1', 'v1'),
  kind: fc.constantFrom(...KINDS),
  metadata: fc.oneof(
    anything,
    fc.constantFrom(
      { name: 'argocd-cm' },
      { name: 'argocd-notifications-cm' },
      { name: 'x', labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
    ),
  ),
  spec: fc.oneof(anything, fc.record({ project: anything, source: anything, destination: anything })),
  data: fc.oneof(anything, fc.dictionary(fc.constantFrom('trigger.a', 'template.b', 'server', 'config'), fc.string())),
  items: fc.array(anything),
});

it('reads whatever stands in a file, and throws nothing', () => {
  const text = fc.oneof(
    manifest.map((value) => `# argoproj.io\n${stringify(value)}`),
    manifest.map((value) => `${JSON.stringify(value)}\n---\nargoproj.io: [`),
    fc.string({ unit: 'binary' }).map((rest) => `# argoproj.io\n${rest}`),
  );
  fc.assert(
    fc.property(text, (content) => {
      const { problems } = readCatalogue('acme/gitops', [{ path: 'a.yaml', text: content }]);
      for (const problem of problems) {
        expect(problem).toBeInstanceOf(Problem);
        expect(problem.code).not.toBe('internal');
        expect(problem.where.file).toBe('a.yaml');
        expect(problem.where.line).toBeGreaterThan(0);
      }
    }),
    { numRuns: 500 },
  );
});

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
const application = fc.record({
  apiVersion: fc.constant('argoproj.io/v1alpha1'),
  kind: fc.constant('Application'),
  metadata: fc.record({ name, annotations: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9./-]*$/), fc.string()) }),
  spec: fc.record({
    project: fc.string({ minLength: 1 }),
    source: fc.record({ repoURL: fc.string({ minLength: 1 }), path: fc.string({ minLength: 1 }) }),
    destination: fc.record({ server: fc.string({ minLength: 1 }), namespace: fc.string() }),
  }),
});

it('gives a written Application back as it was', () => {
  fc.assert(
    fc.property(application, (value) => {
      const text = JSON.stringify(value);
      expect(parseApplication(documentOf(text)).value).toEqual(JSON.parse(text));
    }),
  );
});
