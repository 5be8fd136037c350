import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { byConditions, type HealthRule, metLine, said } from '../by-conditions.ts';
import { BEHIND, conditionOf, conditionsOf, countAt, isBehind, mapsAt, textAt } from '../fields.ts';
import { degraded, healthy, progressing } from '../verdicts.ts';

/** Rolled out and available, or scaled to nothing. https://docs.openshift.com/container-platform/latest/applications/deployments/what-deployments-are.html */
function deploymentConfigHealth(config: Manifest): Health {
  if (isBehind(config)) return progressing(BEHIND);
  if (conditionsOf(config).length === 0) return progressing('Waiting for the pods');
  if (countAt(config, 'status', 'replicas') === 0) return healthy();
  const rollout = conditionOf(config, 'Progressing');
  const available = conditionOf(config, 'Available');
  const isDone = rollout?.['status'] === 'True' && rollout['reason'] === 'NewReplicationControllerAvailable';
  const isUp = available?.['status'] === 'True';
  if (isDone && isUp) return healthy();
  const message = said((isUp ? rollout : available) ?? {});
  return isDone || isUp || rollout?.['status'] === 'Unknown' ? progressing(message) : degraded(message);
}

/** Every router must admit it. https://docs.openshift.com/container-platform/latest/networking/routes/route-configuration.html */
function routeHealth(route: Manifest): Health {
  const routers = mapsAt(route, 'status', 'ingress').map((router) =>
    mapsAt(router, 'conditions').find(({ type }) => type === 'Admitted'),
  );
  const refused = routers.find((admitted) => admitted?.['status'] === 'False');
  if (refused !== undefined) return degraded(said(refused));
  const isAdmitted = routers.length > 0 && routers.every((admitted) => admitted?.['status'] === 'True');
  return isAdmitted ? healthy() : progressing('Waiting to be admitted');
}

const operatorHealth = byConditions(
  [
    { type: 'Degraded', status: 'True', is: 'Degraded' },
    { type: 'DeploymentReplicasAllAvailable', status: 'False', is: 'Progressing' },
    { type: 'Progressing', status: 'True', is: 'Progressing' },
    { type: 'Available', status: 'True', is: 'Healthy' },
    { type: 'Available', status: 'not True', is: 'Progressing' },
  ],
  'Waiting for the operator',
);

/**
 * An operator's subscription. An upgrade that waits for an approval that its spec asks for leaves what is installed
 * healthy. https://olm.operatorframework.io/docs/concepts/crds/subscription/
 */
function subscriptionHealth(subscription: Manifest): Health {
  const wrong = metLine(
    [
      ...['CatalogSourcesUnhealthy', 'InstallPlanFailed', 'ResolutionFailed'].map(
        (type) => ({ type, status: 'True', is: 'Degraded' }) as const,
      ),
      { type: 'InstallPlanMissing', status: 'True', reason: /^(?!ReferencedInstallPlanNotFound$)/, is: 'Degraded' },
    ],
    subscription,
  );
  if (wrong !== undefined) return wrong;
  const state = textAt(subscription, 'status', 'state');
  if (state === 'UpgradeFailed') return degraded('The upgrade failed');
  if (state === 'AtLatestKnown') return healthy();
  const pending = conditionOf(subscription, 'InstallPlanPending');
  const waitsForApproval =
    textAt(subscription, 'spec', 'installPlanApproval') === 'Manual' &&
    textAt(subscription, 'status', 'installedCSV') !== '' &&
    pending?.['status'] === 'True' &&
    pending['reason'] === 'RequiresApproval';
  if (waitsForApproval && state === 'UpgradePending') return healthy('An upgrade waits for its approval');
  return progressing(state || 'Waiting for an install plan');
}

/** OpenShift, and the Operator Lifecycle Manager. */
export const OPENSHIFT: Readonly<Record<string, HealthRule>> = {
  'apps.openshift.io/DeploymentConfig': deploymentConfigHealth,
  'nmstate.io/NodeNetworkConfigurationPolicy': byConditions(
    [
      { type: 'Degraded', status: 'True', is: 'Degraded' },
      { type: 'Progressing', status: 'True', is: 'Progressing' },
      { type: 'Ignored', status: 'True', is: 'Suspended' },
      { type: 'Available', status: 'True', is: 'Healthy' },
    ],
    'Waiting for the nodes',
  ),
  'ocs.openshift.io/StorageCluster': operatorHealth,
  'operator.openshift.io/IngressController': operatorHealth,
  'operators.coreos.com/Subscription': subscriptionHealth,
  'route.openshift.io/Route': routeHealth,
};
