import type { Manifest } from '../src/spec/manifest.ts';

/** One resource as Git wants it, and as the cluster holds it: with defaults, status and managedFields. */
interface Resource {
  readonly desired: Manifest;
  readonly live: Manifest;
}

const KINDS = [deployment, service, configMap, secret, ingress] as const;

/** A resource of an everyday application: Deployments, Services, ConfigMaps, Secrets and Ingresses in turn. */
export function resource(index: number): Resource {
  const make = KINDS[index % KINDS.length] ?? configMap;
  const name = `service-${index}`;
  const { desired, defaults } = make(name);
  const manifest: Manifest = { ...desired, metadata: metadata(name, index) };
  const { kind, apiVersion, metadata: own, ...body } = manifest;
  return {
    desired: manifest,
    live: {
      ...merged(manifest, defaults),
      metadata: {
        ...own,
        uid: `5a7f0c1e-0000-4000-8000-${String(index).padStart(12, '0')}`,
        resourceVersion: String(100_000 + index),
        generation: 3,
        creationTimestamp: '2026-10-01T08:00:00Z',
        managedFields: [
          {
            manager: 'trimtab',
            operation: 'Apply',
            apiVersion,
            time: '2026-11-20T08:00:00Z',
            fieldsType: 'FieldsV1',
            fieldsV1: {
              'f:metadata': fieldsOf({ annotations: own.annotations, labels: own.labels }),
              ...fieldsOf(body),
            },
          },
        ],
      },
      ...(kind === 'Deployment' ? { status: { observedGeneration: 3, readyReplicas: 2, replicas: 2 } } : {}),
    },
  };
}

type Map = Readonly<Record<string, unknown>>;
interface Made {
  readonly desired: { readonly apiVersion: string; readonly kind: string; readonly [field: string]: unknown };
  /** What the API server adds. */
  readonly defaults: Map;
}

function metadata(name: string, index: number): Manifest['metadata'] {
  return {
    name,
    namespace: `team-${index % 50}`,
    labels: {
      'app.kubernetes.io/name': name,
      'app.kubernetes.io/managed-by': 'trimtab',
      team: `team-${index % 50}`,
    },
    annotations: { 'argocd.argoproj.io/tracking-id': `app-${Math.floor(index / 20)}:apps/Deployment:x/${name}` },
  };
}

function deployment(name: string): Made {
  const labels = { 'app.kubernetes.io/name': name };
  const container = {
    name: 'web',
    image: `ghcr.io/acme/${name}:2.7.1`,
    args: ['--port=8080', '--log=info'],
    env: ['LOG_LEVEL', 'PUBLIC_URL', 'REGION', 'CACHE', 'QUEUE'].map((key) => ({
      name: key,
      value: `${key} of ${name}`,
    })),
    ports: [{ name: 'http', containerPort: 8080 }],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10 },
    volumeMounts: [{ name: 'config', mountPath: '/etc/config' }],
  };
  return {
    desired: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [container], volumes: [{ name: 'config', configMap: { name } }] },
        },
      },
    },
    defaults: {
      spec: {
        progressDeadlineSeconds: 600,
        revisionHistoryLimit: 10,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        template: {
          spec: {
            dnsPolicy: 'ClusterFirst',
            restartPolicy: 'Always',
            schedulerName: 'default-scheduler',
            securityContext: {},
          },
        },
      },
    },
  };
}

function service(name: string): Made {
  return {
    desired: {
      apiVersion: 'v1',
      kind: 'Service',
      spec: { selector: { 'app.kubernetes.io/name': name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    },
    defaults: { spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], sessionAffinity: 'None', type: 'ClusterIP' } },
  };
}

function configMap(name: string): Made {
  const lines = Array.from({ length: 12 }, (_, index) => [`key-${index}`, `value ${index} of ${name}`]);
  return { desired: { apiVersion: 'v1', kind: 'ConfigMap', data: Object.fromEntries(lines) }, defaults: {} };
}

function secret(name: string): Made {
  const data = Object.fromEntries(['username', 'password'].map((key) => [key, btoa(`${key} of ${name}`)]));
  return { desired: { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', data }, defaults: {} };
}

function ingress(name: string): Made {
  const backend = { service: { name, port: { name: 'http' } } };
  return {
    desired: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      spec: {
        rules: [{ host: `${name}.example.com`, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
        tls: [{ hosts: [`${name}.example.com`], secretName: `${name}-tls` }],
      },
    },
    defaults: { spec: { ingressClassName: 'nginx' }, status: { loadBalancer: { ingress: [{ ip: '10.1.0.1' }] } } },
  };
}

function isMap(value: unknown): value is Map {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function merged<T extends Map>(base: T, more: Map): T {
  const both = Object.entries(more).map(([key, value]) => {
    const before = base[key];
    return [key, isMap(before) && isMap(value) ? merged(before, value) : value];
  });
  return { ...base, ...Object.fromEntries(both) };
}

/** The fields of an object as managedFields writes them; lists are owned as a whole. */
function fieldsOf(value: unknown): Map {
  if (!isMap(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [`f:${key}`, fieldsOf(item)]));
}
