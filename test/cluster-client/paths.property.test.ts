import fc from 'fast-check';
import { expect, it } from 'vitest';
import { objectPath } from '../../src/cluster/locate.ts';
import { Problem } from '../../src/spec/problem.ts';

const KIND = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true, verbs: [] };

/** Names come from charts that people propose: none may lead a request to another object than its own. */
it('every name leads to its own object, or nowhere', () => {
  const hostile = fc.constantFrom('..', '.', '../../secrets', '%2e%2e', 'a?dryRun=All', 'a#b', '\u0000', '\ud800', ' ');
  const name = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 8 }), hostile);
  fc.assert(
    fc.property(name, name, (namespace, object) => {
      let path: string;
      try {
        path = objectPath(KIND, namespace, object);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Problem);
        return;
      }
      const url = new URL(path, 'https://api.example');
      expect(url.search + url.hash).toBe('');
      const parts = url.pathname.split('/').map(decodeURIComponent);
      // Without a namespace the path is that of the whole cluster, which serves no single objects of this kind.
      const middle = namespace === '' ? [] : ['namespaces', namespace];
      expect(parts).toEqual(['', 'apis', 'apps', 'v1', ...middle, 'deployments', object]);
    }),
    { numRuns: 1000 },
  );
});
