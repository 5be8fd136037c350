import { describe, expect, it } from 'vitest';
import { type Customisations, DEFAULT_EXCLUSIONS, healthScriptOf, isExcluded } from '../../src/spec/customisations.ts';
import { readDocuments } from '../../src/spec/documents.ts';
import { parseConfigMap } from '../../src/spec/parse-config-map.ts';
import { type ParsedCustomisations, parseCustomisations } from '../../src/spec/parse-customisations.ts';

function read(data: string): ParsedCustomisations {
  const text = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: argocd-cm\ndata:\n${data}`;
  const [document] = readDocuments({ path: 'argocd-cm.yaml', text }).documents;
  if (document === undefined) throw new Error('no document');
  return parseCustomisations(parseConfigMap(document).value, document);
}

const server = 'https://prod.example';

describe('health scripts', () => {
  const { value } = read(`
  resource.customizations: |
    "*.crossplane.io/*":
      health.lua: by pattern
      health.lua.useOpenLibs: true
    cert-manager.io/Certificate:
      health.lua: of the map
    Service:
      health.lua: of the core group
  resource.customizations.health.cert-manager.io_Certificate: of its own key
  resource.customizations.health.s3.aws.crossplane.io_Bucket: exact
  resource.customizations.useOpenLibs.cert-manager.io_Certificate: "true"
`);
  it.each([
    ['cert-manager.io/v1', 'Certificate', { script: 'of its own key', openLibraries: true }],
    ['ec2.aws.crossplane.io/v1', 'VPC', { script: 'by pattern', openLibraries: true }],
    ['s3.aws.crossplane.io/v1', 'Bucket', { script: 'exact', openLibraries: false }],
    ['v1', 'Service', { script: 'of the core group', openLibraries: false }],
  ])('%s %s', (apiVersion, kind, expected) => {
    expect(healthScriptOf({ apiVersion, kind }, value)).toMatchObject(expected);
  });

  it('say nothing of other kinds', () => {
    expect(healthScriptOf({ apiVersion: 'apps/v1', kind: 'Deployment' }, value)).toBeUndefined();
  });
});

describe('differences', () => {
  it('are ignored for a kind, for all kinds, and by text in the single map', () => {
    const { value, problems } = read(`
  resource.customizations: |
    admissionregistration.k8s.io/*:
      ignoreDifferences: |
        jqPathExpressions: ['.webhooks[]?.clientConfig.caBundle']
  resource.customizations.ignoreDifferences.apps_Deployment: |
    managedFieldsManagers: [kube-controller-manager]
  resource.customizations.ignoreDifferences.all: |
    jsonPointers: [/spec/replicas]
`);
    expect(problems).toEqual([]);
    expect(value.ignoreDifferences).toEqual([
      {
        group: 'admissionregistration.k8s.io',
        kind: '*',
        jqPathExpressions: ['.webhooks[]?.clientConfig.caBundle'],
      },
      { group: 'apps', kind: 'Deployment', managedFieldsManagers: ['kube-controller-manager'] },
      { group: '*', kind: '*', jsonPointers: ['/spec/replicas'] },
    ]);
  });

  it.each<[string, Partial<Customisations>]>([
    ['ignoreResourceStatusField: crd', { ignoreStatus: 'crd' }],
    ['ignoreResourceStatusField: off', { ignoreStatus: 'none' }],
    ['ignoreResourceStatusField: none', { ignoreStatus: 'none' }],
    ['ignoreResourceStatusField: whatever', { ignoreStatus: 'all' }],
    ['ignoreAggregatedRoles: true', { ignoreStatus: 'all', ignoreAggregatedRoles: true }],
  ])('are compared as %s says', (text, expected) => {
    expect(read(`  resource.compareoptions: |\n    ${text}\n`).value).toMatchObject(expected);
  });

  it('know the pod template of a Rollout, and the fields that the settings add', () => {
    const { value } = read(`
  resource.customizations.knownTypeFields.acme.example_Pool: |
    - field: spec.template.spec
      type: core/v1/PodSpec
`);
    expect(value.knownFields.map(({ kind, field }) => `${kind} ${field}`)).toEqual([
      'Rollout spec.template.spec',
      'Pool spec.template.spec',
    ]);
  });
});

describe('what is kept out', () => {
  it('is what Argo CD excludes by default, until the settings say otherwise', () => {
    expect(read('  a: b\n').value.exclusions).toBe(DEFAULT_EXCLUSIONS);
    const { value } = read(`
  resource.exclusions: |
    - apiGroups: ['*.acme.example']
      kinds: [Report]
      clusters: ['https://prod*']
`);
    expect(isExcluded({ group: 'a.acme.example', kind: 'Report' }, server, value)).toBe(true);
    expect(isExcluded({ group: 'a.acme.example', kind: 'Report' }, 'https://dev.example', value)).toBe(false);
    expect(isExcluded({ group: 'a.acme.example', kind: 'Widget' }, server, value)).toBe(false);
    expect(isExcluded({ group: 'cert-manager.io', kind: 'CertificateRequest' }, server, value)).toBe(false);
    expect(isExcluded({ group: '', kind: 'Event' }, server, value)).toBe(true);
  });

  it('is everything that is not included, where something is included', () => {
    const { value } = read(`
  resource.inclusions: |
    - apiGroups: [apps]
      kinds: [Deployment]
      clusters: [${server}]
`);
    expect(isExcluded({ group: 'apps', kind: 'Deployment' }, server, value)).toBe(false);
    expect(isExcluded({ group: 'apps', kind: 'StatefulSet' }, server, value)).toBe(true);
    expect(isExcluded({ group: 'apps', kind: 'StatefulSet' }, 'https://dev.example', value)).toBe(false);
  });
});

it('names what cannot be read with its line, and keeps the rest', () => {
  const { value, problems } = read(`
  resource.exclusions: |
    - kinds: Deployment
  resource.customizations.healht.apps_Deployment: return {}
  resource.customizations.actions.apps_Deployment: 'discovery.lua: x'
  resource.customizations.health.apps_Deployment: return {}
`);
  expect(problems.map(({ code, where }) => [code, where.line])).toEqual([
    ['invalid-manifest', 8],
    ['unknown-field', 9],
  ]);
  expect(value.healthScripts).toHaveLength(1);
});
