import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { conditionsOf, type Fields, mapsAt, textAt } from '../fields.ts';
import { degraded, healthy, progressing, unknown } from '../verdicts.ts';

/** Reasons for which an autoscaler does not scale, by the type of the condition. */
const FAILURES: Readonly<Record<string, RegExp>> = {
  AbleToScale: /^Failed(Get|Update)Scale$/,
  ScalingActive: /^(FailedGet(Resource|Object|Pods|External)Metric|FailedComputeMetricsReplicas|InvalidSelector)$/,
};

/** https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/#appendix-horizontal-pod-autoscaler-status-conditions */
export function horizontalPodAutoscalerHealth(autoscaler: Manifest): Health {
  const conditions = allConditions(autoscaler);
  if (conditions === undefined) return unknown(`Its annotation ${CONDITIONS} is not JSON`);
  const failed = conditions.find(
    (condition) => FAILURES[textAt(condition, 'type')]?.test(textAt(condition, 'reason')) ?? false,
  );
  if (failed !== undefined) return degraded(textAt(failed, 'message'));
  const works = conditions.find(
    ({ type, status }) => (type === 'AbleToScale' || type === 'ScalingLimited') && status === 'True',
  );
  return works === undefined ? progressing('Waiting to autoscale') : healthy(textAt(works, 'message'));
}

const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';

/** v1 has no conditions; the API server writes those of v2 into an annotation. Undefined where it can't be read. */
function allConditions(autoscaler: Manifest): readonly Fields[] | undefined {
  if (autoscaler.apiVersion !== 'autoscaling/v1') return conditionsOf(autoscaler);
  const json = autoscaler.metadata.annotations?.[CONDITIONS];
  if (json === undefined) return [];
  try {
    return mapsAt({ conditions: JSON.parse(json) }, 'conditions');
  } catch {
    return undefined;
  }
}
