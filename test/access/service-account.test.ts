import { describe, expect, it } from 'vitest';
import { serviceAccountOf } from '../../src/access/service-account.ts';
import type { DestinationServiceAccount } from '../../src/spec/project.ts';
import { problemOf } from '../spec/documents.ts';
import { applicationFrom, EU, projectOf } from './projects.ts';

const ON = { 'application.sync.impersonation.enabled': 'true' };
const LAX = { ...ON, 'application.sync.impersonation.enforced': 'false' };

const asked = (accounts: DestinationServiceAccount[], argocd: Record<string, string>) => ({
  project: projectOf({ destinationServiceAccounts: accounts }),
  application: applicationFrom('https://x/y'),
  cluster: EU,
  argocd,
});
const account = (
  namespace: string,
  defaultServiceAccount: string,
  server = 'https://eu.*',
): DestinationServiceAccount => ({
  server,
  namespace,
  defaultServiceAccount,
});

// https://argo-cd.readthedocs.io/en/stable/operator-manual/app-sync-using-impersonation/
describe('the service account of a sync', () => {
  it.each<[string, DestinationServiceAccount[], Record<string, string>, string | undefined]>([
    ['the feature is off', [account('*', 'deployer')], {}, undefined],
    ["in the destination's namespace", [account('shop', 'deployer')], ON, 'system:serviceaccount:shop:deployer'],
    ['in a namespace of its own', [account('*', 'tools:deployer')], ON, 'system:serviceaccount:tools:deployer'],
    [
      'the first that fits',
      [account('web', 'a'), account('sh*', 'b'), account('*', 'c')],
      ON,
      'system:serviceaccount:shop:b',
    ],
    ['none fits, not enforced', [account('web', 'a')], LAX, undefined],
  ])('%s', (_, accounts, argocd, user) => {
    expect(serviceAccountOf(asked(accounts, argocd))).toBe(user);
  });

  it.each<[string, DestinationServiceAccount[], Record<string, string>, string]>([
    [
      'none fits',
      [account('*', 'a', 'https://us.*')],
      ON,
      'no matching service account found for destination server https://eu.acme.example:6443 and namespace shop',
    ],
    ['an empty one', [account('*', ' ')], LAX, "default service account contains invalid chars ' '"],
    ['a glob', [account('*', 'dep*')], ON, "default service account contains invalid chars 'dep*'"],
  ])('refuses: %s', (_, accounts, argocd, message) => {
    const problem = problemOf(() => serviceAccountOf(asked(accounts, argocd)));
    expect(problem).toMatchObject({ code: 'forbidden', message });
  });
});
