import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createEngines } from '../src/engines/index.ts';
import { runCommand } from '../src/flows/command.ts';
import { createSecrets } from '../src/secrets/resolve-secret.ts';
import { readEnvironment, type Variables } from '../src/spec/environment.ts';
import { connectPostpone, connectQueue, connectStore, STORE_VARIABLES } from '../src/state/connect.ts';
import { consume } from '../src/state/consume.ts';
import { clock, connectGitHub, connectRenderer, GITHUB_VARIABLES, RENDER_VARIABLES } from './wiring.ts';

const VARIABLES = [
  ...STORE_VARIABLES,
  ...GITHUB_VARIABLES,
  ...RENDER_VARIABLES,
  'AWS_ENDPOINT_URL_SQS',
  'TRIMTAB_QUEUE_PREVIEW',
  'TRIMTAB_QUEUE_SYNC',
] as const;

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

/** Queue: comment commands. It reads and writes GitHub, and begins operations; it reaches no cluster. */
export async function createCommand(variables: Variables): Promise<Handler> {
  const environment = readEnvironment(VARIABLES, variables);
  const secret = createSecrets({ region: environment.AWS_REGION, values: variables });
  const github = await connectGitHub(environment, secret);
  const ports = {
    ...github,
    renderer: connectRenderer(environment, github.source),
    store: connectStore(environment),
    queue: connectQueue(environment, {
      preview: environment.TRIMTAB_QUEUE_PREVIEW,
      sync: environment.TRIMTAB_QUEUE_SYNC,
    }),
    engines: createEngines(),
    clock,
  };
  const postpone = connectPostpone(environment);
  return (event) => consume(event, 'command', (job) => runCommand(job, ports), { postpone });
}

let ready: Promise<Handler> | undefined;

export const handler: Handler = async (event) => {
  ready ??= createCommand(process.env);
  return (await ready)(event);
};
