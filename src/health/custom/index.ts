import { matchesGlob } from '../../spec/glob.ts';
import type { HealthRule } from '../by-conditions.ts';
import { ARGO } from './argo.ts';
import { CERT_MANAGER } from './cert-manager.ts';
import { CLOUDNATIVE_PG } from './cloudnative-pg.ts';
import { awsControllerHealth, azureOperatorHealth, CLOUDS, configConnectorHealth } from './clouds.ts';
import { CLUSTER_API } from './cluster-api.ts';
import { crossplaneHealth } from './crossplane.ts';
import { DATABASES, elasticWord } from './databases.ts';
import { fluxHealth } from './flux.ts';
import { GATEWAY_API } from './gateway-api.ts';
import { istioHealth } from './istio.ts';
import { KEDA } from './keda.ts';
import { knativeHealth } from './knative.ts';
import { KUBERNETES } from './kubernetes.ts';
import { KUBEVIRT } from './kubevirt.ts';
import { OPENSHIFT } from './openshift.ts';
import { PROMETHEUS } from './prometheus.ts';
import { SECRETS } from './secrets.ts';
import { strimziHealth } from './strimzi.ts';
import { glooHealth, readyHealth, WORKLOADS } from './workloads.ts';

/** `group/Kind` → its rule: a file a project. */
const KINDS: Readonly<Record<string, HealthRule>> = {
  ...ARGO,
  ...CERT_MANAGER,
  ...CLOUDNATIVE_PG,
  ...CLOUDS,
  ...CLUSTER_API,
  ...DATABASES,
  ...GATEWAY_API,
  ...KEDA,
  ...KUBERNETES,
  ...KUBEVIRT,
  ...OPENSHIFT,
  ...PROMETHEUS,
  ...SECRETS,
  ...WORKLOADS,
};

/** Projects whose kinds are all alike, by their groups. */
const GROUPS: readonly (readonly [group: string, rule: HealthRule])[] = [
  ['*.azure.com', azureOperatorHealth],
  ['*.cnrm.cloud.google.com', configConnectorHealth],
  ['*.crossplane.io', crossplaneHealth],
  ['*.upbound.io', crossplaneHealth],
  ['*.toolkit.fluxcd.io', fluxHealth],
  ['*.istio.io', istioHealth],
  ['*.k8s.elastic.co', elasticWord],
  ['*.services.k8s.aws', awsControllerHealth],
  ['*.solo.io', glooHealth],
  ['*.knative.dev', knativeHealth],
  ['certmanager.k8s.io', readyHealth],
  ['kafka.strimzi.io', strimziHealth],
  ['promoter.argoproj.io', readyHealth],
];

/** The rule of a kind that a well-known project brings into clusters; undefined for others. */
export function customRule(group: string, kind: string): HealthRule | undefined {
  const name = `${group}/${kind}`;
  if (Object.hasOwn(KINDS, name)) return KINDS[name];
  return GROUPS.find(([pattern]) => matchesGlob(pattern, group))?.[1];
}
