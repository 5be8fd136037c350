import type { Manifest } from '../../spec/manifest.ts';
import { mapsAt } from '../fields.ts';

/** Whether `status.loadBalancer.ingress` names an address: Services and Ingresses share the field. */
export function hasLoadBalancer(object: Manifest): boolean {
  return mapsAt(object, 'status', 'loadBalancer', 'ingress').length > 0;
}
