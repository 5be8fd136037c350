import { expect, it } from 'vitest';
import { parseProject } from '../../src/spec/parse-project.ts';
import { documentOf, problemOf } from './documents.ts';

const PRODUCTION = `apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: production
spec:
  sourceRepos:
    - https://github.com/acme/*
  destinations:
    - server: https://kubernetes.default.svc
      namespace: shop
  clusterResourceWhitelist:
    - {group: "", kind: Namespace}
  namespaceResourceWhitelist: []
  syncWindows:
    - {kind: deny, schedule: "0 22 * * *", duration: 8h, timeZone: Europe/Berlin, applications: ["*"]}
`;

it('reads an AppProject; an empty list is kept, since it forbids where an absent one allows', () => {
  const { value, warnings } = parseProject(documentOf(PRODUCTION));
  expect(value.spec.namespaceResourceWhitelist).toEqual([]);
  expect(value.spec).not.toHaveProperty('namespaceResourceBlacklist');
  expect(value.spec.syncWindows?.[0]).toMatchObject({ kind: 'deny', duration: '8h' });
  expect(warnings).toEqual([]);
});

it.each([
  ['kind: deny', 'kind: never', 'spec.syncWindows[0].kind must be "allow" or "deny", found "never"', 15],
  ['https://github.com/acme/*', '"!*"', "spec.sourceRepos[0] must not be '!*': it would deny everything", 7],
  ['namespace: shop', 'namespace: [shop]', 'spec.destinations[0].namespace must be a string, found a list', 10],
  [
    '{group: "", kind: Namespace}',
    '{kind: Namespace}',
    'spec.clusterResourceWhitelist[0].group is required, but is missing',
    12,
  ],
])('refuses %j written as %j', (from, to, message, line) => {
  const problem = problemOf(() => parseProject(documentOf(PRODUCTION.replace(from, to))));
  expect(problem.message).toBe(message);
  expect(problem.where).toMatchObject({ file: 'apps/shop.yaml', line });
});

it('warns of a rule that would silently not hold', () => {
  const { warnings } = parseProject(documentOf(PRODUCTION.replace('destinations:', 'destination:')));
  expect(warnings[0]?.message).toBe('spec.destination is not a field that is known here: did you mean destinations?');
});

// What Argo CD's API refuses, and Git may hold: https://argo-cd.readthedocs.io/en/stable/user-guide/projects/
it.each([
  [
    '0 22 * * *',
    '@daily',
    "cannot parse schedule '@daily': it must have five fields (minute hour day month weekday), found 1",
  ],
  ['8h', '8d', "cannot parse duration '8d'"],
  ['Europe/Berlin', 'Mars/Base', "unknown time zone 'Mars/Base': Argo CD would take UTC, trimtab refuses the sync"],
  [', applications: ["*"]', '', 'a sync window without applications, namespaces or clusters concerns nothing'],
  [
    '  syncWindows:',
    '  roles: [{name: ci, policies: ["p, proj:production:ci, applications, sync, production/*"]}]\n  syncWindows:',
    "invalid policy rule 'p, proj:production:ci, applications, sync, production/*': must be of the form: 'p, sub, res, act, obj, eft'",
  ],
  [
    '  syncWindows:',
    '  roles: [{name: ci, policies: ["p, role:admin, applications, sync, production/*, allow"]}]\n  syncWindows:',
    "invalid policy rule 'p, role:admin, applications, sync, production/*, allow': policy subject must be: 'proj:production:ci', not 'role:admin'",
  ],
  ['  syncWindows:', '  roles: [{name: -ci}]\n  syncWindows:', "invalid role name '-ci'"],
  [
    '  syncWindows:',
    "  destinationServiceAccounts: [{server: '*', namespace: '*', defaultServiceAccount: ''}]\n  syncWindows:",
    "defaultServiceAccount has an invalid format, '': a sync that it matches is refused",
  ],
  [
    '  syncWindows:',
    '  signatureKeys: [{keyID: 4AEE18F83AFDEB23}]\n  sourceIntegrity: {git: {policies: []}}\n  syncWindows:',
    'signatureKeys and sourceIntegrity exclude each other: no source is trusted while both are there',
  ],
  [
    '  syncWindows:',
    '  signatureKeys: [{keyID: 4AEE18F8}]\n  syncWindows:',
    "'4AEE18F8' is not a valid GnuPG key ID: it allows nobody",
  ],
  [
    '- https://github.com/acme/*',
    '- https://github.com/acme/*\n    - https://github.com/acme/*',
    'https://github.com/acme/* is there twice',
  ],
])('keeps a project, and warns: %j written as %j', (from, to, message) => {
  const { value, warnings } = parseProject(documentOf(PRODUCTION.replace(from, to)));
  expect(value.metadata.name).toBe('production');
  expect(warnings.map((warning) => warning.message)).toEqual([`AppProject production: ${message}`]);
  expect(warnings[0]?.where).toMatchObject({ file: 'apps/shop.yaml' });
});
