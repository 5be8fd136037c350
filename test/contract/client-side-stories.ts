import type { Manifest } from '../../src/spec/manifest.ts';

/** An object that is applied, changed by somebody else, and applied again from another manifest. */
export interface Story {
  readonly what: string;
  readonly first: Manifest;
  readonly edit?: { readonly path: string; readonly patch: unknown; readonly strategic?: true };
  readonly after: Manifest;
  /** What the documentation of Kubernetes says must come of it. */
  readonly expected?: object;
}

const APPS = '/apis/apps/v1/namespaces/NAMESPACE/deployments';
const CORE = '/api/v1/namespaces/NAMESPACE';
const NGINX = { name: 'web', image: 'nginx:1.27' };

/** A Deployment with these containers. */
export function pods(name: string, containers: readonly object[], more: object = {}, spec: object = {}): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers, ...more } },
      ...spec,
    },
  };
}

function configMap(name: string, data: object, metadata: object = {}): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

function service(name: string, ports: readonly object[], spec: object = {}): Manifest {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app: 'web' }, ports, ...spec } };
}

function widget(spec: object): Manifest {
  return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'widget' }, spec };
}

function budget(matchLabels: object): Manifest {
  const spec = { minAvailable: 1, selector: { matchLabels } };
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'budget' }, spec };
}

function role(rules: readonly object[]): Manifest {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'role' }, rules };
}

function account(pull: readonly string[]): Manifest {
  const imagePullSecrets = pull.map((name) => ({ name }));
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'account' }, imagePullSecrets };
}

const env = (...names: readonly string[]): readonly object[] => names.map((name) => ({ name, value: name }));
const inits = (...names: readonly string[]): object => ({
  initContainers: names.map((name) => ({ name, image: 'busybox:1.37' })),
});

/**
 * Each of the rules by which `kubectl apply` merges.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#merge-patch-calculation
 */
export const STORIES: readonly Story[] = [
  {
    what: 'a value that is dropped goes, one of somebody else stays, one that was overwritten comes back',
    first: configMap('values', { gone: '1', kept: '2', html: '<a>&' }),
    edit: { path: `${CORE}/configmaps/values`, patch: { data: { theirs: '3', kept: 'hand' } } },
    after: configMap('values', { kept: '2', html: '<a>&', new: '4' }),
    expected: { data: { kept: '2', html: '<a>&', new: '4', theirs: '3' } },
  },
  {
    what: 'labels and annotations',
    first: configMap('labels', {}, { labels: { a: '1', b: '2' }, annotations: { note: 'x', 'acme.io/b': 'y' } }),
    edit: {
      path: `${CORE}/configmaps/labels`,
      patch: { metadata: { labels: { team: 'web' }, annotations: { z: '1' } } },
    },
    after: configMap('labels', {}, { labels: { b: '3' } }),
    expected: { metadata: { labels: { b: '3', team: 'web' }, annotations: { z: '1' } } },
  },
  {
    what: 'finalizers are a set',
    first: configMap('held', {}, { finalizers: ['acme.io/a', 'acme.io/b'] }),
    edit: {
      path: `${CORE}/configmaps/held`,
      patch: { metadata: { finalizers: ['other.io/c'] } },
      strategic: true,
    },
    after: configMap('held', {}, { finalizers: ['acme.io/b', 'acme.io/d'] }),
  },
  {
    what: 'containers by name: one goes, one comes before, an injected one stays',
    first: pods('containers', [
      { ...NGINX, args: ['a', 'b'] },
      { name: 'side', image: 'side:1' },
    ]),
    edit: {
      path: `${APPS}/containers`,
      patch: { spec: { template: { spec: { containers: [{ name: 'proxy', image: 'envoy:1' }] } } } },
      strategic: true,
    },
    after: pods('containers', [
      { name: 'first', image: 'first:1' },
      { ...NGINX, args: ['b'] },
    ]),
  },
  {
    what: 'variables of a container: dropped, added, in another order',
    first: pods('variables', [{ ...NGINX, env: env('A', 'B', 'C') }]),
    after: pods('variables', [{ ...NGINX, env: env('C', 'D', 'A') }]),
  },
  {
    what: 'init containers in another order',
    first: pods('inits', [NGINX], inits('one', 'two', 'three')),
    after: pods('inits', [NGINX], inits('three', 'one')),
  },
  {
    what: 'a volume of another type, and mounts by their path',
    first: pods('volumes', [{ ...NGINX, volumeMounts: [{ name: 'data', mountPath: '/a' }] }], {
      volumes: [
        { name: 'data', configMap: { name: 'values' } },
        { name: 'tmp', emptyDir: {} },
      ],
    }),
    after: pods('volumes', [{ ...NGINX, volumeMounts: [{ name: 'data', mountPath: '/b', readOnly: true }] }], {
      volumes: [{ name: 'data', emptyDir: { medium: 'Memory' } }],
    }),
  },
  {
    what: 'another strategy',
    first: pods('strategy', [NGINX], {}, { strategy: { rollingUpdate: { maxSurge: 2 } } }),
    after: pods('strategy', [NGINX], {}, { strategy: { type: 'Recreate' } }),
    expected: { spec: { strategy: { type: 'Recreate' } } },
  },
  {
    what: 'a field that is dropped gets its default back',
    first: pods('replicas', [{ ...NGINX, imagePullPolicy: 'Always' }], {}, { replicas: 3, minReadySeconds: 5 }),
    edit: { path: `${APPS}/replicas`, patch: { spec: { replicas: 5 } } },
    after: pods('replicas', [NGINX]),
    expected: { spec: { replicas: 1 } },
  },
  {
    what: 'a field that was never applied stays as somebody else set it',
    first: pods('scaled', [NGINX]),
    edit: { path: `${APPS}/scaled`, patch: { spec: { replicas: 5 } } },
    after: pods('scaled', [{ ...NGINX, image: 'nginx:1.28' }]),
    expected: { spec: { replicas: 5 } },
  },
  {
    what: 'null takes away',
    first: pods('nulls', [NGINX], {}, { replicas: 3 }),
    after: pods('nulls', [NGINX], { nodeSelector: null }, { replicas: null }),
  },
  {
    what: 'quantities that are spelled otherwise',
    first: pods('quantities', [{ ...NGINX, resources: { limits: { cpu: '1000m', memory: '1024Mi' } } }]),
    after: pods('quantities', [{ ...NGINX, resources: { limits: { cpu: 2 } } }]),
  },
  {
    what: 'ports of a service by port',
    first: service('ports', [
      { name: 'http', port: 80, targetPort: 8080 },
      { name: 'https', port: 443 },
    ]),
    after: service(
      'ports',
      [
        { name: 'http', port: 80 },
        { name: 'metrics', port: 9090 },
      ],
      { selector: { app: 'shop' } },
    ),
  },
  {
    what: 'a key of a selector that is dropped',
    first: service('selector', [{ port: 80 }], { selector: { app: 'web', tier: 'front' } }),
    after: service('selector', [{ port: 80 }], { selector: { app: 'web' } }),
    expected: { spec: { selector: { app: 'web' } } },
  },
  {
    what: 'lists without keys go as a whole',
    first: role([{ apiGroups: [''], resources: ['pods', 'services'], verbs: ['get'] }]),
    edit: {
      path: '/apis/rbac.authorization.k8s.io/v1/namespaces/NAMESPACE/roles/role',
      patch: { rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }] },
    },
    after: role([{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }]),
  },
  {
    what: 'a selector that is replaced as a whole',
    first: budget({ app: 'web', tier: 'front' }),
    after: budget({ app: 'shop' }),
  },
  {
    what: 'secrets to pull images with',
    first: account(['one', 'two']),
    edit: {
      path: `${CORE}/serviceaccounts/account`,
      patch: { imagePullSecrets: [{ name: 'theirs' }] },
      strategic: true,
    },
    after: account(['two', 'three']),
  },
  {
    what: 'a custom kind: fields go, lists go as a whole',
    first: widget({ size: 1, parts: [{ name: 'a' }, { name: 'b' }], colour: 'red', deep: { x: 1, y: { z: 2 } } }),
    after: widget({ size: 2, parts: [{ name: 'b' }], deep: { x: 1 } }),
    expected: { spec: { size: 2, parts: [{ name: 'b' }], deep: { x: 1 } } },
  },
];
