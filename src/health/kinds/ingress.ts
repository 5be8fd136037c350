import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { healthy, progressing } from '../verdicts.ts';
import { hasLoadBalancer } from './load-balancer.ts';

/** An address, whatever the class. https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#ingress */
export function ingressHealth(ingress: Manifest): Health {
  return hasLoadBalancer(ingress) ? healthy() : progressing('Waiting for an address of the load balancer');
}
