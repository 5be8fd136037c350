import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createEngines } from '../src/engines/index.ts';
import { preview } from '../src/flows/preview.ts';
import { createSecrets } from '../src/secrets/resolve-secret.ts';
import { readEnvironment, type Variables } from '../src/spec/environment.ts';
import { consume } from '../src/state/consume.ts';
import { createStore } from '../src/state/index.ts';
import { createPostpone } from '../src/state/postpone.ts';
import { AWS_VARIABLES, connectAws } from './aws.ts';
import { lazily } from './lazily.ts';
import { clock, connectGitHub, connectRenderer, GITHUB_VARIABLES, RENDER_VARIABLES } from './wiring.ts';

const VARIABLES = [
  ...AWS_VARIABLES,
  'TRIMTAB_TABLE',
  ...GITHUB_VARIABLES,
  ...RENDER_VARIABLES,
  'TRIMTAB_MARK_KEY_REF',
] as const;

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

/** Queue: previews of pull requests. It runs untrusted charts, so it has no way to clusters, Slack or other queues. */
export async function createPreview(variables: Variables): Promise<Handler> {
  const environment = readEnvironment(VARIABLES, variables);
  const aws = connectAws(environment);
  const secret = createSecrets({ aws, values: variables });
  const github = await connectGitHub(environment, secret);
  const engines = createEngines();
  const ports = {
    ...github,
    renderer: connectRenderer(environment, github.source, engines, 'marks'),
    store: createStore({ aws, table: environment.TRIMTAB_TABLE }),
    engines,
    clock,
    markKey: await secret(environment.TRIMTAB_MARK_KEY_REF),
  };
  const postpone = createPostpone({ aws, endpoint: environment.AWS_ENDPOINT_URL_SQS });
  return (event) => consume(event, 'preview', (job) => preview(job, ports), { postpone });
}

export const handler: Handler = lazily(createPreview);
