import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compareDesired, compareLive, createMarks, ignoreFilter, unifiedDiff } from '../../src/diff/index.ts';
import type { Change } from '../../src/spec/change.ts';
import type { Manifest } from '../../src/spec/manifest.ts';

const rules = { marks: createMarks('key of this installation') };

const bodies = fc.dictionary(
  fc.constantFrom('spec', 'data', 'rules', 'limits', 'containers', 'env', 'x'),
  fc.jsonValue({ maxDepth: 4 }),
  { maxKeys: 4 },
);

const manifests: fc.Arbitrary<Manifest> = fc
  .tuple(fc.constantFrom('apps/v1', 'acme.io/v1'), bodies)
  .map(([apiVersion, body]) => ({ ...body, apiVersion, kind: 'Thing', metadata: { name: 't', namespace: 'shop' } }));

describe('a comparison', () => {
  it('of a thing with itself finds nothing', () => {
    fc.assert(
      fc.property(manifests, (manifest) => {
        expect(compareDesired([manifest], [structuredClone(manifest)], rules)).toEqual([]);
        expect(compareLive([manifest], [structuredClone(manifest)], rules)).toEqual([]);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('finds fields exactly where it finds a change, and texts that differ', () => {
    fc.assert(
      fc.property(manifests, manifests, (from, to) => {
        const aligned = { ...to, apiVersion: from.apiVersion };
        for (const change of compareDesired([from], [aligned], rules)) {
          expect(change.fields.length).toBeGreaterThan(0);
          expect(change.before).not.toBe(change.after);
          expect(unifiedDiff(change)).not.toBe('');
        }
      }),
      { seed: 2, numRuns: 1000 },
    );
  });

  it('finds the same places both ways round', () => {
    fc.assert(
      fc.property(manifests, manifests, (from, to) => {
        const aligned = { ...to, apiVersion: from.apiVersion };
        expect(pathsOf(compareDesired([from], [aligned], rules))).toEqual(
          pathsOf(compareDesired([aligned], [from], rules)),
        );
      }),
      { seed: 3, numRuns: 1000 },
    );
  });

  it('ignores whatever the server added to a map', () => {
    fc.assert(
      fc.property(manifests, bodies, (desired, more) => {
        const live = { ...more, ...desired };
        expect(compareLive([desired], [live], rules)).toEqual([]);
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  it('shows YAML that reads back as the manifest', () => {
    fc.assert(
      fc.property(manifests, (manifest) => {
        const [change] = compareDesired([], [manifest], rules);
        expect(parse((change as Change).after)).toEqual(JSON.parse(JSON.stringify(manifest)));
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});

describe('jq expressions', () => {
  const deployment: Manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
  };

  it('are told as one filter that an engine can run; one that fails leaves the others', () => {
    const entry = { group: 'apps', kind: 'Deployment', jqPathExpressions: ['.spec.replicas', '.spec.x[].y'] };
    expect(ignoreFilter(deployment, [entry])).toBe(
      '(. as $whole | try del(.spec.replicas) catch $whole) | (. as $whole | try del(.spec.x[].y) catch $whole)',
    );
  });

  it('are none for other kinds', () => {
    expect(ignoreFilter(deployment, [{ group: '', kind: 'Secret', jqPathExpressions: ['.data'] }])).toBeUndefined();
  });
});

function pathsOf(changes: readonly Change[]): readonly string[] {
  return changes.flatMap((change) => change.fields.map((field) => field.path)).sort();
}
