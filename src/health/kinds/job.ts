import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { conditionOf, conditionsOf, textAt } from '../fields.ts';
import { degraded, healthy, progressing, suspended } from '../verdicts.ts';

/**
 * Failed, complete or suspended, by the conditions that are there. Only of Suspended is the status looked at: a Job that
 * was resumed (Suspended=False) counts as complete, as in Argo CD.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup
 */
export function jobHealth(job: Manifest): Health {
  const failed = conditionOf(job, 'Failed');
  if (failed !== undefined) return degraded(textAt(failed, 'message'));
  const last = conditionsOf(job).findLast(({ type }) => type === 'Complete' || type === 'Suspended');
  if (last === undefined) return progressing();
  const isSuspended = conditionsOf(job).some(({ type, status }) => type === 'Suspended' && status === 'True');
  return isSuspended ? suspended(textAt(last, 'message')) : healthy(textAt(last, 'message'));
}
