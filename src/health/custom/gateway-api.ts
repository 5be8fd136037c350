import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { type HealthRule, said } from '../by-conditions.ts';
import { BEHIND, conditionsOf, type Fields, mapsAt } from '../fields.ts';
import { degraded, healthy, progressing } from '../verdicts.ts';

/**
 * What the conditions of one listener, parent or gateway say: refused for good, or not programmed yet; undefined when
 * nothing is wrong with it. https://gateway-api.sigs.k8s.io/guides/implementers/#standard-status-fields-and-conditions
 */
function trouble(conditions: readonly Fields[]): Health | undefined {
  const refused = conditions.find(
    ({ type, status }) => status === 'False' && (type === 'Accepted' || type === 'ResolvedRefs'),
  );
  if (refused !== undefined) return degraded(said(refused));
  const waiting = conditions.find(({ type, status }) => type === 'Programmed' && status !== 'True');
  return waiting === undefined ? undefined : progressing(said(waiting));
}

function isCurrent(conditions: readonly Fields[], object: Manifest): boolean {
  const generation = object.metadata.generation ?? 0;
  return conditions.every(({ observedGeneration: seen }) => typeof seen !== 'number' || seen >= generation);
}

function gatewayHealth(gateway: Manifest): Health {
  const own = conditionsOf(gateway);
  if (own.length === 0) return progressing('Waiting for the controller of the gateway');
  const parts = [own, ...mapsAt(gateway, 'status', 'listeners').map((listener) => mapsAt(listener, 'conditions'))];
  return parts.map(trouble).find((found) => found !== undefined) ?? healthy();
}

function classHealth(gatewayClass: Manifest): Health {
  const accepted = conditionsOf(gatewayClass).find(({ type }) => type === 'Accepted');
  if (accepted === undefined || !isCurrent([accepted], gatewayClass)) {
    return progressing('Waiting for the controller of the class');
  }
  if (accepted['status'] === 'True') return healthy(said(accepted));
  return accepted['status'] === 'False' ? degraded(said(accepted)) : progressing(said(accepted));
}

/**
 * Each parent of a route says whether it takes it; one that speaks of an older generation says nothing yet. All ancestors
 * of a policy must have seen it: what one of them does not know of yet is not protected there.
 * https://gateway-api.sigs.k8s.io/geps/gep-713/
 */
export function attachedHealth(attached: Manifest): Health {
  const routes = withConditions(attached, 'parents').filter((conditions) => isCurrent(conditions, attached));
  const policies = withConditions(attached, 'ancestors');
  if (policies.some((conditions) => !isCurrent(conditions, attached))) return progressing(BEHIND);
  const parents = [...routes, ...policies];
  if (parents.length === 0) return progressing('Waiting for the controller of the gateway');
  return parents.map(trouble).find((found) => found !== undefined) ?? healthy();
}

function withConditions(attached: Manifest, field: 'parents' | 'ancestors'): readonly (readonly Fields[])[] {
  const all = mapsAt(attached, 'status', field).map((parent) => mapsAt(parent, 'conditions'));
  return all.filter((conditions) => conditions.length > 0);
}

/** The Gateway API. */
export const GATEWAY_API: Readonly<Record<string, HealthRule>> = {
  'gateway.networking.k8s.io/BackendTLSPolicy': attachedHealth,
  'gateway.networking.k8s.io/Gateway': gatewayHealth,
  'gateway.networking.k8s.io/GatewayClass': classHealth,
  'gateway.networking.k8s.io/GRPCRoute': attachedHealth,
  'gateway.networking.k8s.io/HTTPRoute': attachedHealth,
  'gateway.networking.k8s.io/TCPRoute': attachedHealth,
  'gateway.networking.k8s.io/TLSRoute': attachedHealth,
};
