import { ensureObject, isObject, type Json, listAt, textAt } from './json.ts';

/** Sets each field that is missing. */
export function fill(target: Json, defaults: Json): void {
  for (const [key, value] of Object.entries(defaults)) if (target[key] === undefined) target[key] = value;
}

/** The objects of a list field; what is none is passed over. */
export function objectsAt(value: unknown, ...path: readonly string[]): readonly Json[] {
  return listAt(value, ...path).filter(isObject);
}

/**
 * Defaults of a pod's spec, also within the templates of workloads.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec
 */
export function defaultPodSpec(spec: Json): void {
  fill(spec, {
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  const account = textAt(spec, 'serviceAccountName') || textAt(spec, 'serviceAccount');
  if (account !== '') fill(spec, { serviceAccountName: account, serviceAccount: account });
  for (const volume of objectsAt(spec, 'volumes')) defaultVolume(volume);
  for (const container of [...objectsAt(spec, 'initContainers'), ...objectsAt(spec, 'containers')]) {
    defaultContainer(container, spec['hostNetwork'] === true);
  }
}

/** Defaults of a Pod object itself, with what the admission plug-ins that are always on add. */
export function defaultPod(pod: Json): void {
  const spec = ensureObject(pod, 'spec');
  for (const container of [...objectsAt(spec, 'initContainers'), ...objectsAt(spec, 'containers')]) {
    const resources = ensureObject(container, 'resources');
    if (isObject(resources['limits'])) fill(ensureObject(resources, 'requests'), resources['limits']);
  }
  const account = textAt(spec, 'serviceAccountName') || 'default';
  fill(spec, {
    enableServiceLinks: true,
    serviceAccountName: account,
    serviceAccount: account,
    priority: 0,
    preemptionPolicy: 'PreemptLowerPriority',
  });
  const tolerated = objectsAt(spec, 'tolerations');
  const missing = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].filter((key) =>
    tolerated.every((one) => one['key'] !== key && textAt(one, 'key') !== ''),
  );
  const added = missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }));
  if (added.length > 0) spec['tolerations'] = [...tolerated, ...added];
}

function defaultContainer(container: Json, hostNetwork: boolean): void {
  fill(container, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: isLatest(textAt(container, 'image')) ? 'Always' : 'IfNotPresent',
    resources: {},
  });
  for (const port of objectsAt(container, 'ports')) {
    fill(port, { protocol: 'TCP', ...(hostNetwork ? { hostPort: port['containerPort'] } : {}) });
  }
  for (const variable of objectsAt(container, 'env')) {
    const from = variable['valueFrom'];
    if (isObject(from) && isObject(from['fieldRef'])) fill(from['fieldRef'], { apiVersion: 'v1' });
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name];
    if (!isObject(probe)) continue;
    fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
    defaultHandler(probe);
  }
  for (const hook of ['postStart', 'preStop']) {
    const lifecycle = container['lifecycle'];
    if (isObject(lifecycle) && isObject(lifecycle[hook])) defaultHandler(lifecycle[hook]);
  }
}

function defaultHandler(handler: Json): void {
  if (isObject(handler['httpGet'])) fill(handler['httpGet'], { path: '/', scheme: 'HTTP' });
  if (isObject(handler['grpc'])) fill(handler['grpc'], { service: '' });
}

/** An image without a tag is `latest`; one with a digest is not. */
function isLatest(image: string): boolean {
  if (image.includes('@')) return false;
  const name = image.slice(image.lastIndexOf('/') + 1);
  return !name.includes(':') || name.endsWith(':latest');
}

function defaultVolume(volume: Json): void {
  for (const source of ['secret', 'configMap', 'projected', 'downwardAPI']) {
    if (isObject(volume[source])) fill(volume[source], { defaultMode: 420 });
  }
  const downward = [volume, ...objectsAt(volume, 'projected', 'sources')];
  for (const item of downward.flatMap((one) => objectsAt(one, 'downwardAPI', 'items'))) {
    if (isObject(item['fieldRef'])) fill(item['fieldRef'], { apiVersion: 'v1' });
  }
  if (isObject(volume['hostPath'])) fill(volume['hostPath'], { type: '' });
  for (const source of objectsAt(volume, 'projected', 'sources')) {
    if (isObject(source['serviceAccountToken'])) fill(source['serviceAccountToken'], { expirationSeconds: 3600 });
  }
  if (Object.keys(volume).length === 1) volume['emptyDir'] = {};
}
