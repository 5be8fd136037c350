import { type Json, listAt, objectAt, textAt } from '../json.ts';
import { objectsAt } from '../pod-defaults.ts';
import { type Hands, isGoing } from './hands.ts';

/** The only node there is. */
export const NODE = 'local';

/**
 * Set on a pod (or a pod template) to decide how it goes: `fail` ends with exit code 1, `hang` never ends and never becomes ready.
 * Without it the container's command decides: `false`, or `exit` with anything but 0, fails.
 */
const OUTCOME = 'local.trimtab.dev/outcome';

/**
 * Scheduler and kubelet in one: pods run as soon as they are seen, are ready at once, and those that are to end do so one
 * step later. Images whose name holds `does-not-exist` or `broken` cannot be pulled.
 */
export function runPods(hands: Hands): void {
  for (const pod of hands.list('/pods')) {
    if (isGoing(pod)) {
      hands.end('/pods', pod);
      continue;
    }
    if (textAt(pod, 'spec', 'nodeName') === '') schedule(hands, pod);
    else step(hands, pod);
  }
}

function schedule(hands: Hands, pod: Json): void {
  hands.update('/pods', { ...pod, spec: { ...objectAt(pod, 'spec'), nodeName: NODE } });
  const placed = hands.get('/pods', textAt(pod, 'metadata', 'namespace'), textAt(pod, 'metadata', 'name'));
  if (placed !== undefined) step(hands, placed);
}

function step(hands: Hands, pod: Json): void {
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') return;
  const containers = objectsAt(pod, 'spec', 'containers');
  const broken = containers.some((one) => /does-not-exist|broken/.test(textAt(one, 'image')));
  if (broken) {
    hands.setStatus(
      '/pods',
      pod,
      statusOf(hands, pod, 'Pending', backOff('ImagePullBackOff', 'Back-off pulling image')),
    );
    return;
  }
  const outcome = outcomeOf(pod, containers);
  const endless = textAt(pod, 'spec', 'restartPolicy') === 'Always';
  if (phase === 'Running' && !endless && outcome !== 'hang') {
    const failed = outcome === 'fail';
    const ended = terminated(failed, textAt(pod, 'status', 'startTime'), hands.time());
    hands.setStatus('/pods', pod, statusOf(hands, pod, failed ? 'Failed' : 'Succeeded', ended));
    return;
  }
  if (endless && outcome === 'fail') {
    hands.setStatus(
      '/pods',
      pod,
      statusOf(hands, pod, 'Running', backOff('CrashLoopBackOff', 'back-off restarting failed container')),
    );
    return;
  }
  const started = textAt(pod, 'status', 'startTime') || hands.time();
  hands.setStatus(
    '/pods',
    pod,
    statusOf(hands, pod, 'Running', { running: { startedAt: started } }, outcome !== 'hang'),
  );
}

function outcomeOf(pod: Json, containers: readonly Json[]): 'fail' | 'hang' | 'succeed' {
  const asked = textAt(pod, 'metadata', 'annotations', OUTCOME);
  if (asked === 'fail' || asked === 'hang') return asked;
  const fails = containers.some((one) => {
    const words = [...listAt(one, 'command'), ...listAt(one, 'args')].map(String).join(' ');
    return /(^|[\s;&|/])(exit\s+[1-9]\d*|false)\s*($|[;"'])/.test(words);
  });
  return fails ? 'fail' : 'succeed';
}

function backOff(reason: string, message: string): Json {
  return { waiting: { reason, message } };
}

function terminated(failed: boolean, startedAt: string, finishedAt: string): Json {
  return { terminated: { exitCode: failed ? 1 : 0, reason: failed ? 'Error' : 'Completed', startedAt, finishedAt } };
}

function statusOf(hands: Hands, pod: Json, phase: string, state: Json, ready = false): Json {
  const time = textAt(pod, 'status', 'startTime') || hands.time();
  const truth = (type: string, yes: boolean, reason = ''): Json => ({
    type,
    status: yes ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: time,
    ...(yes || reason === '' ? {} : { reason }),
  });
  const done = phase === 'Succeeded';
  const reason = done ? 'PodCompleted' : 'ContainersNotReady';
  return {
    phase,
    qosClass: textAt(pod, 'status', 'qosClass'),
    startTime: time,
    hostIP: '127.0.0.1',
    podIP: addressOf(pod),
    podIPs: [{ ip: addressOf(pod) }],
    conditions: [
      truth('Initialized', true),
      truth('Ready', ready, reason),
      truth('ContainersReady', ready, reason),
      truth('PodScheduled', true),
    ],
    containerStatuses: objectsAt(pod, 'spec', 'containers').map((container) => ({
      name: textAt(container, 'name'),
      image: textAt(container, 'image'),
      imageID: '',
      ready,
      started: ready,
      restartCount: 0,
      state,
      lastState: {},
    })),
  };
}

/** A stable made-up address from the pod's uid. */
function addressOf(pod: Json): string {
  const digits = Number.parseInt(textAt(pod, 'metadata', 'uid').slice(0, 4), 16) || 0;
  return `10.244.${(digits >> 8) & 255}.${digits & 255}`;
}
