import { matchesGlob } from '../../spec/glob.ts';
import type { HealthRule } from '../by-conditions.ts';
import { ARGO } from './argo.ts';
import { CERT_MANAGER } from './cert-manager.ts';
import { CLOUDNATIVE_PG } from './cloudnative-pg.ts';
import { CLUSTER_API } from './cluster-api.ts';
import { crossplaneHealth } from './crossplane.ts';
import { fluxHealth } from './flux.ts';
import { GATEWAY_API } from './gateway-api.ts';
import { istioHealth } from './istio.ts';
import { KEDA } from './keda.ts';
import { knativeHealth } from './knative.ts';
import { KUBERNETES } from './kubernetes.ts';
import { PROMETHEUS } from './prometheus.ts';
import { SECRETS } from './secrets.ts';
import { strimziHealth } from './strimzi.ts';

/** `group/Kind` → its rule: a file a project. */
const KINDS: Readonly<Record<string, HealthRule>> = {
  ...ARGO,
  ...CERT_MANAGER,
  ...CLOUDNATIVE_PG,
  ...CLUSTER_API,
  ...GATEWAY_API,
  ...KEDA,
  ...KUBERNETES,
  ...PROMETHEUS,
  ...SECRETS,
};

/** Projects whose kinds are all alike, by their groups. */
const GROUPS: readonly (readonly [group: string, rule: HealthRule])[] = [
  ['*.crossplane.io', crossplaneHealth],
  ['*.upbound.io', crossplaneHealth],
  ['*.toolkit.fluxcd.io', fluxHealth],
  ['*.istio.io', istioHealth],
  ['*.knative.dev', knativeHealth],
  ['kafka.strimzi.io', strimziHealth],
];

/** The rule of a kind that a well-known project brings into clusters; undefined for others. */
export function customRule(group: string, kind: string): HealthRule | undefined {
  const name = `${group}/${kind}`;
  if (Object.hasOwn(KINDS, name)) return KINDS[name];
  return GROUPS.find(([pattern]) => matchesGlob(pattern, group))?.[1];
}
