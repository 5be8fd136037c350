import { clone, ensureObject, type Json, listAt, numberAt, objectAt, textAt } from '../json.ts';
import { controlledBy, type Hands, isGoing, isOwnedBy, isReady, podFrom, templateHash, withoutZeros } from './hands.ts';
import { NODE } from './pods.ts';

/** ReplicaSets: as many pods as asked for, and how many of them are there and ready. */
export function runReplicaSets(hands: Hands): void {
  for (const set of hands.list('apps/replicasets')) {
    const namespace = textAt(set, 'metadata', 'namespace');
    const pods = podsOf(hands, set);
    const wanted = numberAt(set, 1, 'spec', 'replicas');
    if (!isGoing(set)) {
      const naming = { generateName: `${textAt(set, 'metadata', 'name')}-` };
      for (let missing = wanted - pods.length; missing > 0; missing -= 1) {
        const owner = controlledBy(set, 'apps/v1', 'ReplicaSet');
        hands.create('/pods', podFrom(objectAt(set, 'spec', 'template'), namespace, naming, owner));
      }
      for (const pod of pods.slice(wanted)) hands.remove('/pods', pod);
    }
    const kept = podsOf(hands, set);
    const ready = kept.filter(isReady).length;
    hands.setStatus('apps/replicasets', set, {
      replicas: kept.length,
      ...withoutZeros({
        fullyLabeledReplicas: kept.length,
        readyReplicas: ready,
        availableReplicas: ready,
        observedGeneration: numberAt(set, 0, 'metadata', 'generation'),
      }),
    });
  }
}

/** The pods of a workload that are not on their way out. */
function podsOf(hands: Hands, owner: Json): readonly Json[] {
  return hands
    .list('/pods', textAt(owner, 'metadata', 'namespace'))
    .filter((pod) => isOwnedBy(pod, owner) && !isGoing(pod));
}

/** StatefulSets: numbered pods, one replaced a step when the template changes; a claim for each volume template. */
export function runStatefulSets(hands: Hands): void {
  for (const set of hands.list('apps/statefulsets')) {
    if (isGoing(set)) continue;
    const name = textAt(set, 'metadata', 'name');
    const wanted = numberAt(set, 1, 'spec', 'replicas');
    const revision = `${name}-${templateHash(objectAt(set, 'spec', 'template'))}`;
    const label = { 'controller-revision-hash': revision };
    const pods = new Map(podsOf(hands, set).map((pod) => [textAt(pod, 'metadata', 'name'), pod]));
    const isOld = (pod: Json) => textAt(pod, 'metadata', 'labels', 'controller-revision-hash') !== revision;
    const old = [...pods.values()].filter(isOld);
    for (let index = 0; index < wanted; index += 1) {
      const pod = `${name}-${index}`;
      if (hands.get('/pods', textAt(set, 'metadata', 'namespace'), pod) === undefined)
        createNumbered(hands, set, index, label);
    }
    for (const [podName, pod] of pods) if (Number(podName.slice(name.length + 1)) >= wanted) hands.remove('/pods', pod);
    const last = old.at(-1);
    if (last !== undefined) hands.remove('/pods', last);
    const kept = podsOf(hands, set);
    const ready = kept.filter(isReady).length;
    const updated = kept.filter((pod) => !isOld(pod)).length;
    hands.setStatus('apps/statefulsets', set, {
      observedGeneration: numberAt(set, 0, 'metadata', 'generation'),
      replicas: kept.length,
      ...withoutZeros({ readyReplicas: ready, currentReplicas: updated, updatedReplicas: updated }),
      availableReplicas: ready,
      currentRevision: old.length === 0 ? revision : textAt(set, 'status', 'currentRevision') || revision,
      updateRevision: revision,
      collisionCount: 0,
    });
  }
}

function createNumbered(hands: Hands, set: Json, index: number, label: Json): void {
  const name = `${textAt(set, 'metadata', 'name')}-${index}`;
  const namespace = textAt(set, 'metadata', 'namespace');
  const pod = podFrom(
    objectAt(set, 'spec', 'template'),
    namespace,
    { name },
    controlledBy(set, 'apps/v1', 'StatefulSet'),
    {
      ...label,
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(index),
    },
  );
  const volumes = [...listAt(pod, 'spec', 'volumes')];
  for (const template of listAt(set, 'spec', 'volumeClaimTemplates')) {
    const volume = textAt(template, 'metadata', 'name');
    const claim = `${volume}-${name}`;
    volumes.push({ name: volume, persistentVolumeClaim: { claimName: claim } });
    if (hands.get('/persistentvolumeclaims', namespace, claim) !== undefined) continue;
    const made = clone(objectAt({ template }, 'template'));
    made['metadata'] = { ...objectAt(made, 'metadata'), name: claim, namespace };
    hands.create('/persistentvolumeclaims', made);
  }
  if (volumes.length > 0) ensureObject(pod, 'spec')['volumes'] = volumes;
  hands.create('/pods', pod);
}

/** DaemonSets: one pod on the one node. */
export function runDaemonSets(hands: Hands): void {
  for (const set of hands.list('apps/daemonsets')) {
    if (isGoing(set)) continue;
    const hash = templateHash(objectAt(set, 'spec', 'template'));
    const pods = podsOf(hands, set);
    const isCurrent = (pod: Json) => textAt(pod, 'metadata', 'labels', 'controller-revision-hash') === hash;
    for (const pod of pods) if (!isCurrent(pod)) hands.remove('/pods', pod);
    if (!pods.some(isCurrent)) {
      const naming = { generateName: `${textAt(set, 'metadata', 'name')}-` };
      const owner = controlledBy(set, 'apps/v1', 'DaemonSet');
      const label = { 'controller-revision-hash': hash };
      const pod = podFrom(
        objectAt(set, 'spec', 'template'),
        textAt(set, 'metadata', 'namespace'),
        naming,
        owner,
        label,
      );
      ensureObject(pod, 'spec')['nodeName'] = NODE;
      hands.create('/pods', pod);
    }
    const kept = podsOf(hands, set);
    const ready = kept.filter(isReady).length;
    hands.setStatus('apps/daemonsets', set, {
      currentNumberScheduled: kept.length,
      numberMisscheduled: 0,
      desiredNumberScheduled: 1,
      numberReady: ready,
      observedGeneration: numberAt(set, 0, 'metadata', 'generation'),
      ...withoutZeros({
        updatedNumberScheduled: kept.filter(isCurrent).length,
        numberAvailable: ready,
        numberUnavailable: 1 - ready,
      }),
    });
  }
}
