import { randomUUID } from 'node:crypto';
import { forbidden, invalid } from './api-error.ts';
import type { Served } from './catalog.ts';
import { forbiddenField } from './causes.ts';
import { ensureObject, isObject, type Json, listAt, objectAt, same, textAt, valueAt } from './json.ts';
import { objectsAt } from './pod-defaults.ts';

/** What the server hands out by itself while objects are written. */
export interface Allocator {
  /** The time now, RFC 3339 with seconds. */
  time(): string;
  clusterAddress(): string;
  nodePort(): number;
}

/**
 * What the server does to an object before it stores it for the first time: identity, first status, addresses. Changes the object.
 */
export function prepareCreate(served: Served, object: Json, allocator: Allocator): void {
  const metadata = ensureObject(object, 'metadata');
  for (const field of [
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'selfLink',
    'resourceVersion',
    'generation',
  ]) {
    delete metadata[field];
  }
  metadata['uid'] = randomUUID();
  metadata['creationTimestamp'] = allocator.time();
  if (served.generation) metadata['generation'] = 1;
  if (served.subresources.includes('status')) {
    const phase = textAt(object, 'status', 'phase');
    delete object['status'];
    if (served.custom === undefined) object['status'] = phase === '' ? {} : { phase };
  }
  CREATE[served.type ?? '']?.(object, allocator);
}

const CREATE: Readonly<Record<string, (object: Json, allocator: Allocator) => void>> = {
  V1CustomResourceDefinition: (object, allocator) => acceptNames(object, allocator),
  V1DaemonSet: (object) => {
    object['status'] = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };
  },
  V1Ingress: (object) => {
    object['status'] = { loadBalancer: {} };
  },
  V1Job: (object) => selectOwnPods(object),
  V1Namespace: (object) => {
    ensureObject(object, 'spec')['finalizers'] = ['kubernetes'];
    object['status'] = { phase: 'Active' };
  },
  V1Pod: (object) => {
    object['status'] = { phase: 'Pending', qosClass: qualityOfService(object) };
  },
  V1PodDisruptionBudget: (object) => {
    object['status'] = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  },
  V1PriorityClass: () => undefined,
  V1ReplicaSet: (object) => {
    object['status'] = { replicas: 0 };
  },
  V1Service: (object, allocator) => {
    object['status'] = { loadBalancer: {} };
    allocate(object, allocator);
  },
  V1StatefulSet: (object) => {
    object['status'] = { availableReplicas: 0, replicas: 0 };
  },
};

function qualityOfService(pod: Json): string {
  const all = objectsAt(pod, 'spec', 'containers').map((one) => objectAt(one, 'resources'));
  if (all.every((one) => same(objectAt(one, 'limits'), {}) && same(objectAt(one, 'requests'), {}))) return 'BestEffort';
  const sure = all.every((one) => {
    const limits = objectAt(one, 'limits');
    return isObject(limits) && 'cpu' in limits && 'memory' in limits && same(limits, objectAt(one, 'requests'));
  });
  return sure ? 'Guaranteed' : 'Burstable';
}

/** A Job finds its pods by labels that the server makes up, unless `manualSelector` is set. */
function selectOwnPods(job: Json): void {
  const spec = ensureObject(job, 'spec');
  if (spec['manualSelector'] === true) return;
  spec['manualSelector'] = false;
  const uid = textAt(job, 'metadata', 'uid');
  const name = textAt(job, 'metadata', 'name');
  spec['selector'] = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  const labels = ensureObject(ensureObject(ensureObject(spec, 'template'), 'metadata'), 'labels');
  Object.assign(labels, {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  });
  // A Job without labels shows those of its pods.
  const metadata = ensureObject(job, 'metadata');
  if (Object.keys(objectAt(metadata, 'labels')).length === 0) metadata['labels'] = { ...labels };
}

/** Addresses and node ports of a Service, as far as it has none. */
function allocate(service: Json, allocator: Allocator): void {
  const spec = ensureObject(service, 'spec');
  const type = textAt(spec, 'type');
  if (type === 'ExternalName') return;
  const address = textAt(spec, 'clusterIP') || allocator.clusterAddress();
  spec['clusterIP'] = address;
  spec['clusterIPs'] ??= [address];
  spec['ipFamilies'] ??= ['IPv4'];
  spec['ipFamilyPolicy'] ??= 'SingleStack';
  if (type !== 'NodePort' && type !== 'LoadBalancer') return;
  for (const port of objectsAt(spec, 'ports')) port['nodePort'] ??= allocator.nodePort();
}

/** Names of custom kinds are free here, so that a definition is established as soon as it is written. */
function acceptNames(crd: Json, allocator: Allocator): void {
  const known = objectAt(crd, 'status');
  const condition = (type: string, reason: string, message: string): Json => ({
    type,
    status: 'True',
    lastTransitionTime:
      listAt(known, 'conditions').map((one) => textAt(one, 'lastTransitionTime'))[0] ?? allocator.time(),
    reason,
    message,
  });
  const stored = listAt(crd, 'spec', 'versions').filter((version) => valueAt(version, 'storage') === true);
  crd['status'] = {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    acceptedNames: objectAt(crd, 'spec', 'names'),
    storedVersions: stored.map((version) => textAt(version, 'name')),
  };
}

/** Fields of the metadata that a writer cannot change. */
const KEPT_METADATA = [
  'uid',
  'creationTimestamp',
  'generation',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
];

/**
 * What the server does to an object that replaces another: identity stays, status and spec are each written only through their own
 * endpoint, the generation counts. Changes the object. Throws 422 for finalizers that are added to what is being deleted.
 */
export function prepareUpdate(
  served: Served,
  before: Json,
  object: Json,
  subresource: string,
  allocator: Allocator,
): void {
  const metadata = ensureObject(object, 'metadata');
  const old = objectAt(before, 'metadata');
  for (const field of KEPT_METADATA) {
    delete metadata[field];
    if (old[field] !== undefined) metadata[field] = old[field];
  }
  keepOther(served, before, object, subresource);
  if (subresource === '') {
    if (served.type === 'V1Service') keepAllocated(before, object, allocator);
    if (served.type === 'V1Namespace') {
      object['spec'] = before['spec'];
    }
    if (served.type === 'V1CustomResourceDefinition') acceptNames(object, allocator);
  }
  if (served.generation && subresource !== 'status' && countsAsChange(served, before, object)) {
    metadata['generation'] = (typeof old['generation'] === 'number' ? old['generation'] : 0) + 1;
  }
  refuseNewFinalizers(served, old, metadata);
}

function keepOther(served: Served, before: Json, object: Json, subresource: string): void {
  if (!served.subresources.includes('status')) return;
  const keep = (field: string) => {
    delete object[field];
    if (before[field] !== undefined) object[field] = before[field];
  };
  if (subresource === 'status') {
    for (const field of Object.keys({ ...before, ...object })) {
      if (!['apiVersion', 'kind', 'metadata', 'status'].includes(field)) keep(field);
    }
    const labels = objectAt(before, 'metadata')['labels'];
    const metadata = ensureObject(object, 'metadata');
    delete metadata['labels'];
    if (labels !== undefined) metadata['labels'] = labels;
  } else if (subresource !== 'finalize') keep('status');
}

/** A PUT that leaves out the addresses keeps them, as the server does for clients that know nothing of them. */
function keepAllocated(before: Json, object: Json, allocator: Allocator): void {
  const spec = ensureObject(object, 'spec');
  const old = objectAt(before, 'spec');
  if (textAt(spec, 'type') === 'ExternalName') return;
  if (textAt(old, 'type') !== 'ExternalName') {
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'healthCheckNodePort']) {
      if (spec[field] === undefined && old[field] !== undefined) spec[field] = old[field];
    }
  }
  const ports = objectsAt(old, 'ports');
  if (textAt(spec, 'type') !== 'ClusterIP') {
    for (const port of objectsAt(spec, 'ports')) {
      const known = ports.find((one) => one['port'] === port['port'] && one['protocol'] === port['protocol']);
      if (port['nodePort'] === undefined && known?.['nodePort'] !== undefined) port['nodePort'] = known['nodePort'];
    }
  }
  allocate(object, allocator);
}

function countsAsChange(served: Served, before: Json, object: Json): boolean {
  const { metadata: oldMetadata, status: _oldStatus, ...old } = before;
  const { metadata: newMetadata, status: _newStatus, ...now } = object;
  if (!same({ ...old, apiVersion: '' }, { ...now, apiVersion: '' })) return true;
  // A Deployment's annotations are copied to its ReplicaSets, so they count there as well.
  const annotated = served.type === 'V1Deployment';
  return annotated && !same(objectAt(oldMetadata, 'annotations'), objectAt(newMetadata, 'annotations'));
}

function refuseNewFinalizers(served: Served, before: Json, metadata: Json): void {
  if (before['deletionTimestamp'] === undefined) return;
  const known = listAt(before, 'finalizers');
  const added = listAt(metadata, 'finalizers').filter((one) => !known.includes(one));
  if (added.length === 0) return;
  const list = added.map((one) => JSON.stringify(one)).join(', ');
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  throw invalid(served.group, served.kind, textAt(metadata, 'name'), [forbiddenField('metadata.finalizers', why)]);
}

/** `stringData` is for writing only: its values end in `data`, encoded. Changes the object. */
export function foldStringData(served: Served, object: Json): void {
  const plain = object['stringData'];
  if (served.type !== 'V1Secret' || !isObject(plain)) return;
  const data = ensureObject(object, 'data');
  for (const [key, value] of Object.entries(plain)) data[key] = Buffer.from(String(value), 'utf8').toString('base64');
  delete object['stringData'];
}

/** Refuses to create in a namespace that is going away, in the server's words. */
export function refuseTerminating(served: Served, name: string, namespace: Json): void {
  if (valueAt(namespace, 'metadata', 'deletionTimestamp') === undefined) return;
  const space = textAt(namespace, 'metadata', 'name');
  throw forbidden(served, name, `unable to create new content in namespace ${space} because it is being terminated`, [
    { reason: 'NamespaceTerminating', message: `namespace ${space} is being terminated`, field: 'metadata.namespace' },
  ]);
}
