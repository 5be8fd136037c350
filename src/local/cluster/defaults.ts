import type { Served } from './catalog.ts';
import { clone, ensureObject, isObject, type Json, listAt, objectAt, setOwn, textAt, valueAt } from './json.ts';
import { defaultPod, defaultPodSpec, fill, objectsAt } from './pod-defaults.ts';

/**
 * Fills in what the API server fills in when it decodes an object, so that drift meets here what it meets on a real cluster.
 * Changes the object that it is given. One function a kind; kinds without one have no defaults.
 * https://kubernetes.io/docs/reference/kubernetes-api/
 */
export function applyDefaults(served: Served, object: Json): void {
  if (served.custom !== undefined) {
    defaultFromSchema(object, served.openApi);
    return;
  }
  DEFAULTS[served.kind]?.(ensureObjectIf(object, 'spec', HAS_SPEC.has(served.kind)), object);
}

type Defaulter = (spec: Json, object: Json) => void;

const HAS_SPEC = new Set(['CronJob', 'DaemonSet', 'Deployment', 'Job', 'Pod', 'ReplicaSet', 'Service', 'StatefulSet']);

function ensureObjectIf(object: Json, field: string, wanted: boolean): Json {
  return wanted ? ensureObject(object, field) : objectAt(object, field);
}

const DEFAULTS: Readonly<Record<string, Defaulter>> = {
  // The rules are written even where there are none, as no other list is.
  ClusterRole: (_spec, object) => fill(object, { rules: null }),
  ClusterRoleBinding: (_spec, object) => defaultBinding(object),
  CronJob: (spec) => {
    fill(spec, {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    const template = ensureObject(spec, 'jobTemplate');
    ensureObject(template, 'metadata');
    defaultTemplate(ensureObject(template, 'spec'));
  },
  CustomResourceDefinition: (spec) => {
    fill(spec, { conversion: { strategy: 'None' } });
    const names = ensureObject(spec, 'names');
    const kind = textAt(names, 'kind');
    fill(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
  },
  DaemonSet: (spec, object) => {
    const annotations = ensureObject(ensureObject(object, 'metadata'), 'annotations');
    fill(annotations, { 'deprecated.daemonset.template.generation': '1' });
    defaultTemplate(spec);
    const strategy = ensureObject(spec, 'updateStrategy');
    fill(strategy, { type: 'RollingUpdate' });
    if (strategy['type'] === 'RollingUpdate') {
      fill(ensureObject(strategy, 'rollingUpdate'), { maxUnavailable: 1, maxSurge: 0 });
    }
    fill(spec, { revisionHistoryLimit: 10 });
  },
  Deployment: (spec) => {
    defaultTemplate(spec);
    const strategy = ensureObject(spec, 'strategy');
    fill(strategy, { type: 'RollingUpdate' });
    if (strategy['type'] === 'RollingUpdate') {
      fill(ensureObject(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
    }
    fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  },
  HorizontalPodAutoscaler: (spec) => {
    const cpu = {
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
    };
    fill(spec, { minReplicas: 1, ...(listAt(spec, 'metrics').length === 0 ? { metrics: [cpu] } : {}) });
    if (isObject(spec['behavior'])) defaultScaling(spec['behavior']);
  },
  Job: (spec) => {
    defaultTemplate(spec);
    if (spec['completions'] === undefined && spec['parallelism'] === undefined) spec['completions'] = 1;
    fill(spec, {
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: isObject(spec['podFailurePolicy']) ? 'Failed' : 'TerminatingOrFailed',
    });
  },
  MutatingWebhookConfiguration: (_spec, object) => {
    for (const webhook of objectsAt(object, 'webhooks')) {
      defaultWebhook(webhook);
      fill(webhook, { reinvocationPolicy: 'Never' });
    }
  },
  Namespace: (_spec, object) => {
    const metadata = ensureObject(object, 'metadata');
    // The label by which namespaces can be selected by name.
    if (textAt(metadata, 'name') !== '')
      ensureObject(metadata, 'labels')['kubernetes.io/metadata.name'] = metadata['name'];
  },
  NetworkPolicy: (spec) => {
    for (const rule of [...objectsAt(spec, 'ingress'), ...objectsAt(spec, 'egress')]) {
      for (const port of objectsAt(rule, 'ports')) fill(port, { protocol: 'TCP' });
    }
    fill(spec, { policyTypes: listAt(spec, 'egress').length > 0 ? ['Ingress', 'Egress'] : ['Ingress'] });
  },
  PersistentVolume: (spec, object) => {
    fill(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' });
    fill(ensureObject(object, 'status'), { phase: 'Pending' });
  },
  PersistentVolumeClaim: (spec, object) => {
    fill(spec, { volumeMode: 'Filesystem' });
    fill(ensureObject(object, 'status'), { phase: 'Pending' });
  },
  Pod: (spec, object) => {
    defaultPodSpec(spec);
    defaultPod(object);
  },
  PriorityClass: (_spec, object) => fill(object, { preemptionPolicy: 'PreemptLowerPriority' }),
  ReplicaSet: (spec) => {
    defaultTemplate(spec);
    fill(spec, { replicas: 1 });
  },
  Role: (_spec, object) => fill(object, { rules: null }),
  RoleBinding: (_spec, object) => defaultBinding(object),
  Secret: (_spec, object) => fill(object, { type: 'Opaque' }),
  Service: (spec) => {
    const type = textAt(spec, 'type') || 'ClusterIP';
    fill(spec, { sessionAffinity: 'None', type });
    if (spec['sessionAffinity'] === 'ClientIP') {
      fill(spec, { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } });
    }
    for (const port of objectsAt(spec, 'ports')) fill(port, { protocol: 'TCP', targetPort: port['port'] });
    if (type === 'NodePort' || type === 'LoadBalancer') fill(spec, { externalTrafficPolicy: 'Cluster' });
    if (type === 'LoadBalancer') fill(spec, { allocateLoadBalancerNodePorts: true });
    if (type !== 'ExternalName') fill(spec, { internalTrafficPolicy: 'Cluster' });
  },
  StatefulSet: (spec) => {
    defaultTemplate(spec);
    const strategy = ensureObject(spec, 'updateStrategy');
    fill(strategy, { type: 'RollingUpdate' });
    if (strategy['type'] === 'RollingUpdate') fill(ensureObject(strategy, 'rollingUpdate'), { partition: 0 });
    fill(spec, { podManagementPolicy: 'OrderedReady', replicas: 1, revisionHistoryLimit: 10 });
    fill(ensureObject(spec, 'persistentVolumeClaimRetentionPolicy'), { whenDeleted: 'Retain', whenScaled: 'Retain' });
    for (const claim of objectsAt(spec, 'volumeClaimTemplates')) {
      fill(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: 'Pending' } });
      fill(ensureObject(claim, 'spec'), { volumeMode: 'Filesystem' });
    }
  },
  StorageClass: (_spec, object) => fill(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  ValidatingWebhookConfiguration: (_spec, object) => {
    for (const webhook of objectsAt(object, 'webhooks')) defaultWebhook(webhook);
  },
};

/** https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#default-behavior */
function defaultScaling(behavior: Json): void {
  const doubling = { type: 'Percent', value: 100, periodSeconds: 15 };
  fill(ensureObject(behavior, 'scaleUp'), {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, doubling],
  });
  fill(ensureObject(behavior, 'scaleDown'), { selectPolicy: 'Max', policies: [doubling] });
}

function defaultWebhook(webhook: Json): void {
  fill(webhook, {
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
  });
  for (const rule of objectsAt(webhook, 'rules')) fill(rule, { scope: '*' });
  const service = objectAt(webhook, 'clientConfig')['service'];
  if (isObject(service)) fill(service, { port: 443 });
}

function defaultTemplate(spec: Json): void {
  const template = ensureObject(spec, 'template');
  ensureObject(template, 'metadata');
  defaultPodSpec(ensureObject(template, 'spec'));
}

function defaultBinding(object: Json): void {
  const group = 'rbac.authorization.k8s.io';
  if (isObject(object['roleRef'])) fill(object['roleRef'], { apiGroup: group });
  for (const subject of objectsAt(object, 'subjects')) {
    if (subject['kind'] !== 'ServiceAccount') fill(subject, { apiGroup: group });
  }
}

/** Defaults that a CustomResourceDefinition states in its schema. */
function defaultFromSchema(value: unknown, openApi: unknown): void {
  if (Array.isArray(value)) {
    for (const item of value) defaultFromSchema(item, valueAt(openApi, 'items'));
    return;
  }
  if (!isObject(value)) return;
  const properties = objectAt(openApi, 'properties');
  for (const [name, schema] of Object.entries(properties)) {
    const fallback = valueAt(schema, 'default');
    if (value[name] === undefined && fallback !== undefined) setOwn(value, name, clone(fallback));
    defaultFromSchema(value[name], schema);
  }
  const additional = valueAt(openApi, 'additionalProperties');
  if (!isObject(additional)) return;
  for (const [name, inner] of Object.entries(value))
    if (properties[name] === undefined) defaultFromSchema(inner, additional);
}
