import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createClusters } from '../src/cluster/clusters.ts';
import { createEngines } from '../src/engines/index.ts';
import { refresh } from '../src/flows/refresh.ts';
import { createClusterSecrets } from '../src/secrets/cluster-secrets.ts';
import { createSecrets } from '../src/secrets/resolve-secret.ts';
import { readEnvironment, type Variables } from '../src/spec/environment.ts';
import type { RefreshJob } from '../src/spec/event.ts';
import { connectPostpone, connectQueue, connectStore, STORE_VARIABLES } from '../src/state/connect.ts';
import { consume } from '../src/state/consume.ts';
import { clock, connectGitHub, connectRenderer, GITHUB_VARIABLES, kubeconfigOf, RENDER_VARIABLES } from './wiring.ts';

const VARIABLES = [
  ...STORE_VARIABLES,
  ...GITHUB_VARIABLES,
  ...RENDER_VARIABLES,
  'AWS_ENDPOINT_URL_SQS',
  'TRIMTAB_KUBECONFIG_REF',
  'TRIMTAB_CLUSTER_SECRETS',
  'TRIMTAB_MARK_KEY_REF',
  'TRIMTAB_QUEUE_REFRESH',
  'TRIMTAB_QUEUE_SYNC',
  'TRIMTAB_QUEUE_NOTIFY',
] as const;

/** From the queue, or from the schedule, whose event is the job itself. */
type Handler = (event: SQSEvent | RefreshJob) => Promise<SQSBatchResponse>;

/** Queue and schedule: looks at applications, finds drift, starts what is to sync by itself. It only reads clusters. */
export async function createRefresh(variables: Variables): Promise<Handler> {
  const environment = readEnvironment(VARIABLES, variables);
  const secret = createSecrets({ region: environment.AWS_REGION, values: variables });
  const github = await connectGitHub(environment, secret);
  const ports = {
    ...github,
    renderer: connectRenderer(environment, github.source),
    clusters: createClusters({
      resolveSecret: createClusterSecrets({ resolve: secret, prefix: environment.TRIMTAB_CLUSTER_SECRETS }),
      resolveKubeconfig: secret,
      ...kubeconfigOf(environment.TRIMTAB_KUBECONFIG_REF),
    }),
    store: connectStore(environment),
    queue: connectQueue(environment, {
      refresh: environment.TRIMTAB_QUEUE_REFRESH,
      sync: environment.TRIMTAB_QUEUE_SYNC,
      notify: environment.TRIMTAB_QUEUE_NOTIFY,
    }),
    engines: createEngines(),
    clock,
    markKey: await secret(environment.TRIMTAB_MARK_KEY_REF),
  };
  const postpone = connectPostpone(environment);
  return async (event) => {
    if ('Records' in event) return consume(event, 'refresh', (job) => refresh(job, ports), { postpone });
    await refresh(event, ports);
    return { batchItemFailures: [] };
  };
}

let ready: Promise<Handler> | undefined;

export const handler: Handler = async (event) => {
  ready ??= createRefresh(process.env);
  return (await ready)(event);
};
