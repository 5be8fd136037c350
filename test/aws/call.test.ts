import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAws } from '../../src/aws/index.ts';

interface Said {
  readonly status: number;
  readonly body?: object;
}

interface Heard {
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
  vi.unstubAllEnvs();
});

/** A service that gives the answers in their order, the last one again and again; undefined: none at all. */
async function service(
  ...answers: (Said | undefined)[]
): Promise<{ url: string; heard: Heard[]; sockets: Set<unknown> }> {
  const heard: Heard[] = [];
  const sockets = new Set<unknown>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = answers[Math.min(heard.length, answers.length - 1)];
    const text = Buffer.concat(chunks).toString();
    heard.push({ headers: request.headers, body: text.startsWith('{') ? JSON.parse(text) : text });
    sockets.add(request.socket);
    if (answer === undefined) return;
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(answer.body ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard, sockets };
}

describe('a call of AWS', () => {
  it('names service, protocol and operation, is signed for its region, and answers what AWS answers', async () => {
    const { url, heard } = await service({ status: 200, body: { MessageId: 'm-1' } });
    const aws = createAws({ region: 'eu-central-1', endpoints: { sqs: url } });
    const answer = await aws('sqs:SendMessage', { QueueUrl: 'https://sqs/1/jobs', MessageBody: '{}' });
    expect(answer).toEqual({ MessageId: 'm-1' });
    expect(heard[0]?.body).toEqual({ QueueUrl: 'https://sqs/1/jobs', MessageBody: '{}' });
    expect(heard[0]?.headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.SendMessage',
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=\w+\/\d{8}\/eu-central-1\/sqs\/aws4_request, /,
      ),
    });
  });

  it('of STS speaks its query protocol, and gets its answer in JSON', async () => {
    const answer = { AssumeRoleResponse: { AssumeRoleResult: { Credentials: { AccessKeyId: 'ASIA' } } } };
    const { url, heard } = await service({ status: 200, body: answer });
    const aws = createAws({ region: 'eu-central-1', endpoints: { sts: url } });
    const input = { RoleArn: 'arn:aws:iam::1:role/a b', RoleSessionName: 'trimtab' };
    expect(await aws('sts:AssumeRole', input)).toEqual({ Credentials: { AccessKeyId: 'ASIA' } });
    expect(heard[0]?.headers).toMatchObject({
      accept: 'application/json',
      'content-type': expect.stringContaining('application/x-www-form-urlencoded'),
      authorization: expect.stringContaining('/eu-central-1/sts/aws4_request'),
    });
    expect(Object.fromEntries(new URLSearchParams(String(heard[0]?.body)))).toEqual({
      ...input,
      Action: 'AssumeRole',
      Version: '2011-06-15',
    });
  });

  it('that STS refuses is told by its code', async () => {
    const body = { Error: { Code: 'AccessDenied', Message: 'not authorized to perform: sts:AssumeRole' } };
    const { url, heard } = await service({ status: 403, body });
    const aws = createAws({ region: 'eu-central-1', endpoints: { sts: url } });
    await expect(aws('sts:AssumeRole', {})).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'sts:AssumeRole: not authorized to perform: sts:AssumeRole',
    });
    expect(heard).toHaveLength(1);
  });

  it('goes over a connection that is open already', async () => {
    const { url, sockets } = await service({ status: 200 });
    const aws = createAws({ region: 'local', endpoints: { dynamodb: url } });
    await aws('dynamodb:GetItem', {});
    await aws('dynamodb:PutItem', {});
    expect(sockets.size).toBe(1);
  });

  it.each([
    ['AWS failed by itself', { status: 500, body: { __type: 'InternalServerError' } }],
    ['the table is throttled', { status: 400, body: { __type: 'x#ProvisionedThroughputExceededException' } }],
  ])('is sent again when %s', async (_, answer) => {
    const { url, heard } = await service(answer, answer, { status: 200, body: { Item: {} } });
    const aws = createAws({ region: 'local', endpoints: { dynamodb: url } });
    expect(await aws('dynamodb:GetItem', {})).toEqual({ Item: {} });
    expect(heard).toHaveLength(3);
  });

  it('is sent again when nobody answers in time', async () => {
    const { url, heard } = await service(undefined, { status: 200 });
    const aws = createAws({ region: 'local', endpoints: { dynamodb: url } });
    await aws('dynamodb:GetItem', {}, { timeLimit: 50 });
    expect(heard).toHaveLength(2);
  });

  it('is refused with the code of AWS, and not sent again, when it can never succeed', async () => {
    const body = { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', message: 'No.' };
    const { url, heard } = await service({ status: 400, body });
    const aws = createAws({ region: 'local', endpoints: { dynamodb: url } });
    await expect(aws('dynamodb:PutItem', {})).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      status: 400,
    });
    expect(heard).toHaveLength(1);
  });

  it('ends at once when who asked no longer wants it', async () => {
    const { url, heard } = await service(undefined);
    const aws = createAws({ region: 'local', endpoints: { sqs: url } });
    const ending = new AbortController();
    const receiving = aws('sqs:ReceiveMessage', {}, { signal: ending.signal });
    await vi.waitFor(() => expect(heard).toHaveLength(1));
    ending.abort();
    await expect(receiving).rejects.toMatchObject({ name: 'AbortError' });
    expect(heard).toHaveLength(1);
  });
});
