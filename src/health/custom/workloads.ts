import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { byConditions, type HealthRule, READY, said } from '../by-conditions.ts';
import { byState } from '../by-state.ts';
import { BEHIND, conditionOf, conditionsOf, countAt, isBehind, mapAt, mapsAt, numberAt, textAt } from '../fields.ts';
import { degraded, healthy, progressing, suspended } from '../verdicts.ts';

/** https://docs.flagger.app/usage/how-it-works */
const canaryHealth = byState(
  'phase',
  { Initialized: 'Healthy', Succeeded: 'Healthy', Failed: 'Degraded', Terminated: 'Unknown' },
  'message',
  'Waiting for Flagger',
);

/** https://grafana.github.io/grafana-operator/docs/ */
function grafanaHealth(grafana: Manifest): Health {
  const stage = textAt(grafana, 'status', 'stage');
  const result = textAt(grafana, 'status', 'stageStatus');
  if (result === 'failed') return degraded(`Failed at the stage ${stage}: ${textAt(grafana, 'status', 'lastMessage')}`);
  return stage === 'complete' && result === 'success' ? healthy() : progressing(stage || 'Waiting for the operator');
}

/** Dashboards, folders and data sources: whether a Grafana is there that has taken it. */
function grafanaPartHealth(part: Manifest): Health {
  const status = mapAt(part, 'status');
  if (status['NoMatchingInstances'] === true) return degraded('No Grafana matches its selector');
  const conditions = conditionsOf(part);
  const refused = conditions.find(({ type, status: is }) =>
    /Synchronized$/.test(String(type)) ? is === 'False' : /^(NoMatching|Invalid)/.test(String(type)) && is === 'True',
  );
  if (refused !== undefined) return degraded(said(refused));
  const isTaken = textAt(status, 'uid') !== '' || conditions.some(({ status: is }) => is === 'True');
  return isTaken ? healthy() : progressing('Waiting for the operator');
}

/** https://www.keycloak.org/operator/basic-deployment */
const keycloakHealth = byConditions(
  [
    { type: 'HasErrors', status: 'True', is: 'Degraded' },
    { type: 'Ready', status: 'True', is: 'Healthy' },
    { type: 'Ready', status: 'not True', is: 'Progressing' },
  ],
  'Waiting for the operator',
);

/** `2/3` pods; a sidecar has none of its own. https://opentelemetry.io/docs/platforms/kubernetes/operator/ */
function collectorHealth(collector: Manifest): Health {
  const mode = textAt(collector, 'spec', 'mode');
  if (mode === 'sidecar') return healthy('It runs beside other pods');
  const found = /^(\d+)\/(\d+)$/.exec(textAt(collector, 'status', 'scale', 'statusReplicas'));
  if (found === null) return progressing('Waiting for the operator');
  const [, ready, all] = found.map(Number);
  const message = `${ready} of ${all} pods are ready`;
  if (ready === all && (ready !== 0 || mode === 'daemonset')) return healthy(message);
  return ready === 0 ? degraded(message) : progressing(message);
}

/** Spark's operator keeps its word a level deeper. https://www.kubeflow.org/docs/components/spark-operator/ */
const sparkStates = byState(
  'state',
  { COMPLETED: 'Healthy', RUNNING: 'Healthy', FAILED: 'Degraded', FAILING: 'Degraded', SUBMISSION_FAILED: 'Degraded' },
  'errorMessage',
  'Waiting for the operator',
);

function sparkHealth(application: Manifest): Health {
  const executors = Object.values(mapAt(application, 'status', 'executorState'));
  const running = executors.filter((state) => state === 'RUNNING').length;
  const state = textAt(application, 'status', 'applicationState', 'state');
  const wanted = numberAt(application, 'spec', 'executor', 'instances');
  const isDynamic =
    mapAt(application, 'spec', 'dynamicAllocation')['enabled'] === true ||
    Object.keys(mapAt(application, 'spec', 'sparkConf')).some((key) => key.endsWith('dynamicAllocation.enabled'));
  if (state === 'RUNNING' && (running === 0 || (wanted !== undefined && !isDynamic && running < wanted))) {
    return progressing(`${running} of ${wanted ?? 'its'} executors run`);
  }
  return sparkStates({ ...application, status: mapAt(application, 'status', 'applicationState') });
}

/** https://nightlies.apache.org/flink/flink-kubernetes-operator-docs-main/ */
function flinkHealth(deployment: Manifest): Health {
  const manager = textAt(deployment, 'status', 'jobManagerDeploymentStatus');
  const error = textAt(deployment, 'status', 'error') || textAt(deployment, 'status', 'reconciliationStatus', 'error');
  if (manager === 'ERROR') return degraded(error || manager);
  if (textAt(deployment, 'status', 'jobStatus', 'state') === 'FAILED') return degraded(error || 'The job failed');
  if (manager === 'DEPLOYING' || manager === 'DEPLOYED_NOT_READY') return progressing(manager);
  const { success } = mapAt(deployment, 'status', 'reconciliationStatus');
  const state = textAt(deployment, 'status', 'reconciliationStatus', 'state');
  return success === true || state === 'DEPLOYED' ? healthy() : progressing(state || 'Waiting for the operator');
}

/** OpenKruise's own workloads count as those of Kubernetes do, and may pause between pods. https://openkruise.io/docs/user-manuals/cloneset */
function cloneSetHealth(set: Manifest): Health {
  const strategy = mapAt(set, 'spec', 'updateStrategy');
  if (countAt(set, 'status', 'observedGeneration') === 0 || isBehind(set)) return progressing(BEHIND);
  if (strategy['paused'] === true || mapAt(strategy, 'rollingUpdate')['paused'] === true)
    return suspended('It is paused');
  const wanted = numberAt(set, 'spec', 'replicas') ?? countAt(set, 'status', 'replicas');
  const partition = strategy['partition'] ?? mapAt(strategy, 'rollingUpdate')['partition'] ?? 0;
  const available = countAt(set, 'status', 'updatedAvailableReplicas');
  if (partition !== 0 && countAt(set, 'status', 'updatedReplicas') < wanted)
    return suspended('It waits at its partition');
  if (available >= wanted) return healthy();
  return progressing(`Rolling out: ${available} of ${wanted} new pods are available`);
}

/** `success`, and only then. https://ansible.readthedocs.io/projects/awx-resource-operator/ */
function ansibleJobHealth(job: Manifest): Health {
  const result = textAt(job, 'status', 'ansibleJobResult', 'status');
  if (result === 'successful') return healthy();
  return /^(failed|error|canceled)$/.test(result) ? degraded(result) : progressing(result || 'Waiting for the job');
}

/** Each cluster that a binding is for says whether what it got is applied. https://karmada.io/docs/ */
function bindingHealth(binding: Manifest): Health {
  const clusters = mapsAt(binding, 'spec', 'clusters').length;
  const results = mapsAt(binding, 'status', 'aggregatedStatus');
  const wrong = results.find((one) => one['applied'] !== true || one['health'] === 'Unhealthy');
  if (results.length === 0 || results.length < clusters) return progressing('Waiting for the clusters');
  if (wrong === undefined) return healthy();
  return degraded(`${textAt(wrong, 'clusterName')}: ${textAt(wrong, 'appliedMessage') || 'unhealthy'}`);
}

/** Gloo and its gateway: a warning is refused traffic. https://docs.solo.io/gloo-edge/latest/reference/ */
export function glooHealth(resource: Manifest): Health {
  const own = mapAt(resource, 'status');
  const verdicts = [...Object.values(mapAt(own, 'statuses')), own];
  const states = verdicts.map((one) => ({ state: wordOf(mapAt(one)['state']), reason: textAt(one, 'reason') }));
  const refused = states.find(({ state }) => state === 'Rejected' || state === 'Warning');
  if (refused !== undefined) return degraded(refused.reason);
  if (states.some(({ state }) => state === 'Pending')) return suspended('Not validated yet');
  return states.some(({ state }) => state === 'Accepted') ? healthy() : progressing('Waiting for Gloo');
}

/** Old versions wrote the number of the word. */
function wordOf(state: unknown): unknown {
  return typeof state === 'number' ? ['Pending', 'Accepted', 'Rejected', 'Warning'][state] : state;
}

const validHealth = byConditions(
  [
    { type: 'Valid', status: 'True', is: 'Healthy' },
    { type: 'Valid', status: 'False', is: 'Degraded' },
  ],
  'Waiting for Contour',
);

/** A proxy that includes others is not judged by them. https://projectcontour.io/docs/main/config/fundamentals/ */
function contourHealth(resource: Manifest): Health {
  const valid = conditionOf(resource, 'Valid');
  if (valid !== undefined && isBehind(resource, valid)) return progressing(BEHIND);
  return valid?.['status'] === 'False' && mapsAt(resource, 'spec', 'includes').length > 0
    ? healthy(said(valid))
    : validHealth(resource);
}

/** What keeps Ready, and means it for good when it is False. */
export const readyHealth: (resource: Manifest) => Health = byConditions(READY, 'Waiting for its controller');

/** Any part that is False. https://numaflow.numaproj.io/ */
function numaflowHealth(resource: Manifest): Health {
  if (isBehind(resource)) return progressing(BEHIND);
  const phase = textAt(resource, 'status', 'phase');
  const wrong = conditionsOf(resource).find(({ status }) => status === 'False');
  if (phase === 'Failed') return degraded(textAt(resource, 'status', 'message'));
  if (wrong !== undefined) return degraded(said(wrong));
  return /^(Running|Paused|Pausing)$/.test(phase) ? healthy(phase) : progressing(phase || 'Waiting for its controller');
}

/** https://open-cluster-management.io/docs/getting-started/integration/policy-controllers/policy/ */
function policyHealth(policy: Manifest): Health {
  const seen =
    numberAt(policy, 'status', 'lastEvaluatedGeneration') ?? numberAt(policy, 'status', 'observedGeneration');
  if (seen !== undefined && seen < countAt(policy, 'metadata', 'generation')) return progressing(BEHIND);
  const compliant = textAt(policy, 'status', 'compliant');
  if (compliant === 'Compliant' || mapAt(policy, 'spec')['disabled'] === true) return healthy();
  const where = mapsAt(policy, 'status', 'status').filter((one) => textAt(one, 'compliant') === 'NonCompliant');
  const names = where.map((one) => textAt(one, 'clustername')).filter((name) => name !== '');
  if (compliant === 'NonCompliant') return degraded(['NonCompliant', ...names].join(' '));
  return progressing(compliant || 'Waiting for the clusters');
}

/** Operators that keep a kind or two each. */
export const WORKLOADS: Readonly<Record<string, HealthRule>> = {
  'apps.kruise.io/CloneSet': cloneSetHealth,
  'apps.kruise.io/StatefulSet': cloneSetHealth,
  'camel.apache.org/Integration': readyHealth,
  'flagger.app/Canary': canaryHealth,
  'flink.apache.org/FlinkDeployment': flinkHealth,
  'grafana.integreatly.org/Grafana': grafanaHealth,
  'grafana.integreatly.org/GrafanaDashboard': grafanaPartHealth,
  'grafana.integreatly.org/GrafanaDatasource': grafanaPartHealth,
  'grafana.integreatly.org/GrafanaFolder': grafanaPartHealth,
  'k8s.keycloak.org/Keycloak': keycloakHealth,
  'numaflow.numaproj.io/InterStepBufferService': numaflowHealth,
  'numaflow.numaproj.io/MonoVertex': numaflowHealth,
  'numaflow.numaproj.io/Pipeline': numaflowHealth,
  'numaflow.numaproj.io/Vertex': numaflowHealth,
  'onepassword.com/OnePasswordItem': readyHealth,
  'opentelemetry.io/OpenTelemetryCollector': collectorHealth,
  ...Object.fromEntries(
    ['CertificatePolicy', 'ConfigurationPolicy', 'OperatorPolicy', 'Policy'].map((kind) => [
      `policy.open-cluster-management.io/${kind}`,
      policyHealth,
    ]),
  ),
  'projectcontour.io/ExtensionService': contourHealth,
  'projectcontour.io/HTTPProxy': contourHealth,
  'sparkoperator.k8s.io/SparkApplication': sparkHealth,
  'tower.ansible.com/AnsibleJob': ansibleJobHealth,
  'work.karmada.io/ClusterResourceBinding': bindingHealth,
  'work.karmada.io/ResourceBinding': bindingHealth,
};
