import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createWritableClusters } from '../src/cluster/writable.ts';
import { createEngines } from '../src/engines/index.ts';
import { sync } from '../src/flows/sync.ts';
import { createDataKeys } from '../src/secrets/data-key.ts';
import { createSecrets } from '../src/secrets/resolve-secret.ts';
import { readEnvironment, type Variables } from '../src/spec/environment.ts';
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
  'TRIMTAB_QUEUE_REFRESH',
  'TRIMTAB_QUEUE_SYNC',
  'TRIMTAB_SYNC_WAVE_DELAY',
] as const;

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

/** Queue: one step of one operation a job. The only function with credentials that change clusters. */
export async function createSync(variables: Variables, onLaptop: OnLaptop = {}): Promise<Handler> {
  const environment = readEnvironment(VARIABLES, variables);
  const aws = connectAws(environment);
  const secret = createSecrets({ aws, values: variables });
  const github = await connectGitHub(environment, secret);
  const engines = createEngines();
  const dataKeys = createDataKeys({ ageKey: environment.TRIMTAB_SOPS_AGE_KEY_REF, secret, aws });
  const ports = {
    ...github,
    renderer: connectRenderer(environment, github.source, engines, dataKeys),
    clusters: createWritableClusters(clusterAccess(environment, { secret, aws, ...onLaptop })),
    store: createStore({ aws, table: environment.TRIMTAB_TABLE }),
    queue: createQueue({
      aws,
      urls: {
        refresh: environment.TRIMTAB_QUEUE_REFRESH,
        sync: environment.TRIMTAB_QUEUE_SYNC,
      },
    }),
    engines,
    clock,
    waveDelay: Number(environment.TRIMTAB_SYNC_WAVE_DELAY),
  };
  const postpone = createPostpone({ aws, endpoint: environment.AWS_ENDPOINT_URL_SQS });
  return (event) => consume(event, 'sync', (job) => sync(job, ports), { postpone });
}

export const handler: Handler = lazily(createSync);
