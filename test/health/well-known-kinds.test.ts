import { describe, expect, it } from 'vitest';
import { assess } from '../../src/health/assess.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import type { HealthStatus } from '../../src/spec/operation.ts';

type Situation = [
  what: string,
  kind: string,
  status: object,
  is: HealthStatus | undefined,
  message?: string | undefined,
  spec?: object,
];

function judged(apiKind: string, status: object, spec: object = {}) {
  const slash = apiKind.lastIndexOf('/');
  const [apiVersion, kind] = [apiKind.slice(0, slash), apiKind.slice(slash + 1)];
  const live: Manifest = { apiVersion, kind, metadata: { name: 'x', namespace: 'shop', generation: 3 }, spec, status };
  return assess(live);
}

/** `Ready=False:Failed!no such role`: type, status, reason and message of a condition. */
function conditions(...told: readonly string[]): { conditions: object[] } {
  return {
    conditions: told.map((text) => {
      const [, type = '', status = '', reason = '', message = ''] = /^([^=]+)=(\w+):?([^!]*)!?(.*)$/.exec(text) ?? [];
      return { type, status, reason, message };
    }),
  };
}

const BY_CONVENTION: Situation[] = [
  ['a backup that failed', 'velero.io/v1/Backup', { phase: 'PartiallyFailed' }, 'Degraded', 'PartiallyFailed'],
  ['a backup whose spec is wrong', 'velero.io/v1/Backup', { phase: 'FailedValidation' }, 'Degraded'],
  ['a backup that runs', 'velero.io/v1/Backup', { phase: 'WaitingForPluginOperations' }, 'Progressing'],
  ['a backup that is there', 'velero.io/v1/Backup', { phase: 'Completed' }, 'Healthy'],
  ['a schedule', 'velero.io/v1/Schedule', { phase: 'Enabled' }, 'Healthy'],
  ['a replica set of MongoDB', 'mongodbcommunity.mongodb.com/v1/MongoDBCommunity', { phase: 'Running' }, 'Healthy'],
  [
    'a replica set of MongoDB that failed',
    'mongodbcommunity.mongodb.com/v1/MongoDBCommunity',
    { phase: 'Failed', message: 'no such user secret' },
    'Degraded',
    'no such user secret',
  ],
  ['a cluster of Redis', 'redis.redis.opstreelabs.in/v1beta2/RedisCluster', { state: 'Bootstrap' }, 'Healthy'],
  [
    'a new cluster of Redis',
    'redis.redis.opstreelabs.in/v1beta2/RedisCluster',
    { state: 'Initializing' },
    'Progressing',
  ],
  ['a pipeline that runs', 'tekton.dev/v1/PipelineRun', conditions('Succeeded=Unknown:Running'), 'Progressing'],
  [
    'a pipeline that failed',
    'tekton.dev/v1/PipelineRun',
    conditions('Succeeded=False:Failed!step 2'),
    'Degraded',
    'step 2',
  ],
  ['a pipeline that is through', 'tekton.dev/v1/PipelineRun', conditions('Succeeded=True:Completed'), 'Healthy'],
  ['a policy of Kyverno', 'kyverno.io/v1/ClusterPolicy', conditions('Ready=True:Succeeded!Ready'), 'Healthy'],
  [
    'a secret of Vault',
    'secrets.hashicorp.com/v1beta1/VaultAuth',
    { valid: false, error: 'no role' },
    'Progressing',
    'no role',
  ],
  ['a machine of Cluster API', 'infrastructure.cluster.x-k8s.io/v1beta2/AWSMachine', { ready: false }, 'Progressing'],
  [
    'a machine of Cluster API that will not come',
    'infrastructure.cluster.x-k8s.io/v1beta2/AWSMachine',
    { ready: false, failureMessage: 'no such AMI' },
    'Degraded',
    'no such AMI',
  ],
  [
    'what is Ready=False with severity Error',
    'infrastructure.cluster.x-k8s.io/v1beta2/AWSCluster',
    { conditions: [{ type: 'Ready', status: 'False', severity: 'Error', message: 'no quota' }] },
    'Degraded',
    'no quota',
  ],
  [
    'what is not Degraded',
    'config.openshift.io/v1/ClusterOperator',
    conditions('Degraded=False', 'Available=True'),
    'Healthy',
  ],
  [
    'what is Degraded',
    'config.openshift.io/v1/ClusterOperator',
    conditions('Available=True', 'Degraded=True!disk'),
    'Degraded',
    'disk',
  ],
  [
    'an operator that can not be upgraded now',
    'config.openshift.io/v1/ClusterOperator',
    conditions('Upgradeable=False', 'Available=True'),
    'Healthy',
  ],
  [
    'what is not Stalled',
    'acme.example/v1/Thing',
    conditions('Stalled=False', 'Reconciling=False', 'Ready=True'),
    'Healthy',
  ],
  ['what did not fail', 'acme.example/v1/Thing', conditions('Failed=False', 'ReconcileError=False'), 'Healthy'],
  ['what failed', 'acme.example/v1/Thing', conditions('ReconcileError=True:BadSpec'), 'Degraded', 'BadSpec'],
  ['what is paused', 'acme.example/v1/Thing', conditions('Paused=True', 'Ready=True'), 'Suspended', 'Paused'],
  ['what is not paused', 'acme.example/v1/Thing', conditions('Paused=False', 'Ready=True'), 'Healthy'],
  [
    'what has a condition of its own',
    'acme.example/v1/Thing',
    conditions('LeaderElected=False', 'Leaking=True'),
    'Healthy',
  ],
  [
    'what is rolled out as a Deployment is',
    'acme.example/v1/Thing',
    conditions('Progressing=True:NewReplicaSetAvailable'),
    'Healthy',
  ],
  [
    'what still rolls out',
    'acme.example/v1/Thing',
    conditions('Progressing=True:Working!2 of 3'),
    'Progressing',
    '2 of 3',
  ],
  ['what is not available', 'acme.example/v1/Thing', conditions('Available=False!no pods'), 'Progressing', 'no pods'],
  [
    'a Ready of the spec before',
    'acme.example/v1/Thing',
    { conditions: [{ type: 'Ready', status: 'True', observedGeneration: 2 }] },
    'Progressing',
  ],
  ['a status of the spec before', 'acme.example/v1/Thing', { observedGeneration: '2', phase: 'Ready' }, 'Progressing'],
  [
    'a policy that a gateway refuses',
    'gateway.envoyproxy.io/v1alpha1/SecurityPolicy',
    { ancestors: [conditions('Accepted=False:Invalid!no such key')] },
    'Degraded',
    'no such key',
  ],
  ['a namespace', 'v1/Namespace', { phase: 'Active' }, 'Healthy'],
];

const BY_TABLE: Situation[] = [
  ['a queue', 'elasticsearch.k8s.elastic.co/v1/Elasticsearch', { phase: 'Ready', health: 'green' }, 'Healthy'],
  [
    'a yellow cluster',
    'elasticsearch.k8s.elastic.co/v1/Elasticsearch',
    { phase: 'Ready', health: 'yellow' },
    'Progressing',
  ],
  ['a red cluster', 'elasticsearch.k8s.elastic.co/v1/Elasticsearch', { phase: 'Ready', health: 'red' }, 'Degraded'],
  ['a cluster with an invalid spec', 'kibana.k8s.elastic.co/v1/Kibana', { phase: 'Invalid' }, 'Degraded'],
  ['a new cluster', 'kibana.k8s.elastic.co/v1/Kibana', {}, 'Progressing'],
  [
    'a cluster that lacks a node',
    'elasticsearch.k8s.elastic.co/v1/Elasticsearch',
    { phase: 'Ready', health: 'green', availableNodes: 2 },
    'Progressing',
    '2 of 3 nodes are available',
    { nodeSets: [{ count: 3 }] },
  ],
  ['a PostgreSQL of Zalando', 'acid.zalan.do/v1/postgresql', { PostgresClusterStatus: 'SyncFailed' }, 'Degraded'],
  ['a PostgreSQL that runs', 'acid.zalan.do/v1/postgresql', { PostgresClusterStatus: 'Running' }, 'Healthy'],
  [
    'a cluster of RabbitMQ',
    'rabbitmq.com/v1beta1/RabbitmqCluster',
    conditions('NoWarnings=False', 'AllReplicasReady=True', 'ClusterAvailable=True', 'ReconcileSuccess=True'),
    'Healthy',
  ],
  [
    'a queue that is refused',
    'rabbitmq.com/v1beta1/Queue',
    conditions('Ready=False:FailedCreateOrUpdate!no vhost'),
    'Degraded',
    'no vhost',
  ],
  [
    'a Ceph that warns',
    'ceph.rook.io/v1/CephCluster',
    { state: 'Created', ceph: { health: 'HEALTH_WARN', details: { OSD_DOWN: { message: '1 osd down' } } } },
    'Degraded',
    'HEALTH_WARN: 1 osd down',
  ],
  [
    'a Ceph that is well',
    'ceph.rook.io/v1/CephCluster',
    { state: 'Created', ceph: { health: 'HEALTH_OK' } },
    'Healthy',
  ],
  [
    'a node pool without its class',
    'karpenter.sh/v1/NodePool',
    conditions('Ready=False!no node class'),
    'Degraded',
    'no node class',
  ],
  [
    'a bucket that AWS refuses',
    's3.services.k8s.aws/v1alpha1/Bucket',
    conditions('ACK.Terminal=True!name taken', 'ACK.ResourceSynced=False'),
    'Degraded',
    'name taken',
  ],
  [
    'a bucket that is not there yet',
    's3.services.k8s.aws/v1alpha1/Bucket',
    conditions('ACK.ResourceSynced=False'),
    'Progressing',
  ],
  [
    'a bucket at Google that is refused',
    'storage.cnrm.cloud.google.com/v1beta1/StorageBucket',
    conditions('Ready=False:UpdateFailed!403'),
    'Degraded',
    '403',
  ],
  [
    'a bucket at Google that waits for another',
    'storage.cnrm.cloud.google.com/v1beta1/StorageBucket',
    conditions('Ready=False:DependencyNotReady!waits'),
    'Suspended',
  ],
  [
    'an account at Azure that is refused',
    'storage.azure.com/v1api20230101/StorageAccount',
    { conditions: [{ type: 'Ready', status: 'False', severity: 'Error', reason: 'AuthorizationFailed' }] },
    'Degraded',
    'AuthorizationFailed',
  ],
  [
    'an account at Azure that is made',
    'storage.azure.com/v1api20230101/StorageAccount',
    { conditions: [{ type: 'Ready', status: 'False', severity: 'Info', reason: 'Reconciling' }] },
    'Progressing',
  ],
  [
    'a route that no router takes',
    'route.openshift.io/v1/Route',
    { ingress: [conditions('Admitted=False:HostAlreadyClaimed!taken')] },
    'Degraded',
    'taken',
  ],
  [
    'a config scaled to nothing',
    'apps.openshift.io/v1/DeploymentConfig',
    { replicas: 0, ...conditions('Available=False') },
    'Healthy',
  ],
  [
    'an upgrade that waits for its approval',
    'operators.coreos.com/v1alpha1/Subscription',
    { state: 'UpgradePending', installedCSV: 'a.v1', ...conditions('InstallPlanPending=True:RequiresApproval') },
    'Healthy',
    'An upgrade waits for its approval',
    { installPlanApproval: 'Manual' },
  ],
  [
    'a subscription that can not be resolved',
    'operators.coreos.com/v1alpha1/Subscription',
    conditions('ResolutionFailed=True!no channel'),
    'Degraded',
    'no channel',
  ],
  [
    'a dashboard without a Grafana',
    'grafana.integreatly.org/v1beta1/GrafanaDashboard',
    conditions('NoMatchingInstance=True!none'),
    'Degraded',
    'none',
  ],
  [
    'a dashboard that is shown',
    'grafana.integreatly.org/v1beta1/GrafanaDashboard',
    conditions('DashboardSynchronized=True'),
    'Healthy',
  ],
  [
    'a collector of which no pod is ready',
    'opentelemetry.io/v1beta1/OpenTelemetryCollector',
    { scale: { statusReplicas: '0/2' } },
    'Degraded',
    '0 of 2 pods are ready',
  ],
  ['a collector', 'opentelemetry.io/v1beta1/OpenTelemetryCollector', { scale: { statusReplicas: '2/2' } }, 'Healthy'],
  [
    'a machine that is shut down',
    'kubevirt.io/v1/VirtualMachine',
    { printableStatus: 'Stopped', ...conditions('Ready=False') },
    'Suspended',
    'Stopped',
  ],
  ['a canary that failed', 'flagger.app/v1beta1/Canary', { phase: 'Failed' }, 'Degraded'],
  ['a canary that is analysed', 'flagger.app/v1beta1/Canary', { phase: 'Progressing' }, 'Progressing'],
  [
    'a job of Spark that failed',
    'sparkoperator.k8s.io/v1beta2/SparkApplication',
    { applicationState: { state: 'FAILED', errorMessage: 'OOM' } },
    'Degraded',
    'OOM',
  ],
  [
    'an upstream that Gloo refuses',
    'gloo.solo.io/v1/Upstream',
    { statuses: { 'gloo-system': { state: 2, reason: 'no host' } } },
    'Degraded',
    'no host',
  ],
  [
    'a Keycloak with errors',
    'k8s.keycloak.org/v2alpha1/Keycloak',
    conditions('Ready=False', 'HasErrors=True!no database'),
    'Degraded',
    'no database',
  ],
  [
    'a clone set at its partition',
    'apps.kruise.io/v1alpha1/CloneSet',
    { observedGeneration: 3, updatedReplicas: 1, updatedAvailableReplicas: 1 },
    'Suspended',
    undefined,
    { replicas: 3, updateStrategy: { partition: 2 } },
  ],
  [
    'a source of events that is refused',
    'argoproj.io/v1alpha1/Sensor',
    conditions('Deployed=False!no event bus'),
    'Degraded',
    'no event bus',
  ],
  ['Istio in an error', 'install.istio.io/v1alpha1/IstioOperator', { status: 4 }, 'Degraded'],
  [
    'Knative that does not install',
    'operator.knative.dev/v1beta1/KnativeServing',
    conditions('InstallSucceeded=False!no permission', 'Ready=False'),
    'Degraded',
    'no permission',
  ],
  [
    'Knative that starts',
    'operator.knative.dev/v1beta1/KnativeServing',
    conditions('InstallSucceeded=True', 'Ready=False'),
    'Progressing',
  ],
  [
    'a TLS policy that one gateway does not know of yet',
    'gateway.networking.k8s.io/v1/BackendTLSPolicy',
    {
      ancestors: [
        conditions('Accepted=True'),
        { conditions: [{ type: 'Accepted', status: 'True', observedGeneration: 1 }] },
      ],
    },
    'Progressing',
  ],
];

describe('kinds that nobody told us of go by the conventions of controllers', () => {
  it.each(BY_CONVENTION)('%s', (...[, kind, status, is, message, spec]) => {
    const health = judged(kind, status, spec);
    expect(health?.status).toBe(is);
    if (message !== undefined) expect(health?.message).toBe(message);
  });

  it('goes by the status alone where an object has no generation, as in a file that somebody wrote', () => {
    const live = { apiVersion: 'acme.example/v1', kind: 'Thing', metadata: { name: 'x' } };
    expect(assess({ ...live, status: { observedGeneration: 7, ...conditions('Ready=True') } })?.status).toBe('Healthy');
  });

  it('reads a status that was written without quotes', () => {
    expect(judged('acme.example/v1/Thing', { conditions: [{ type: 'Ready', status: false }] })?.status).toBe(
      'Progressing',
    );
  });
});

describe('kinds that platforms have, as Argo CD judges them', () => {
  it.each(BY_TABLE)('%s', (...[, kind, status, is, message, spec]) => {
    const health = judged(kind, status, spec);
    expect(health?.status).toBe(is);
    if (message !== undefined) expect(health?.message).toBe(message);
  });
});
