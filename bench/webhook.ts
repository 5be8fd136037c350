import { spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundle } from './bundle.ts';
import { type Figure, milliseconds } from './figure.ts';
import { median } from './median.ts';

const ROUNDS = 21;
const MAX_BYTES = 1.5e6;
const TARGET = 2;
const SECRET = 'not-a-secret-of-anybody';
const RUNTIME = join(import.meta.dirname, 'answer-once.mjs');

/**
 * The webhook's bundle: its size; and the time from the start of its process to its first answer, beside a handler that
 * does nothing. Two first answers: to a request that is not signed, and to one that is, whose job is queued: it asks the table,
 * sends to the queue and writes the table, in another process, which answers at once: how long a database takes is not
 * the function's. Whoever calls AWS has to load node:https: what that takes stands beside.
 */
export async function webhook(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const aws = await createPromptAws();
  try {
    const { file } = await bundle('webhook', folder);
    const bytes = (await stat(file)).size;
    const variables = {
      TRIMTAB_WEBHOOK_SECRET_REF: 'env:WEBHOOK_SECRET',
      WEBHOOK_SECRET: SECRET,
      TRIMTAB_TABLE: 'trimtab',
      TRIMTAB_QUEUE_PREVIEW: `${aws.url}/1/preview`,
      TRIMTAB_QUEUE_COMMAND: `${aws.url}/1/command`,
      TRIMTAB_QUEUE_REFRESH: `${aws.url}/1/refresh`,
      AWS_REGION: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: aws.url,
      AWS_ENDPOINT_URL_SQS: aws.url,
    };
    const empty = await handlerOf('', folder, 'empty');
    const https = await handlerOf("process.getBuiltinModule('node:https').globalAgent;", folder, 'https');
    const times = { empty: [] as number[], https: [] as number[], refused: [] as number[], queued: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      times.empty.push(await firstAnswer(empty, folder, delivery(true), { variables, status: 202 }));
      times.https.push(await firstAnswer(https, folder, delivery(true), { variables, status: 202 }));
      times.refused.push(await firstAnswer(file, folder, delivery(false), { variables, status: 401 }));
      aws.asked.length = 0;
      times.queued.push(await firstAnswer(file, folder, delivery(true), { variables, status: 202 }));
      if (aws.asked.join() !== CALLS) throw new Error(`The webhook asked AWS for ${aws.asked.join()}`);
    }
    const beside = median(times.empty);
    const answer = (what: string, measured: number): Figure => ({
      benchmark: 'webhook',
      what: `start to first answer, ${what}`,
      measured: milliseconds(measured),
      beside: `${milliseconds(beside)}: an empty handler`,
      result: `${(measured / beside).toFixed(2)} ×`,
    });
    const [refused, queued] = [median(times.refused), median(times.queued)];
    return [
      {
        benchmark: 'webhook',
        what: 'bundle',
        measured: `${Math.round(bytes / 1000)} kB`,
        beside: '–',
        result: `${(bytes / 1e6).toFixed(2)} MB`,
        target: `≤ ${MAX_BYTES / 1e6} MB`,
        met: bytes <= MAX_BYTES,
      },
      answer('empty, but node:https is loaded', median(times.https)),
      withTarget(answer('not signed: 401', refused), refused / beside),
      withTarget(answer('signed, job queued: 202', queued), queued / beside),
    ];
  } finally {
    aws.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the webhook asks of AWS for one delivery with one job. */
const CALLS = 'DynamoDB_20120810.GetItem,AmazonSQS.SendMessage,DynamoDB_20120810.PutItem';

/** An AWS that answers at once, that it knows nothing and did everything; `asked` names the calls. */
async function createPromptAws(): Promise<{ readonly url: string; readonly asked: string[]; close(): void }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(String(request.headers['x-amz-target']));
    request
      .resume()
      .on('end', () => response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close: () => server.close() };
}

function withTarget(figure: Figure, ratio: number): Figure {
  return { ...figure, target: `≤ ${TARGET} ×`, met: ratio <= TARGET };
}

/** A handler that does nothing but what `code` does when it is loaded. */
async function handlerOf(code: string, folder: string, name: string): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  const contents = `${code} export const handler = async () => ({ statusCode: 202 });`;
  await build({ stdin: { contents }, outfile, bundle: true, minify: true, format: 'esm', platform: 'node' });
  return outfile;
}

/** A push to a pull request, as API Gateway hands it on. */
function delivery(signed: boolean): object {
  const body = JSON.stringify({
    action: 'synchronize',
    number: 7,
    pull_request: { number: 7, head: { sha: '4b825dc642cb6eb9a060e54bf8d69288fbee4904' } },
    repository: { full_name: 'acme/platform' },
  });
  const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
  return {
    version: '2.0',
    headers: {
      'x-github-event': 'pull_request',
      'x-github-delivery': randomUUID(),
      ...(signed ? { 'x-hub-signature-256': signature } : {}),
    },
    body,
    isBase64Encoded: false,
  };
}

/** Milliseconds from the start of a process to the answer of its handler. Throws when that is another answer. */
async function firstAnswer(
  handler: string,
  folder: string,
  event: object,
  expected: { readonly variables: Readonly<Record<string, string>>; readonly status: number },
): Promise<number> {
  const file = join(folder, 'event.json');
  await writeFile(file, JSON.stringify(event));
  const began = performance.now();
  const child = spawn(process.execPath, [RUNTIME, handler, file], {
    env: expected.variables,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let [text, took] = ['', Number.NaN];
  for await (const chunk of child.stdout) {
    took = performance.now() - began;
    text += chunk;
  }
  const answer: { readonly statusCode?: number } = JSON.parse(text || '{}');
  if (answer.statusCode !== expected.status) throw new Error(`Expected ${expected.status}, the handler said ${text}`);
  return took;
}
