import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { listenHere } from './listen.ts';

/** GitHub's limit for a delivery; a longer body is refused by its announced length, before it is read. */
const MAX_BYTES = 25 * 1024 * 1024;

export interface Gateway {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Plays API Gateway's HTTP API in front of one function: `POST /webhook` becomes the event that Lambda would get.
 * Throws Problem `misconfigured` when the port is taken.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export async function createGateway(
  handler: (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>,
  port = 0,
): Promise<Gateway> {
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: string): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    };
    try {
      if (request.method !== 'POST' || request.url !== '/webhook') return answer(404, '{"message":"POST /webhook"}');
      const body = await readBody(request);
      if (body === undefined) return answer(413, '{"message":"The body is larger than GitHub sends (25 MB)."}');
      const result = await handler(asEvent(request, body));
      answer(result.statusCode ?? 200, result.body ?? '');
    } catch {
      answer(500, '{"message":"The delivery could not be queued. Redeliver it."}');
    }
  });
  const taken = await listenHere(server, port);
  return { url: `http://127.0.0.1:${taken}/webhook`, close: () => close(server) };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BYTES) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function asEvent(request: IncomingMessage, body: string): APIGatewayProxyEventV2 {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  );
  const path = request.url ?? '/';
  return {
    version: '2.0',
    routeKey: 'POST /webhook',
    rawPath: path,
    rawQueryString: '',
    headers,
    requestContext: {
      accountId: 'embedded',
      apiId: 'embedded',
      domainName: '127.0.0.1',
      domainPrefix: '127',
      http: {
        method: 'POST',
        path,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: headers['x-github-delivery'] ?? '',
      routeKey: 'POST /webhook',
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    body,
    isBase64Encoded: false,
  };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
