import type { Served } from './catalog.ts';
import { isObject, type Json, listAt, numberAt, objectAt, textAt, valueAt } from './json.ts';
import { objectsAt } from './pod-defaults.ts';

/** A column of a table: its name, its type, whether only `-o wide` shows it, and what stands in it. */
interface Column {
  readonly name: string;
  readonly type: string;
  readonly priority: number;
  readonly cell: (object: Json, now: number) => unknown;
}

/** How much of each object a row carries: `?includeObject=`. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/**
 * The objects as the Table that `kubectl get` asks for (`Accept: application/json;as=Table;v=v1;g=meta.k8s.io`).
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */
export function tableOf(
  served: Served,
  objects: readonly Json[],
  metadata: Json,
  include: IncludeObject,
  now: number,
): Json {
  const columns = columnsOf(served);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columns.map(({ name, type, priority }) => ({
      name,
      type,
      format: name === 'Name' ? 'name' : '',
      description: '',
      priority,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      ...(include === 'None' ? {} : { object: include === 'Object' ? object : partialOf(object) }),
    })),
  };
}

/** Only the metadata of an object: PartialObjectMetadata. */
export function partialOf(object: Json): Json {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: objectAt(object, 'metadata') };
}

function column(name: string, cell: Column['cell'], type = 'string', priority = 0): Column {
  return { name, type, priority, cell };
}

const NAME = column('Name', (object) => textAt(object, 'metadata', 'name'));
const AGE = column('Age', (object, now) => age(textAt(object, 'metadata', 'creationTimestamp'), now));

function columnsOf(served: Served): readonly Column[] {
  if (served.columns.length > 0) {
    const own = served.columns.map(({ name, type, jsonPath }) =>
      column(name, (object, now) => customCell(object, jsonPath, type, now), type === 'date' ? 'string' : type),
    );
    return [NAME, ...own];
  }
  const known = COLUMNS[served.type ?? ''];
  return known === undefined ? [NAME, AGE] : [NAME, ...known];
}

/** Simple paths of printer columns: `.spec.replicas`, `.status.conditions[0].type`, `.status.conditions[?(@.type=="Ready")].status`. */
function customCell(object: Json, jsonPath: string, type: string, now: number): unknown {
  let at: unknown = object;
  for (const step of jsonPath.matchAll(/\.([\w-]+)|\[(\d+)\]|\[\?\(@\.(\w+)==["']([^"']*)["']\)\]/g)) {
    const [, field, index, key, value] = step;
    if (field !== undefined) at = valueAt(at, field);
    else if (index !== undefined) at = Array.isArray(at) ? at[Number(index)] : undefined;
    else if (key !== undefined) at = Array.isArray(at) ? at.find((one) => textAt(one, key) === value) : undefined;
  }
  return type === 'date' && typeof at === 'string' ? age(at, now) : (at ?? null);
}

const text = (name: string, ...path: readonly string[]) => column(name, (object) => textAt(object, ...path));
const count = (name: string, ...path: readonly string[]) =>
  column(name, (object) => numberAt(object, 0, ...path), 'integer');
const wide = (name: string, cell: Column['cell']) => column(name, cell, 'string', 1);
const keys = (field: string) => column('Data', (object) => Object.keys(objectAt(object, field)).length, 'integer');

const podSpec = (object: Json) => objectAt(object, 'spec', 'template', 'spec');
const containerNames = wide('Containers', (object) => namesOf(objectsAt(podSpec(object), 'containers'), 'name'));
const images = wide('Images', (object) => namesOf(objectsAt(podSpec(object), 'containers'), 'image'));
const selector = wide('Selector', (object) => labelsText(objectAt(object, 'spec', 'selector', 'matchLabels')));

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  V1ConfigMap: [keys('data'), AGE],
  V1CronJob: [
    text('Schedule', 'spec', 'schedule'),
    column('Suspend', (object) => String(valueAt(object, 'spec', 'suspend'))),
    AGE,
  ],
  V1CustomResourceDefinition: [
    column('Created At', (object) => textAt(object, 'metadata', 'creationTimestamp'), 'date'),
  ],
  V1DaemonSet: [
    count('Desired', 'status', 'desiredNumberScheduled'),
    count('Current', 'status', 'currentNumberScheduled'),
    count('Ready', 'status', 'numberReady'),
    count('Up-to-date', 'status', 'updatedNumberScheduled'),
    count('Available', 'status', 'numberAvailable'),
    column('Node Selector', (object) => labelsText(objectAt(podSpec(object), 'nodeSelector'))),
    AGE,
    containerNames,
    images,
    selector,
  ],
  V1Deployment: [
    column('Ready', (object) => readyOf(object)),
    count('Up-to-date', 'status', 'updatedReplicas'),
    count('Available', 'status', 'availableReplicas'),
    AGE,
    containerNames,
    images,
    selector,
  ],
  V1Ingress: [
    column('Class', (object) => textAt(object, 'spec', 'ingressClassName') || '<none>'),
    column('Hosts', (object) => namesOf(objectsAt(object, 'spec', 'rules'), 'host') || '*'),
    column('Address', (object) => addressOf(object)),
    column('Ports', (object) => (listAt(object, 'spec', 'tls').length > 0 ? '80, 443' : '80')),
    AGE,
  ],
  V1Job: [
    column('Status', jobStatus),
    column(
      'Completions',
      (object) => `${numberAt(object, 0, 'status', 'succeeded')}/${numberAt(object, 1, 'spec', 'completions')}`,
    ),
    column('Duration', (object, now) => durationOf(object, now)),
    AGE,
    containerNames,
    images,
    selector,
  ],
  V1Namespace: [text('Status', 'status', 'phase'), AGE],
  V1PersistentVolumeClaim: [
    text('Status', 'status', 'phase'),
    text('Volume', 'spec', 'volumeName'),
    text('Capacity', 'status', 'capacity', 'storage'),
    column('Access Modes', (object) => accessModes(listAt(object, 'spec', 'accessModes'))),
    text('StorageClass', 'spec', 'storageClassName'),
    AGE,
  ],
  V1Pod: [
    column('Ready', (object) => {
      const all = objectsAt(object, 'status', 'containerStatuses');
      return `${all.filter((one) => one['ready'] === true).length}/${listAt(object, 'spec', 'containers').length}`;
    }),
    column('Status', podStatus),
    column('Restarts', () => '0', 'string'),
    AGE,
    wide('IP', (object) => textAt(object, 'status', 'podIP') || '<none>'),
    wide('Node', (object) => textAt(object, 'spec', 'nodeName') || '<none>'),
  ],
  V1ReplicaSet: [
    count('Desired', 'spec', 'replicas'),
    count('Current', 'status', 'replicas'),
    count('Ready', 'status', 'readyReplicas'),
    AGE,
    containerNames,
    images,
    selector,
  ],
  V1Secret: [text('Type', 'type'), keys('data'), AGE],
  V1Service: [
    text('Type', 'spec', 'type'),
    column('Cluster-IP', (object) => textAt(object, 'spec', 'clusterIP') || '<none>'),
    column(
      'External-IP',
      (object) =>
        textAt(object, 'spec', 'externalName') ||
        addressOf(object) ||
        (textAt(object, 'spec', 'type') === 'LoadBalancer' ? '<pending>' : '<none>'),
    ),
    column('Port(s)', (object) => portsOf(object)),
    AGE,
    wide('Selector', (object) => labelsText(objectAt(object, 'spec', 'selector'))),
  ],
  V1ServiceAccount: [AGE],
  V1StatefulSet: [column('Ready', (object) => readyOf(object)), AGE, containerNames, images],
};

function readyOf(object: Json): string {
  return `${numberAt(object, 0, 'status', 'readyReplicas')}/${numberAt(object, 0, 'spec', 'replicas')}`;
}

function namesOf(objects: readonly Json[], field: string): string {
  return objects
    .map((one) => textAt(one, field))
    .filter((one) => one !== '')
    .join(',');
}

function labelsText(labels: Json): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',');
}

function addressOf(object: Json): string {
  const first = listAt(object, 'status', 'loadBalancer', 'ingress')[0];
  return textAt(first, 'ip') || textAt(first, 'hostname');
}

function portsOf(object: Json): string {
  const ports = objectsAt(object, 'spec', 'ports').map((port) => {
    const node = port['nodePort'] === undefined ? '' : `:${String(port['nodePort'])}`;
    return `${String(port['port'])}${node}/${textAt(port, 'protocol')}`;
  });
  return ports.length === 0 ? '<none>' : ports.join(',');
}

function accessModes(modes: readonly unknown[]): string {
  return modes.map((mode) => String(mode).replace(/[a-z]/g, '')).join(',');
}

function jobStatus(object: Json): string {
  const conditions = objectsAt(object, 'status', 'conditions').filter((one) => one['status'] === 'True');
  const types = new Set(conditions.map((one) => one['type']));
  for (const type of ['Complete', 'Failed', 'Suspended']) if (types.has(type)) return type;
  return valueAt(object, 'metadata', 'deletionTimestamp') === undefined ? 'Running' : 'Terminating';
}

function durationOf(object: Json, now: number): string {
  const start = textAt(object, 'status', 'startTime');
  if (start === '') return '';
  const end = textAt(object, 'status', 'completionTime');
  return span((end === '' ? now : Date.parse(end)) - Date.parse(start));
}

function podStatus(object: Json): string {
  if (valueAt(object, 'metadata', 'deletionTimestamp') !== undefined) return 'Terminating';
  for (const one of objectsAt(object, 'status', 'containerStatuses')) {
    const waiting = valueAt(one, 'state', 'waiting');
    const ended = valueAt(one, 'state', 'terminated');
    if (isObject(waiting)) return textAt(waiting, 'reason');
    if (isObject(ended)) return textAt(ended, 'reason');
  }
  return textAt(object, 'status', 'phase');
}

function age(since: string, now: number): string {
  return since === '' ? '<unknown>' : span(now - Date.parse(since));
}

/** As kubectl writes ages: `45s`, `5m10s`, `3h`, `2d`. */
function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  return days < 8 && hours % 24 !== 0 ? `${days}d${hours % 24}h` : `${days}d`;
}
