import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createClusters } from '../src/cluster/clusters.ts';
import { createEngines } from '../src/engines/index.ts';
import { refresh } from '../src/flows/refresh.ts';
import { createDataKeys } from '../src/secrets/data-key.ts';
import { createSecrets } from '../src/secrets/resolve-secret.ts';
import { readEnvironment, type Variables } from '../src/spec/environment.ts';
import type { RefreshJob } from '../src/spec/event.ts';
import { consume } from '../src/state/consume.ts';
import { createQueue, createStore } from '../src/state/index.ts';
import { createPostpone } from '../src/state/postpone.ts';
import { AWS_VARIABLES, connectAws } from './aws.ts';
import { lazily } from './lazily.ts';
import {
  CLUSTER_VARIABLES,
  clock,
  clusterAccess,
  connectGitHub,
  connectRenderer,
  GITHUB_VARIABLES,
  type OnLaptop,
  RENDER_VARIABLES,
} from './wiring.ts';

const VARIABLES = [
  ...AWS_VARIABLES,
  'TRIMTAB_TABLE',
  ...GITHUB_VARIABLES,
  ...RENDER_VARIABLES,
  'TRIMTAB_SOPS_AGE_KEY_REF',
  ...CLUSTER_VARIABLES,
  'TRIMTAB_MARK_KEY_REF',
  'TRIMTAB_QUEUE_REFRESH',
  'TRIMTAB_QUEUE_SYNC',
  'TRIMTAB_QUEUE_NOTIFY',
] as const;

/** From the queue, or from the schedule, whose event is the job itself. */
type Handler = (event: SQSEvent | RefreshJob) => Promise<SQSBatchResponse>;

/** Queue and schedule: looks at applications, finds drift, starts what is to sync by itself. It only reads clusters. */
export async function createRefresh(variables: Variables, onLaptop: OnLaptop = {}): Promise<Handler> {
  const environment = readEnvironment(VARIABLES, variables);
  const aws = connectAws(environment);
  const secret = createSecrets({ aws, values: variables });
  const github = await connectGitHub(environment, secret);
  const engines = createEngines();
  const dataKeys = createDataKeys({ ageKey: environment.TRIMTAB_SOPS_AGE_KEY_REF, secret, aws });
  const ports = {
    ...github,
    renderer: connectRenderer(environment, github.source, engines, dataKeys),
    clusters: createClusters(clusterAccess(environment, { secret, aws, ...onLaptop })),
    store: createStore({ aws, table: environment.TRIMTAB_TABLE }),
    queue: createQueue({
      aws,
      urls: {
        refresh: environment.TRIMTAB_QUEUE_REFRESH,
        sync: environment.TRIMTAB_QUEUE_SYNC,
        notify: environment.TRIMTAB_QUEUE_NOTIFY,
      },
    }),
    engines,
    clock,
    markKey: await secret(environment.TRIMTAB_MARK_KEY_REF),
  };
  const postpone = createPostpone({ aws, endpoint: environment.AWS_ENDPOINT_URL_SQS });
  return async (event) => {
    if ('Records' in event) return consume(event, 'refresh', (job) => refresh(job, ports), { postpone });
    await refresh(event, ports);
    return { batchItemFailures: [] };
  };
}

export const handler: Handler = lazily(createRefresh);
