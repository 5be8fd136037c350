import { expect, test } from 'vitest';
import { readCatalogue } from '../../src/catalog/read-catalogue.ts';
import { type ClaimsPorts, claimedByOthers } from '../../src/flows/claims.ts';
import { keyOf, keyText, type Manifest } from '../../src/spec/manifest.ts';
import { Problem } from '../../src/spec/problem.ts';
import { controlApplication, fileSource } from './support.ts';

const cluster = {
  name: 'in-cluster',
  server: 'https://kubernetes.default.svc',
  labels: {},
  namespaces: [],
  config: {},
};
const claim: Manifest = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'db' },
};
const key = keyText(keyOf(claim));

/** What may not be pruned from `shop` of its volume, when the control repository defines these applications now. */
async function claimed(
  files: Readonly<Record<string, string>>,
  render: ClaimsPorts['renderer']['render'],
): Promise<readonly string[]> {
  const ports = {
    source: fileSource(files),
    renderer: { render },
    store: { inventories: { load: async () => undefined } },
  };
  const question = {
    application: 'shop',
    extra: [{ apiVersion: 'v1', key: keyOf(claim) }],
    cluster,
    reader: { facts: async () => ({ kubeVersion: 'v1.36.0', apiVersions: [] }), kinds: async () => [] },
    catalogue: readCatalogue(
      'acme/platform',
      Object.entries(files).map(([path, text]) => ({ path, text })),
    ),
  };
  const { has, may } = await claimedByOthers(question, ports as unknown as ClaimsPorts);
  return [...has, ...may.keys()];
}

const files = {
  'shop.yaml': controlApplication('shop', 'acme/platform'),
  'db.yaml': controlApplication('db', 'acme/db'),
};

test('a volume that moves to another application is not pruned before that one is synced', async () => {
  expect(await claimed(files, async () => [claim])).toEqual([key]);
});

test('a volume in the namespace of an application that does not render just now is not pruned', async () => {
  const broken = async (): Promise<never> => {
    throw new Problem('render-failed', 'no such value');
  };
  expect(await claimed(files, broken)).toEqual([key]);
});

test('while GitHub does not answer nothing is decided', async () => {
  const down = async (): Promise<never> => {
    throw new Problem('unavailable', 'GitHub does not answer');
  };
  await expect(claimed(files, down)).rejects.toMatchObject({ code: 'unavailable' });
});

test('the same name in another cluster does not keep a resource for ever', async () => {
  const staging = files['db.yaml'].replace('https://kubernetes.default.svc', 'https://staging.example');
  const secret = `apiVersion: v1
kind: Secret
metadata: {name: staging, labels: {argocd.argoproj.io/secret-type: cluster}}
stringData: {name: staging, server: 'https://staging.example', config: '{}'}
`;
  expect(await claimed({ ...files, 'db.yaml': staging, 'staging.yaml': secret }, async () => [claim])).toEqual([]);
});
