import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { byConditions, type HealthRule, READY } from '../by-conditions.ts';
import { byState } from '../by-state.ts';
import { wordHealth } from '../by-word.ts';
import { countAt, type Fields, mapAt, mapsAt, numberAt, textAt } from '../fields.ts';
import { degraded, healthy, progressing } from '../verdicts.ts';

/** https://docs.percona.com/percona-operator-for-mongodb/ */
const perconaHealth = byState(
  'state',
  { ready: 'Healthy', paused: 'Suspended', error: 'Degraded' },
  'message',
  'Waiting for the operator',
);

/** https://postgres-operator.readthedocs.io/en/latest/ */
const zalandoHealth = byState(
  'PostgresClusterStatus',
  {
    Running: 'Healthy',
    CreateFailed: 'Degraded',
    UpdateFailed: 'Degraded',
    SyncFailed: 'Degraded',
    Invalid: 'Degraded',
  },
  'message',
  'Waiting for the operator',
);

/** https://www.rabbitmq.com/kubernetes/operator/using-operator#status */
const rabbitHealth = byConditions(
  [
    { type: 'ReconcileSuccess', status: 'False', is: 'Degraded' },
    { type: 'ClusterAvailable', status: 'not True', is: 'Progressing' },
    { type: 'AllReplicasReady', status: 'not True', is: 'Progressing' },
    { type: 'AllReplicasReady', status: 'True', is: 'Healthy' },
  ],
  'Waiting for the operator',
);

/** What is declared in a broker or database: refused, it stays so until somebody changes it. */
const declaredHealth = byConditions(READY, 'Waiting for the operator');

/** MariaDB: only the reason Failed is for good. https://github.com/mariadb-operator/mariadb-operator */
const mariaHealth = byConditions(
  [
    { type: 'Complete', status: 'True', reason: /Failed$/, is: 'Degraded' },
    ...['Ready', 'Complete'].flatMap(
      (type) =>
        [
          { type, status: 'False', reason: /Failed$/, is: 'Degraded' },
          { type, status: 'not True', is: 'Progressing' },
          { type, status: 'True', is: 'Healthy' },
        ] as const,
    ),
  ],
  'Waiting for the operator',
);

/** States in which a MinIO tenant waits for a person. https://min.io/docs/minio/kubernetes/upstream/ */
const STUCK = /not controlled|already exists|not set properly|Different versions|Not Allowed|failed|error/i;

function tenantHealth(tenant: Manifest): Health {
  const state = textAt(tenant, 'status', 'currentState');
  if (state === 'Initialized') return healthy();
  return STUCK.test(state) ? degraded(state) : progressing(state || 'Waiting for the operator');
}

/** A cluster of Ceph that warns serves, at a risk that somebody must see to. https://rook.io/docs/rook/latest/CRDs/Cluster/ceph-cluster-crd/ */
function cephHealth(cluster: Manifest): Health {
  const ceph = textAt(cluster, 'status', 'ceph', 'health');
  const state = textAt(cluster, 'status', 'state');
  const said = textAt(cluster, 'status', 'message');
  if (state === 'Error') return degraded(said || state);
  if (ceph === 'HEALTH_ERR' || ceph === 'HEALTH_WARN') return degraded([ceph, ...detailsOf(cluster)].join(': '));
  if (ceph === 'HEALTH_OK' && (state === '' || state === 'Created' || state === 'Connected')) return healthy(said);
  return progressing(said || state || 'Waiting for the operator');
}

function detailsOf(cluster: Manifest): readonly string[] {
  const details = Object.values(mapAt(cluster, 'status', 'ceph', 'details')).map((detail) => textAt(detail, 'message'));
  const text = details.filter((detail) => detail !== '').join('; ');
  return text === '' ? [] : [text];
}

/** Racks whose members are there. https://rook.io/docs/cassandra/ */
function cassandraHealth(cluster: Manifest): Health {
  const racks = Object.values(mapAt(cluster, 'status', 'racks')) as readonly Fields[];
  const ready = racks.length > 0 && racks.every((rack) => rack['members'] === rack['readyMembers']);
  return ready ? healthy() : progressing('Waiting for the members');
}

/** https://docs.altinity.com/altinitykubernetesoperator/ */
const clickHouseHealth = byState(
  'status',
  { Completed: 'Healthy', Aborted: 'Degraded', Failed: 'Degraded' },
  'error',
  'Waiting for the operator',
);

/** https://github.com/pravega/zookeeper-operator */
function zooKeeperHealth(cluster: Manifest): Health {
  const wanted = numberAt(cluster, 'spec', 'replicas') ?? numberAt(cluster, 'status', 'replicas') ?? 0;
  const ready = countAt(cluster, 'status', 'readyReplicas');
  return wanted > 0 && ready >= wanted ? healthy() : progressing(`${ready} of ${wanted} members are ready`);
}

/** Green, and every node that is asked for. https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s */
function elasticHealth(cluster: Manifest): Health {
  const wanted = mapsAt(cluster, 'spec', 'nodeSets').reduce((sum, set) => sum + countAt(set, 'count'), 0);
  const found = elasticWord(cluster);
  const available = countAt(cluster, 'status', 'availableNodes');
  return found.status === 'Healthy' && available < wanted
    ? progressing(`${available} of ${wanted} nodes are available`)
    : found;
}

/** Elastic's kinds say a phase and a colour. */
export function elasticWord(resource: Manifest): Health {
  const status = mapAt(resource, 'status');
  const isNew = textAt(status, 'health') === '' && textAt(status, 'phase') === '';
  return (isNew ? undefined : wordHealth(status)) ?? progressing('Waiting for the operator');
}

/** Databases, brokers and stores. */
export const DATABASES: Readonly<Record<string, HealthRule>> = {
  'acid.zalan.do/postgresql': zalandoHealth,
  'cassandra.rook.io/Cluster': cassandraHealth,
  'ceph.rook.io/CephCluster': cephHealth,
  'clickhouse-keeper.altinity.com/ClickHouseKeeperInstallation': clickHouseHealth,
  'clickhouse.altinity.com/ClickHouseInstallation': clickHouseHealth,
  'elasticsearch.k8s.elastic.co/Elasticsearch': elasticHealth,
  'k8s.mariadb.com/Backup': mariaHealth,
  'k8s.mariadb.com/MariaDB': mariaHealth,
  'k8s.mariadb.com/SqlJob': mariaHealth,
  'minio.min.io/Tenant': tenantHealth,
  'psmdb.percona.com/PerconaServerMongoDB': perconaHealth,
  'pxc.percona.com/PerconaXtraDBCluster': perconaHealth,
  'rabbitmq.com/RabbitmqCluster': rabbitHealth,
  ...Object.fromEntries(
    ['Binding', 'Exchange', 'Permission', 'Policy', 'Queue', 'Shovel', 'User', 'Vhost'].map((kind) => [
      `rabbitmq.com/${kind}`,
      declaredHealth,
    ]),
  ),
  'zookeeper.pravega.io/ZookeeperCluster': zooKeeperHealth,
};
