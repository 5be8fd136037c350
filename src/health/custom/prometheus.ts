import { byConditions, type HealthRule } from '../by-conditions.ts';

const availableHealth = byConditions(
  [
    { type: 'Available', status: 'True', is: 'Healthy' },
    { type: 'Available', status: 'not True', reason: /^SomePodsNotReady$/, is: 'Progressing' },
    { type: 'Available', status: 'not True', is: 'Degraded' },
  ],
  'Waiting for the operator',
);

/** The workloads of the Prometheus operator; monitors and rules have no status. https://prometheus-operator.dev/docs/api-reference/api/ */
export const PROMETHEUS: Readonly<Record<string, HealthRule>> = {
  'monitoring.coreos.com/Alertmanager': availableHealth,
  'monitoring.coreos.com/Prometheus': availableHealth,
  'monitoring.coreos.com/PrometheusAgent': availableHealth,
  'monitoring.coreos.com/ThanosRuler': availableHealth,
};
