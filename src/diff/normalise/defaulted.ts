import { isFree, isKubernetesType, lastFields, type Place } from '../place.ts';

/** What the API server makes of a field that is said to be empty. */
const DEFAULTS: Readonly<Record<string, readonly unknown[]>> = {
  apiGroup: ['rbac.authorization.k8s.io'],
  dnsPolicy: ['ClusterFirst'],
  failureThreshold: [3],
  // The second for images without a tag
  imagePullPolicy: ['IfNotPresent', 'Always'],
  periodSeconds: [10],
  protocol: ['TCP'],
  restartPolicy: ['Always'],
  schedulerName: ['default-scheduler'],
  scheme: ['HTTP'],
  sessionAffinity: ['None'],
  successThreshold: [1],
  terminationMessagePath: ['/dev/termination-log'],
  terminationMessagePolicy: ['File'],
  timeoutSeconds: [1],
};

/** Fields of a Service that the API server fills with what is free. */
const ALLOCATED: ReadonlySet<string> = new Set(['clusterIP', 'nodePort', 'healthCheckNodePort']);

/**
 * Whether a live value is what the API server makes of an empty one (`imagePullPolicy: ""`, `nodePort: 0`) that charts
 * write. Only of what it makes: a Service that somebody made a NodePort is none of `type: ""`.
 * https://kubernetes.io/docs/reference/kubernetes-api/
 */
export function isDefaulted(place: Place, desired: unknown, live: unknown): boolean {
  if ((desired !== '' && desired !== 0) || !isKubernetesType(place) || isFree(place)) return false;
  const [last] = lastFields(place);
  if (place.kind === 'Service' && ALLOCATED.has(last)) return live !== 'None';
  if (last === 'type' && place.fields.length <= 2) {
    return (place.kind === 'Secret' && live === 'Opaque') || (place.kind === 'Service' && live === 'ClusterIP');
  }
  return Object.hasOwn(DEFAULTS, last) && (DEFAULTS[last] ?? []).includes(live);
}
