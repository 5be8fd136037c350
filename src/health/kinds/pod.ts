import { ANNOTATION } from '../../spec/annotations.ts';
import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { conditionOf, type Fields, mapAt, mapsAt, numberAt, textAt } from '../fields.ts';
import { degraded, healthy, progressing, unknown } from '../verdicts.ts';

/** How a container waits that can't get any further: `ErrImagePull`, `CreateContainerError`, `CrashLoopBackOff`. */
const STUCK = /^Err|Error$|BackOff$/;

/**
 * A pod that restarts for ever is healthy when it is ready; one that ends is healthy when it succeeded, and makes
 * progress while it runs. https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
 */
export function podHealth(pod: Manifest): Health {
  const containers = mapsAt(pod, 'status', 'containerStatuses');
  const longRunning = (textAt(pod, 'spec', 'restartPolicy') || 'Always') === 'Always' || ignoresRestartPolicy(pod);
  if (longRunning) {
    const stuck = containers
      .map((container) => mapAt(container, 'state', 'waiting'))
      .filter((waiting) => STUCK.test(textAt(waiting, 'reason')));
    if (stuck.length > 0) {
      return degraded(stuck.map((waiting) => textAt(waiting, 'message') || textAt(waiting, 'reason')).join(', '));
    }
  }
  const message = textAt(pod, 'status', 'message');
  switch (textAt(pod, 'status', 'phase')) {
    case 'Pending':
      return progressing(message);
    case 'Succeeded':
      return healthy(message);
    case 'Failed':
      return degraded(message || failureOf([...mapsAt(pod, 'status', 'initContainerStatuses'), ...containers]));
    case 'Running':
      return longRunning ? runningHealth(pod, containers, message) : progressing(message);
    default:
      return unknown(message);
  }
}

/** The annotation does not count on hooks: their pods are meant to end. */
function ignoresRestartPolicy(pod: Manifest): boolean {
  const annotations = pod.metadata.annotations ?? {};
  const hook = annotations[ANNOTATION.hook] ?? annotations[ANNOTATION.helmHook];
  return annotations[ANNOTATION.ignoreRestartPolicy] === 'true' && hook === undefined;
}

function runningHealth(pod: Manifest, containers: readonly Fields[], message: string): Health {
  if (conditionOf(pod, 'Ready')?.['status'] === 'True') return healthy(message);
  const crashed = containers.some((container) => Object.keys(mapAt(container, 'lastState', 'terminated')).length > 0);
  return crashed ? degraded(message) : progressing(message);
}

/** Why the first container that says so failed. */
function failureOf(containers: readonly Fields[]): string {
  for (const container of containers) {
    const terminated = mapAt(container, 'state', 'terminated');
    if (textAt(terminated, 'message') !== '') return textAt(terminated, 'message');
    if (terminated['reason'] === 'OOMKilled') return 'OOMKilled';
    const code = numberAt(terminated, 'exitCode') ?? 0;
    if (code !== 0) return `container ${textAt(container, 'name')} failed with exit code ${code}`;
  }
  return '';
}
