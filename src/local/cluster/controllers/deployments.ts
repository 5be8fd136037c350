import { clone, ensureObject, type Json, listAt, numberAt, objectAt, textAt, valueAt } from '../json.ts';
import { controlledBy, type Hands, isGoing, isOwnedBy, templateHash, withCondition, withoutZeros } from './hands.ts';

const REVISION = 'deployment.kubernetes.io/revision';

/**
 * Deployments: a ReplicaSet for each template; the old ones shrink once the new one is up (with Recreate, before it grows);
 * the status tells progress, and gives up after `progressDeadlineSeconds`.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
 */
export function runDeployments(hands: Hands): void {
  for (const deployment of hands.list('apps/deployments')) {
    if (isGoing(deployment)) continue;
    const hash = templateHash(objectAt(deployment, 'spec', 'template'));
    const sets = setsOf(hands, deployment);
    const current = sets.find((set) => hashOf(set) === hash);
    const old = sets.filter((set) => set !== current);
    if (valueAt(deployment, 'spec', 'paused') !== true) {
      if (current === undefined) createSet(hands, deployment, hash, nextRevision(sets));
      else rollOut(hands, deployment, current, old);
      forget(hands, deployment, old);
    }
    report(hands, deployment, hash);
  }
}

function setsOf(hands: Hands, deployment: Json): readonly Json[] {
  return hands
    .list('apps/replicasets', textAt(deployment, 'metadata', 'namespace'))
    .filter((set) => isOwnedBy(set, deployment) && !isGoing(set));
}

function hashOf(set: Json): string {
  return textAt(set, 'metadata', 'labels', 'pod-template-hash');
}

function revisionOf(set: Json): number {
  return Number(textAt(set, 'metadata', 'annotations', REVISION) || '0');
}

function nextRevision(sets: readonly Json[]): number {
  return Math.max(0, ...sets.map(revisionOf)) + 1;
}

function createSet(hands: Hands, deployment: Json, hash: string, revision: number): void {
  const spec = objectAt(deployment, 'spec');
  const template = clone(objectAt(spec, 'template'));
  const labels = ensureObject(ensureObject(template, 'metadata'), 'labels');
  labels['pod-template-hash'] = hash;
  const selector = clone(objectAt(spec, 'selector'));
  ensureObject(selector, 'matchLabels')['pod-template-hash'] = hash;
  const recreate = textAt(spec, 'strategy', 'type') === 'Recreate' && revision > 1;
  hands.create('apps/replicasets', {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${textAt(deployment, 'metadata', 'name')}-${hash}`,
      namespace: textAt(deployment, 'metadata', 'namespace'),
      labels,
      annotations: { [REVISION]: String(revision) },
      ownerReferences: [controlledBy(deployment, 'apps/v1', 'Deployment')],
    },
    spec: { replicas: recreate ? 0 : numberAt(spec, 1, 'replicas'), selector, template },
  });
}

function rollOut(hands: Hands, deployment: Json, current: Json, old: readonly Json[]): void {
  const wanted = numberAt(deployment, 1, 'spec', 'replicas');
  const recreate = textAt(deployment, 'spec', 'strategy', 'type') === 'Recreate';
  const oldLeft = old.some(
    (set) => numberAt(set, 0, 'status', 'replicas') > 0 || numberAt(set, 0, 'spec', 'replicas') > 0,
  );
  const newest = nextRevision(old);
  const next = clone(current);
  if (revisionOf(current) < newest)
    ensureObject(ensureObject(next, 'metadata'), 'annotations')[REVISION] = String(newest);
  if (!(recreate && oldLeft)) ensureObject(next, 'spec')['replicas'] = wanted;
  hands.update('apps/replicasets', next);
  const up = numberAt(current, 0, 'status', 'availableReplicas') >= wanted;
  if (!recreate && !up) return;
  for (const set of old) {
    if (numberAt(set, 0, 'spec', 'replicas') === 0) continue;
    hands.update('apps/replicasets', { ...set, spec: { ...objectAt(set, 'spec'), replicas: 0 } });
  }
}

/** Keeps `revisionHistoryLimit` old ReplicaSets. */
function forget(hands: Hands, deployment: Json, old: readonly Json[]): void {
  const limit = numberAt(deployment, 10, 'spec', 'revisionHistoryLimit');
  const idle = old.filter(
    (set) => numberAt(set, 0, 'spec', 'replicas') === 0 && numberAt(set, 0, 'status', 'replicas') === 0,
  );
  const oldestFirst = [...idle].sort((a, b) => revisionOf(a) - revisionOf(b));
  for (const set of oldestFirst.slice(0, Math.max(0, idle.length - limit))) hands.remove('apps/replicasets', set);
}

function report(hands: Hands, deployment: Json, hash: string): void {
  const sets = setsOf(hands, deployment);
  const current = sets.find((set) => hashOf(set) === hash);
  const sum = (field: string) => sets.reduce((all, set) => all + numberAt(set, 0, 'status', field), 0);
  const wanted = numberAt(deployment, 1, 'spec', 'replicas');
  const available = sum('availableReplicas');
  const updated = numberAt(current, 0, 'status', 'replicas');
  const status = withoutZeros({
    observedGeneration: numberAt(deployment, 0, 'metadata', 'generation'),
    replicas: sum('replicas'),
    updatedReplicas: updated,
    readyReplicas: sum('readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, Math.max(wanted, sum('replicas')) - available),
  });
  const done = updated === wanted && sum('replicas') === wanted && available >= wanted && current !== undefined;
  const conditions = conditionsOf(
    hands,
    deployment,
    available >= minimumUp(deployment, wanted),
    done,
    textAt(current, 'metadata', 'name'),
  );
  const annotations = current === undefined ? {} : { [REVISION]: textAt(current, 'metadata', 'annotations', REVISION) };
  hands.setStatus('apps/deployments', deployment, { ...status, conditions }, annotations);
}

/** How many replicas must be up for Available: all but `maxUnavailable`, rounded down. */
function minimumUp(deployment: Json, wanted: number): number {
  const allowed = valueAt(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable');
  if (typeof allowed === 'number') return wanted - allowed;
  if (typeof allowed !== 'string') return wanted;
  return wanted - Math.floor((wanted * Number.parseFloat(allowed)) / 100);
}

function conditionsOf(hands: Hands, deployment: Json, up: boolean, done: boolean, set: string): readonly Json[] {
  const known = listAt(deployment, 'status', 'conditions');
  const time = hands.time();
  const available = {
    type: 'Available',
    status: up ? 'True' : 'False',
    reason: up ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: up ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
  };
  const progress = progressOf(hands, deployment, done, set);
  return [available, progress].reduce<readonly unknown[]>((all, next) => {
    const before = all.find((one) => textAt(one, 'type') === next.type);
    const stays = textAt(before, 'reason') === next.reason && textAt(before, 'message') === next.message;
    const changed = stays ? (valueAt(before, 'lastUpdateTime') ?? time) : time;
    return withCondition(all, { ...next, lastUpdateTime: changed }, time);
  }, known) as readonly Json[];
}

function progressOf(
  hands: Hands,
  deployment: Json,
  done: boolean,
  set: string,
): { readonly type: string; readonly status: string; readonly reason: string; readonly message: string } {
  const known = listAt(deployment, 'status', 'conditions').find((one) => textAt(one, 'type') === 'Progressing');
  const fresh =
    numberAt(deployment, 0, 'metadata', 'generation') !== numberAt(deployment, 0, 'status', 'observedGeneration');
  if (done) {
    const message = `ReplicaSet "${set}" has successfully progressed.`;
    return { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message };
  }
  const since = Date.parse(textAt(known, 'lastUpdateTime'));
  const late = !fresh && hands.now() - since > numberAt(deployment, 600, 'spec', 'progressDeadlineSeconds') * 1000;
  if (late || (!fresh && textAt(known, 'reason') === 'ProgressDeadlineExceeded')) {
    const message = `ReplicaSet "${set}" has timed out progressing.`;
    return { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message };
  }
  const name = set === '' ? textAt(deployment, 'metadata', 'name') : set;
  return {
    type: 'Progressing',
    status: 'True',
    reason: 'ReplicaSetUpdated',
    message: `ReplicaSet "${name}" is progressing.`,
  };
}
