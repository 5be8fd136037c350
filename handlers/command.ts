import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createEngines } from '../src/engines/index.ts';
import { runCommand } from '../src/flows/command.ts';
import { createSecrets } from '../src/secrets/resolve-secret.ts';
import { readEnvironment, type Variables } from '../src/spec/environment.ts';
import { consume } from '../src/state/consume.ts';
import { createQueue, createStore } from '../src/state/index.ts';
import { createPostpone } from '../src/state/postpone.ts';
import { AWS_VARIABLES, connectAws } from './aws.ts';
import { lazily } from './lazily.ts';
import { clock, connectGitHub, connectRenderer, GITHUB_VARIABLES, RENDER_VARIABLES } from './wiring.ts';

const VARIABLES = [
  ...AWS_VARIABLES,
  'TRIMTAB_TABLE',
  ...GITHUB_VARIABLES,
  ...RENDER_VARIABLES,
  'TRIMTAB_QUEUE_PREVIEW',
  'TRIMTAB_QUEUE_SYNC',
] as const;

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

/** Queue: comment commands. It reads and writes GitHub, and begins operations; it reaches no cluster. */
export async function createCommand(variables: Variables): Promise<Handler> {
  const environment = readEnvironment(VARIABLES, variables);
  const aws = connectAws(environment);
  const secret = createSecrets({ aws, values: variables });
  const github = await connectGitHub(environment, secret);
  const engines = createEngines();
  const ports = {
    ...github,
    renderer: connectRenderer(environment, github.source, engines, 'marks'),
    store: createStore({ aws, table: environment.TRIMTAB_TABLE }),
    queue: createQueue({
      aws,
      urls: {
        preview: environment.TRIMTAB_QUEUE_PREVIEW,
        sync: environment.TRIMTAB_QUEUE_SYNC,
      },
    }),
    engines,
    clock,
  };
  const postpone = createPostpone({ aws, endpoint: environment.AWS_ENDPOINT_URL_SQS });
  return (event) => consume(event, 'command', (job) => runCommand(job, ports), { postpone });
}

export const handler: Handler = lazily(createCommand);
