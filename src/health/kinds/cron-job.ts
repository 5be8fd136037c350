import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { mapAt, mapsAt, textAt } from '../fields.ts';
import { degraded, healthy, progressing } from '../verdicts.ts';

/**
 * Degraded only when the last run is over and did not succeed. Suspended counts as healthy: a CronJob that somebody
 * suspended on purpose would else suspend its application (argo-cd#24428). Times are RFC 3339 in UTC, so they compare as
 * text. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 */
export function cronJobHealth(cronJob: Manifest): Health {
  if (mapAt(cronJob, 'spec')['suspend'] === true) return healthy('The CronJob is suspended');
  if (cronJob['status'] === undefined) return progressing('Waiting for the CronJob');
  const scheduled = textAt(cronJob, 'status', 'lastScheduleTime');
  const succeeded = textAt(cronJob, 'status', 'lastSuccessfulTime');
  if (scheduled === '') return healthy('The CronJob has not been scheduled yet');
  if (succeeded === '') return healthy('The CronJob has not succeeded yet');
  if (mapsAt(cronJob, 'status', 'active').length > 0) return healthy('The job is running');
  return succeeded < scheduled ? degraded('The last run did not succeed') : healthy('The last run succeeded');
}
