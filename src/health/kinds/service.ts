import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { textAt } from '../fields.ts';
import { healthy, progressing } from '../verdicts.ts';
import { hasLoadBalancer } from './load-balancer.ts';

/** A load balancer needs an address; every other Service is healthy as it is. https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer */
export function serviceHealth(service: Manifest): Health {
  if (textAt(service, 'spec', 'type') !== 'LoadBalancer' || hasLoadBalancer(service)) return healthy();
  return progressing('Waiting for an address of the load balancer');
}
