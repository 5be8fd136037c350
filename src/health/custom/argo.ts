import type { Manifest } from '../../spec/manifest.ts';
import type { Health, HealthStatus } from '../../spec/operation.ts';
import { byConditions, type HealthRule, metLine } from '../by-conditions.ts';
import { byState } from '../by-state.ts';
import { BEHIND, countAt, mapAt, numberAt, textAt } from '../fields.ts';
import { degraded, healthy, progressing, suspended } from '../verdicts.ts';

const PHASES: Readonly<Record<string, HealthStatus>> = {
  Healthy: 'Healthy',
  Progressing: 'Progressing',
  Degraded: 'Degraded',
  Paused: 'Suspended',
};

const RUN_STATES: Readonly<Record<string, HealthStatus>> = {
  Successful: 'Healthy',
  Failed: 'Degraded',
  Error: 'Degraded',
  Inconclusive: 'Unknown',
};

/**
 * A Rollout says its phase itself since v1.0, of a spec that it has seen; for older ones its counts and hashes tell.
 * https://argo-rollouts.readthedocs.io/en/stable/features/specification/
 */
function rolloutHealth(rollout: Manifest): Health {
  if (!isObserved(rollout)) return progressing(BEHIND);
  const phase = textAt(rollout, 'status', 'phase');
  if (phase !== '') {
    const status = Object.hasOwn(PHASES, phase) ? PHASES[phase] : undefined;
    return { status: status ?? 'Progressing', message: textAt(rollout, 'status', 'message') };
  }
  return failed(rollout) ?? paused(rollout) ?? rolledOut(rollout);
}

/** Before v0.10 the observed generation was a hash: of that nothing follows. */
function isObserved(rollout: Manifest): boolean {
  const status = mapAt(rollout, 'status');
  if (Object.keys(status).length === 0) return false;
  const observed = Number(status['observedGeneration'] ?? Number.NaN);
  const generation = numberAt(rollout, 'metadata', 'generation') ?? 0;
  if (observed < generation) return false;
  const workload = rollout.metadata.annotations?.['rollout.argoproj.io/workload-generation'];
  if (mapAt(rollout, 'spec')['workloadRef'] === undefined || workload === undefined) return true;
  return workload === String(status['workloadObservedGeneration'] ?? '');
}

function failed(rollout: Manifest): Health | undefined {
  return metLine(
    [
      { type: 'InvalidSpec', status: 'True', is: 'Degraded' },
      {
        type: 'Progressing',
        status: 'not True',
        reason: /^(RolloutAborted|ProgressDeadlineExceeded)$/,
        is: 'Degraded',
      },
    ],
    rollout,
  );
}

function paused(rollout: Manifest): Health | undefined {
  const conditions = mapAt(rollout, 'status')['pauseConditions'];
  const waits = Array.isArray(conditions) && conditions.length > 0;
  return waits || mapAt(rollout, 'spec')['paused'] === true ? suspended('The Rollout is paused') : undefined;
}

function rolledOut(rollout: Manifest): Health {
  const hash = textAt(rollout, 'status', 'currentPodHash');
  if (hash === '') return progressing('Waiting for the Rollout');
  const wanted = numberAt(rollout, 'spec', 'replicas') ?? 1;
  const updated = countAt(rollout, 'status', 'updatedReplicas');
  const available = countAt(rollout, 'status', 'availableReplicas');
  if (updated < wanted) return progressing(`Rolling out: ${updated} of ${wanted} new pods are made`);
  if (available < updated) return progressing(`Rolling out: ${available} of ${updated} new pods are available`);
  const stable = textAt(rollout, 'status', 'stableRS') || textAt(rollout, 'status', 'canary', 'stableRS');
  const strategy = mapAt(rollout, 'spec', 'strategy');
  if (strategy['blueGreen'] !== undefined) {
    if (textAt(rollout, 'status', 'blueGreen', 'activeSelector') !== hash) {
      return progressing('The active service is still to be switched');
    }
    return stable === '' || stable === hash ? healthy() : progressing('Waiting for the analysis');
  }
  if (strategy['canary'] === undefined) return healthy();
  const old = countAt(rollout, 'status', 'replicas') - updated;
  if (old > 0) return progressing(`Rolling out: ${old} old pods are still to end`);
  return stable === hash ? healthy() : progressing('Waiting for the steps of the canary');
}

/** A CronWorkflow that was submitted, and whose spec is in order. https://argo-workflows.readthedocs.io/en/latest/cron-workflows/ */
function cronWorkflowHealth(workflow: Manifest): Health {
  const lines = ['SpecError', 'SubmissionError'].map((type) => ({ type, status: 'True', is: 'Degraded' }) as const);
  const wrong = metLine(lines, workflow);
  return wrong === undefined ? healthy() : degraded(wrong.message);
}

/** https://argoproj.github.io/argo-events/ */
const eventsHealth = byConditions(
  [
    { type: 'Deployed', status: 'False', is: 'Degraded' },
    ...['SourcesProvided', 'DependenciesProvided', 'TriggersProvided', 'Configured'].map(
      (type) => ({ type, status: 'False', is: 'Degraded' }) as const,
    ),
    { type: 'Deployed', status: 'True', is: 'Healthy' },
  ],
  'Waiting for the controller',
);

/** Argo's other projects, and sets of applications. https://argo-rollouts.readthedocs.io/en/stable/features/analysis/ */
export const ARGO: Readonly<Record<string, HealthRule>> = {
  'argoproj.io/AnalysisRun': byState('phase', RUN_STATES, 'message', 'Waiting for the analysis'),
  'argoproj.io/ApplicationSet': byConditions(
    [
      { type: 'ErrorOccurred', status: 'True', is: 'Degraded' },
      { type: 'ResourcesUpToDate', status: 'False', is: 'Degraded' },
      { type: 'RolloutProgressing', status: 'True', is: 'Progressing' },
      { type: 'ResourcesUpToDate', status: 'True', is: 'Healthy' },
    ],
    'Waiting for the set to be expanded',
  ),
  'argoproj.io/CronWorkflow': cronWorkflowHealth,
  'argoproj.io/EventBus': eventsHealth,
  'argoproj.io/EventSource': eventsHealth,
  'argoproj.io/Experiment': byState('phase', RUN_STATES, 'message', 'Waiting for the experiment'),
  'argoproj.io/Rollout': rolloutHealth,
  'argoproj.io/Sensor': eventsHealth,
};
