import { type Json, listAt, numberAt, objectAt, textAt, valueAt } from '../json.ts';
import { controlledBy, type Hands, isGoing, isOwnedBy, isReady, podFrom, withoutZeros } from './hands.ts';

/**
 * Jobs: pods until enough have succeeded or more than `backoffLimit` have failed; finished ones go after `ttlSecondsAfterFinished`.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
export function runJobs(hands: Hands): void {
  for (const job of hands.list('batch/jobs')) {
    if (isGoing(job)) continue;
    if (isFinished(job)) expire(hands, job);
    else run(hands, job);
  }
}

function isFinished(job: Json): boolean {
  return listAt(job, 'status', 'conditions').some(
    (one) => ['Complete', 'Failed'].includes(textAt(one, 'type')) && textAt(one, 'status') === 'True',
  );
}

function expire(hands: Hands, job: Json): void {
  const seconds = valueAt(job, 'spec', 'ttlSecondsAfterFinished');
  if (typeof seconds !== 'number') return;
  const last = listAt(job, 'status', 'conditions').at(-1);
  const ended = Date.parse(textAt(last, 'lastTransitionTime'));
  if (hands.now() >= ended + seconds * 1000) hands.remove('batch/jobs', job);
}

function run(hands: Hands, job: Json): void {
  const spec = objectAt(job, 'spec');
  const pods = hands.list('/pods', textAt(job, 'metadata', 'namespace')).filter((pod) => isOwnedBy(pod, job));
  const inPhase = (phase: string) => pods.filter((pod) => textAt(pod, 'status', 'phase') === phase).length;
  const succeeded = inPhase('Succeeded');
  const failed = inPhase('Failed');
  const active = pods.filter(
    (pod) => !['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase')) && !isGoing(pod),
  );
  const wanted = numberAt(spec, 1, 'completions');
  const over = failed > numberAt(spec, 6, 'backoffLimit');
  const complete = succeeded >= wanted;
  let running = active.length;
  if (over || complete || valueAt(spec, 'suspend') === true) {
    for (const pod of active) hands.remove('/pods', pod);
    running = 0;
  } else {
    const room = Math.min(numberAt(spec, 1, 'parallelism'), wanted - succeeded) - running;
    for (let missing = room; missing > 0; missing -= 1) {
      const naming = { generateName: `${textAt(job, 'metadata', 'name')}-` };
      const owner = controlledBy(job, 'batch/v1', 'Job');
      hands.create('/pods', podFrom(objectAt(spec, 'template'), textAt(job, 'metadata', 'namespace'), naming, owner));
      running += 1;
    }
  }
  const time = hands.time();
  const conditions = complete ? completeConditions(time) : over ? failedConditions(time) : undefined;
  hands.setStatus('batch/jobs', job, {
    startTime: textAt(job, 'status', 'startTime') || time,
    ...(complete ? { completionTime: time } : {}),
    ...withoutZeros({ active: running, succeeded, failed }),
    ready: active.filter(isReady).length,
    terminating: 0,
    uncountedTerminatedPods: {},
    ...(conditions === undefined ? {} : { conditions }),
  });
}

function completeConditions(time: string): readonly Json[] {
  const message = 'Reached expected number of succeeded pods';
  return ['SuccessCriteriaMet', 'Complete'].map((type) => condition(type, 'CompletionsReached', message, time));
}

function failedConditions(time: string): readonly Json[] {
  const message = 'Job has reached the specified backoff limit';
  return ['FailureTarget', 'Failed'].map((type) => condition(type, 'BackoffLimitExceeded', message, time));
}

function condition(type: string, reason: string, message: string, time: string): Json {
  return { type, status: 'True', lastProbeTime: time, lastTransitionTime: time, reason, message };
}
