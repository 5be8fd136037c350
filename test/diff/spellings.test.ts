import { describe, expect, it } from 'vitest';
import { compareDesired, compareLive, createMarks } from '../../src/diff/index.ts';
import type { Manifest } from '../../src/spec/manifest.ts';

const marks = createMarks('key of this installation');
const metadata = { name: 'web', namespace: 'shop' };

function differs(apiKind: string, desired: object, live: object): boolean {
  const slash = apiKind.lastIndexOf('/');
  const common = { apiVersion: apiKind.slice(0, slash), kind: apiKind.slice(slash + 1), metadata };
  return compareLive([{ ...common, ...desired }], [{ ...common, ...live }], { marks }).length > 0;
}

function pod(spec: object): object {
  return { spec: { template: { spec } } };
}

function container(fields: object): object {
  return pod({ containers: [{ name: 'web', ...fields }] });
}

function externalMetric(value: unknown): object {
  return { spec: { metrics: [{ type: 'External', external: { target: { type: 'Value', value } } }] } };
}

function schema(properties: object): object {
  return { spec: { versions: [{ name: 'v1', schema: { openAPIV3Schema: { properties } } }] } };
}

const DEPLOYMENT = 'apps/v1/Deployment';
const CRD = 'apiextensions.k8s.io/v1/CustomResourceDefinition';

describe('what charts write and the API server writes back otherwise is no difference', () => {
  it.each<[what: string, kind: string, desired: object, live: object]>([
    ['an empty class of priority', DEPLOYMENT, pod({ priorityClassName: '' }), pod({})],
    ['an empty folder to work in', DEPLOYMENT, container({ workingDir: '' }), container({})],
    [
      'an empty pull policy',
      DEPLOYMENT,
      container({ imagePullPolicy: '' }),
      container({ imagePullPolicy: 'IfNotPresent' }),
    ],
    ['an empty restart policy', DEPLOYMENT, pod({ restartPolicy: '' }), pod({ restartPolicy: 'Always' })],
    [
      'a probe with zeros',
      DEPLOYMENT,
      container({ livenessProbe: { timeoutSeconds: 0, periodSeconds: 0, httpGet: { scheme: '', port: '80' } } }),
      container({ livenessProbe: { timeoutSeconds: 1, periodSeconds: 10, httpGet: { scheme: 'HTTP', port: 80 } } }),
    ],
    ['no resources at all', DEPLOYMENT, container({ resources: {} }), container({})],
    ['an empty security context', DEPLOYMENT, pod({ securityContext: {} }), pod({})],
    ['an address that is allocated', 'v1/Service', { spec: { clusterIP: '' } }, { spec: { clusterIP: '10.0.0.1' } }],
    [
      'a port that is allocated',
      'v1/Service',
      { spec: { ports: [{ port: 80, nodePort: 0 }] } },
      { spec: { ports: [{ port: 80, nodePort: 30123 }] } },
    ],
    ['an empty type of Secret', 'v1/Secret', { type: '', data: {} }, { type: 'Opaque' }],
    [
      'an empty group of a role',
      'rbac.authorization.k8s.io/v1/RoleBinding',
      { roleRef: { apiGroup: '', name: 'a' } },
      { roleRef: { apiGroup: 'rbac.authorization.k8s.io', name: 'a' } },
    ],
    ['a metric', 'autoscaling/v2/HorizontalPodAutoscaler', externalMetric('2k'), externalMetric('2000')],
    ['base64 in lines', 'v1/ConfigMap', { binaryData: { a: 'aGFs\nbG8=\n' } }, { binaryData: { a: 'aGFsbG8=' } }],
    [
      'endpoints in another order',
      'v1/Endpoints',
      { subsets: [{ addresses: [{ ip: '10.0.0.2' }, { ip: '10.0.0.1' }], ports: [{ port: 80 }] }] },
      { subsets: [{ addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }], ports: [{ port: 80, protocol: 'TCP' }] }] },
    ],
  ])('%s', (...[, kind, desired, live]) => {
    expect(differs(kind, desired, live)).toBe(false);
  });
});

describe('what only looks like another spelling is a difference', () => {
  it.each<[what: string, kind: string, desired: object, live: object]>([
    [
      'an empty class of storage asks for none',
      'v1/PersistentVolumeClaim',
      { spec: { storageClassName: '' } },
      { spec: {} },
    ],
    ['a Service that somebody opened', 'v1/Service', { spec: { type: '' } }, { spec: { type: 'NodePort' } }],
    ['a Service without an address', 'v1/Service', { spec: { clusterIP: '' } }, { spec: { clusterIP: 'None' } }],
    ['a pod that got the network of its node', DEPLOYMENT, pod({ hostNetwork: false }), pod({ hostNetwork: true })],
    [
      'a pod that got another account',
      DEPLOYMENT,
      pod({ serviceAccountName: '' }),
      pod({ serviceAccountName: 'admin' }),
    ],
    ['a pod that restarts never', DEPLOYMENT, pod({ restartPolicy: '' }), pod({ restartPolicy: 'Never' })],
    [
      'an emptyDir is not nothing',
      DEPLOYMENT,
      pod({ volumes: [{ name: 'a', emptyDir: {} }] }),
      pod({ volumes: [{ name: 'a' }] }),
    ],
    [
      'a text of a ConfigMap that looks like a quantity',
      'v1/ConfigMap',
      { data: { sizeLimit: '1Gi' } },
      { data: { sizeLimit: '1024Mi' } },
    ],
    ['an empty text of a ConfigMap', 'v1/ConfigMap', { data: { value: '' } }, { data: {} }],
    ['an empty text beside others', 'v1/ConfigMap', { data: { value: '', a: 'b' } }, { data: { a: 'b' } }],
    [
      'a label that looks like a duration',
      'acme.io/v1/Thing',
      { spec: { labels: { timeout: '60s' } } },
      { spec: { labels: { timeout: '1m' } } },
    ],
    ['a property of a schema', CRD, schema({ labels: {} }), schema({})],
    ['a default of a schema', CRD, schema({ a: { default: '' } }), schema({ a: {} })],
  ])('%s', (...[, kind, desired, live]) => {
    expect(differs(kind, desired, live)).toBe(true);
  });

  it('also between two commits', () => {
    const map = (value: string): Manifest => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { divisor: value },
    });
    expect(compareDesired([map('1')], [map('1000m')], { marks })).toHaveLength(1);
  });
});
