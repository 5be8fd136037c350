import type { Cause } from './api-error.ts';
import type { Served } from './catalog.ts';
import { forbiddenField, invalidValue } from './causes.ts';
import { type Json, listAt, objectAt, same, textAt, valueAt } from './json.ts';

const IMMUTABLE = 'field is immutable';

/** What of a kind must stay as it was created; all of it that did not. */
export function immutableCauses(served: Served, before: Json, after: Json): readonly Cause[] {
  const fixed = (why: string, ...path: readonly string[]): readonly Cause[] => {
    const value = valueAt(after, ...path);
    return same(valueAt(before, ...path), value) ? [] : [invalidValue(path.join('.'), value ?? null, why)];
  };
  switch (served.type) {
    case 'V1Deployment':
    case 'V1ReplicaSet':
    case 'V1DaemonSet':
      return fixed(IMMUTABLE, 'spec', 'selector');
    case 'V1Job':
      return [
        ...fixed(IMMUTABLE, 'spec', 'completions'),
        ...fixed(IMMUTABLE, 'spec', 'selector'),
        ...(valueAt(before, 'spec', 'suspend') === true ? [] : fixed(IMMUTABLE, 'spec', 'template')),
        ...fixed(IMMUTABLE, 'spec', 'completionMode'),
      ];
    case 'V1StatefulSet':
      return statefulSetCauses(before, after);
    case 'V1Service':
      return serviceCauses(before, after);
    case 'V1Secret':
    case 'V1ConfigMap':
      return [...(served.type === 'V1Secret' ? fixed(IMMUTABLE, 'type') : []), ...frozenData(before, after)];
    case 'V1RoleBinding':
    case 'V1ClusterRoleBinding':
      return fixed('cannot change roleRef', 'roleRef');
    case 'V1PersistentVolumeClaim':
      return claimCauses(before, after);
    case 'V1Pod':
      return podCauses(before, after);
    case 'V1StorageClass':
      return ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'].flatMap((field) =>
        same(before[field], after[field]) ? [] : [forbiddenField(field, `updates to ${field} are forbidden.`)],
      );
    default:
      return [];
  }
}

const STATEFUL_SET_FREE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

function statefulSetCauses(before: Json, after: Json): readonly Cause[] {
  if (same(without(before, STATEFUL_SET_FREE), without(after, STATEFUL_SET_FREE))) return [];
  const names = STATEFUL_SET_FREE.map((name) => `'${name}'`);
  const list = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return [forbiddenField('spec', `updates to statefulset spec for fields other than ${list} are forbidden`)];
}

function serviceCauses(before: Json, after: Json): readonly Cause[] {
  const was = textAt(before, 'spec', 'clusterIP');
  if (
    was === '' ||
    textAt(after, 'spec', 'type') === 'ExternalName' ||
    textAt(before, 'spec', 'type') === 'ExternalName'
  )
    return [];
  if (textAt(after, 'spec', 'clusterIP') === was) return [];
  const written =
    listAt(after, 'spec', 'clusterIPs').length > 0
      ? listAt(after, 'spec', 'clusterIPs')
      : [textAt(after, 'spec', 'clusterIP')];
  return [invalidValue('spec.clusterIPs[0]', written, 'may not change once set')];
}

function frozenData(before: Json, after: Json): readonly Cause[] {
  if (before['immutable'] !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  return [
    ...(after['immutable'] === true ? [] : [forbiddenField('immutable', why)]),
    ...['data', 'binaryData'].flatMap((field) =>
      same(before[field], after[field]) ? [] : [forbiddenField(field, why)],
    ),
  ];
}

function claimCauses(before: Json, after: Json): readonly Cause[] {
  const free = ['resources', 'volumeAttributesClassName', 'volumeName', 'storageClassName'];
  if (same(without(before, free), without(after, free))) return [];
  const why =
    'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
  return [forbiddenField('spec', why)];
}

function podCauses(before: Json, after: Json): readonly Cause[] {
  const frozen = (pod: Json): Json => ({
    ...without(pod, [
      'containers',
      'initContainers',
      'activeDeadlineSeconds',
      'tolerations',
      'terminationGracePeriodSeconds',
      'nodeName',
    ]),
    containers: listAt(pod, 'spec', 'containers').map((one) => ({ ...objectAt({ one }, 'one'), image: '' })),
  });
  if (same(frozen(before), frozen(after))) return [];
  return [
    forbiddenField(
      'spec',
      'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    ),
  ];
}

function without(object: Json, fields: readonly string[]): Json {
  const spec: Json = { ...objectAt(object, 'spec') };
  for (const field of fields) delete spec[field];
  return spec;
}
