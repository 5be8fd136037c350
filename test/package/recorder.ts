import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What one function asked of AWS: an action as IAM names it, and the item's partition or the queue that it was for. */
export interface Asked {
  readonly action: string;
  readonly subject: string;
}

export interface Recorder {
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/**
 * Stands between one function and an embedded AWS service, and writes down what passes. Both speak AWS's JSON protocol: the
 * header `x-amz-target` names the call.
 */
export async function record(target: string): Promise<Recorder> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    asked.push(readCall(String(request.headers['x-amz-target']), body.toString()));
    const { host: _, connection: __, ...headers } = request.headers;
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method ?? 'POST',
      headers: headers as Record<string, string>,
      body,
    });
    const given = Buffer.from(await answer.arrayBuffer());
    const type = answer.headers.get('content-type') ?? 'application/json';
    const sum = answer.headers.get('x-amz-crc32');
    response.writeHead(answer.status, { 'content-type': type, ...(sum === null ? {} : { 'x-amz-crc32': sum }) });
    response.end(given);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      const closed = once(server, 'close');
      server.closeAllConnections();
      server.close();
      await closed;
    },
  };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html */
function readCall(call: string, body: string): Asked {
  const [service = '', verb = ''] = call.split('.');
  const given = JSON.parse(body) as Readonly<Record<string, unknown>>;
  if (service === 'AmazonSQS') {
    const queue = String(given['QueueUrl']);
    return { action: `sqs:${verb}`, subject: queue.slice(queue.lastIndexOf('/') + 1) };
  }
  const named = given as Readonly<Record<'Key' | 'Item' | 'ExpressionAttributeValues', Attributes | undefined>>;
  const key = named.Key?.['pk'] ?? named.Item?.['pk'] ?? named.ExpressionAttributeValues?.[':pk'];
  return { action: `dynamodb:${verb}`, subject: key?.S ?? '' };
}

type Attributes = Readonly<Record<string, { readonly S?: string } | undefined>>;
