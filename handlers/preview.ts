import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createEngines } from '../src/engines/index.ts';
import { preview } from '../src/flows/preview.ts';
import { createSecrets } from '../src/secrets/resolve-secret.ts';
import { readEnvironment, type Variables } from '../src/spec/environment.ts';
import { connectPostpone, connectStore, STORE_VARIABLES } from '../src/state/connect.ts';
import { consume } from '../src/state/consume.ts';
import { clock, connectGitHub, connectRenderer, GITHUB_VARIABLES, RENDER_VARIABLES } from './wiring.ts';

const VARIABLES = [
  ...STORE_VARIABLES,
  ...GITHUB_VARIABLES,
  ...RENDER_VARIABLES,
  'TRIMTAB_MARK_KEY_REF',
  'AWS_ENDPOINT_URL_SQS',
] as const;

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

/** Queue: previews of pull requests. It runs untrusted charts, so it has no way to clusters, Slack or other queues. */
export async function createPreview(variables: Variables): Promise<Handler> {
  const environment = readEnvironment(VARIABLES, variables);
  const secret = createSecrets({ region: environment.AWS_REGION, values: variables });
  const github = await connectGitHub(environment, secret);
  const ports = {
    ...github,
    renderer: connectRenderer(environment, github.source),
    store: connectStore(environment),
    engines: createEngines(),
    clock,
    markKey: await secret(environment.TRIMTAB_MARK_KEY_REF),
  };
  const postpone = connectPostpone(environment);
  return (event) => consume(event, 'preview', (job) => preview(job, ports), { postpone });
}

let ready: Promise<Handler> | undefined;

export const handler: Handler = async (event) => {
  ready ??= createPreview(process.env);
  return (await ready)(event);
};
