import { byConditions, type ConditionLine, type HealthRule } from '../by-conditions.ts';

const PAUSED_OR_READY: readonly ConditionLine[] = [
  { type: 'Ready', status: 'False', is: 'Degraded' },
  { type: 'Paused', status: 'True', is: 'Suspended' },
  { type: 'Ready', status: 'True', is: 'Healthy' },
];

/** KEDA: a scaler that fell back to fixed replicas does not scale. https://keda.sh/docs/latest/reference/scaledobject-spec/ */
export const KEDA: Readonly<Record<string, HealthRule>> = {
  'keda.sh/ScaledObject': byConditions(
    [{ type: 'Fallback', status: 'True', is: 'Degraded' }, ...PAUSED_OR_READY],
    'Waiting for the autoscaler',
  ),
  'keda.sh/ScaledJob': byConditions(
    [{ type: 'Ready', status: 'Unknown', is: 'Degraded' }, ...PAUSED_OR_READY],
    'Waiting for the operator',
  ),
};
