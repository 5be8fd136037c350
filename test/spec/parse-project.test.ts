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
    - {kind: deny, schedule: "0 22 * * *", duration: 8h, timeZone: Europe/Berlin}
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
