import { afterAll, expect, it } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';
import { withoutJqPaths } from '../../src/flows/without-jq-paths.ts';
import type { Manifest } from '../../src/spec/manifest.ts';

const engines = createEngines();
afterAll(() => engines.close());

const metadata = { name: 'web', namespace: 'shop' };
const deployment: Manifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata,
  spec: { replicas: 4, paused: true },
};
const settings: Manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { replicas: '4' } };

async function left(...jqPathExpressions: readonly string[]): Promise<readonly Manifest[]> {
  const entry = { group: 'apps', kind: 'Deployment', jqPathExpressions };
  return await withoutJqPaths([settings, deployment], [entry], { engines, at: '2026-01-31T08:00:00Z' });
}

it('takes out what the expressions say, of the manifests that they speak of', async () => {
  expect(await left('.spec.replicas')).toEqual([settings, { ...deployment, spec: { paused: true } }]);
});

it.each([
  ['is no jq', '.spec.containers[] | select(.name == "quote)'],
  ['never ends', 'until(false; .)'],
  ['says what is not there', '.spec.containers[] | .image'],
])('takes out what the others say where one expression %s', async (_, wrong) => {
  expect(await left('.spec.replicas', wrong, '.spec.paused')).toEqual([settings, { ...deployment, spec: {} }]);
});
