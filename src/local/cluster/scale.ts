import { invalid } from './api-error.ts';
import { invalidValue } from './causes.ts';
import { clone, ensureObject, type Json, numberAt, objectAt, textAt, valueAt } from './json.ts';

/**
 * The Scale of a workload.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/ (subresource scale, kind autoscaling/v1 Scale)
 */
export function scaleOf(object: Json): Json {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = objectAt(object, 'metadata');
  const labels = Object.entries(objectAt(object, 'spec', 'selector', 'matchLabels')).map(
    ([key, value]) => `${key}=${String(value)}`,
  );
  const replicas = valueAt(object, 'spec', 'replicas');
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: typeof replicas === 'number' ? { replicas } : {},
    status: { replicas: numberAt(object, 0, 'status', 'replicas'), selector: labels.sort().join(',') },
  };
}

/** The object with the replicas (and the lock) that a Scale asks for. Throws 422 for a negative number. */
export function withScale(object: Json, scale: Json): Json {
  const replicas = numberAt(scale, 0, 'spec', 'replicas');
  if (replicas < 0) {
    throw invalid('autoscaling', 'Scale', textAt(object, 'metadata', 'name'), [
      invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'),
    ]);
  }
  const next = clone(object);
  ensureObject(next, 'spec')['replicas'] = replicas;
  const version = textAt(scale, 'metadata', 'resourceVersion');
  if (version !== '') ensureObject(next, 'metadata')['resourceVersion'] = version;
  return next;
}
