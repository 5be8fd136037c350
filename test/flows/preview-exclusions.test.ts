import { expect, test } from 'vitest';
import type { ComparePorts } from '../../src/flows/compare-ports.ts';
import { compareRevisions } from '../../src/flows/compare-revisions.ts';
import { controlApplication } from '../security/support.ts';

const URL = 'https://github.com/acme/platform';
const [BASE, HEAD] = ['b'.repeat(40), 'c'.repeat(40)];

/** The kinds whose changes a preview shows, of a render that changes a ConfigMap and a Service. */
async function shown(argocd: string): Promise<readonly string[]> {
  const files = { 'web.yaml': controlApplication('web', 'acme/platform'), 'argocd.yaml': argocd };
  const ports = {
    source: {
      resolve: async () => BASE,
      tree: async (_: string, revision: string) => new Map([['web/all.yaml', revision]]),
      checkout: async (repoURL: string, revision: string) => ({ repoURL, revision, dir: '/nowhere' }),
      manifestFiles: async () => Object.entries(files).map(([path, text]) => ({ path, text })),
    },
    renderer: {
      closure: async () => ['web/'],
      mayDefine: async () => false,
      render: async ({ checkout }: { readonly checkout: { readonly revision: string } }) =>
        ['ConfigMap', 'Service'].map((kind) => ({
          apiVersion: 'v1',
          kind,
          metadata: { name: 'web' },
          data: { of: checkout.revision },
        })),
    },
    store: { facts: { load: async () => undefined } },
    clock: () => '2026-11-24T09:00:00.000Z',
    markKey: 'key',
  } as unknown as ComparePorts;
  const revisions = { repoURL: URL, controlURL: URL, branch: 'main', defaultBranch: 'main', base: BASE, head: HEAD };
  const { applications } = await compareRevisions(revisions, ports);
  return applications.flatMap(({ changes }) => changes.map(({ key }) => key.kind)).sort();
}

const settings = (exclusions: string): string => `apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  resource.exclusions: '${exclusions}'
`;

test('a preview leaves out what resource.exclusions keeps out of a sync', async () => {
  expect(await shown(settings('[{apiGroups: [""], kinds: [Service]}]'))).toEqual(['ConfigMap']);
});

test('and what is excluded in another cluster only is shown', async () => {
  expect(await shown(settings('[{kinds: [Service], clusters: ["https://staging.example"]}]'))).toEqual([
    'ConfigMap',
    'Service',
  ]);
});
