import { expect, it } from 'vitest';
import { readCatalogue } from '../../src/catalog/read-catalogue.ts';
import { heldBack } from '../../src/flows/windows.ts';
import type { Operation } from '../../src/spec/operation.ts';

const catalogue = (options: string) =>
  readCatalogue('', [
    {
      path: 'shop.yaml',
      text: `apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: shop}
spec:
  sourceRepos: ['*']
  destinations: [{server: '*', namespace: '*'}]
  syncWindows: [{kind: deny, schedule: '0 22 * * *', duration: 8h, applications: ['*']${options}}]
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec:
  project: shop
  source: {repoURL: https://github.com/acme/platform, path: web}
  destination: {server: https://kubernetes.default.svc, namespace: web}
`,
    },
  ]);

const BEGUN: Operation = {
  id: '1',
  application: 'web',
  revisions: ['a'],
  definition: 'a',
  trigger: { kind: 'push' },
  phase: 'Running',
  message: '',
  startedAt: '2026-03-02T21:58:00.000Z',
  deadline: '2026-03-02T23:58:00.000Z',
  looks: 3,
  attempt: 0,
  prune: true,
};

const held = (options: string, more: Partial<Operation> = {}, at = '2026-03-02T22:01:00.000Z') => {
  const all = catalogue(options);
  const [web] = all.applications;
  return heldBack({ ...BEGUN, ...more }, web?.value ?? expect.unreachable(), all, at);
};

it('a deny window that opens stops further waves, and keeps the operation alive until it ends', () => {
  expect(held('')).toEqual({
    operation: {
      ...BEGUN,
      message: 'Sync operation blocked by sync window: sync window active: deny 0 22 * * * for 8h (UTC)',
      deadline: '2026-03-03T08:00:00.000Z',
    },
    wake: 900,
  });
});

it('it comes back in the moment when the window ends', () => {
  expect(held('', {}, '2026-03-03T05:59:30.000Z')?.wake).toBe(30);
  expect(held('', {}, '2026-03-03T06:00:00.000Z')).toBeUndefined();
});

it.each<[string, string, Partial<Operation>]>([
  ['syncOverrun lets it go on', ', syncOverrun: true', {}],
  ['manualSync lets one go on that somebody asked for', ', manualSync: true', { trigger: { kind: 'command' } }],
  ['a deletion waits for no window', '', { deletes: true }],
  ['one that is being terminated is not held', '', { phase: 'Terminating' }],
])('%s', (_, options, operation) => {
  expect(held(options, operation)).toBeUndefined();
});
