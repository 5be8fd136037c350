import { HTTPException } from 'hono/http-exception';
import { asProblem } from '../../spec/problem.ts';
import { admit, identify } from './auth.ts';
import { answerGraphql } from './graphql.ts';
import {
  type Call,
  createRateLimit,
  createRouter,
  DOCUMENTATION_URL,
  entityTag,
  notFound,
  type Reply,
  type Route,
  refusal,
  type Server,
} from './http.ts';
import { appRoutes } from './routes/app.ts';
import { checkRoutes } from './routes/checks.ts';
import { deploymentRoutes } from './routes/deployments.ts';
import { gitRoutes } from './routes/git.ts';
import { issueRoutes } from './routes/issues.ts';
import { pullRoutes } from './routes/pulls.ts';
import { repositoryRoutes } from './routes/repository.ts';

/** Every REST operation that the forge answers. */
export const routes: readonly Route[] = [
  ...appRoutes,
  ...repositoryRoutes,
  ...gitRoutes,
  ...pullRoutes,
  ...issueRoutes,
  ...checkRoutes,
  ...deploymentRoutes,
];

/** What `intercept` is asked about. */
export interface ForgeRequest {
  readonly method: string;
  /** Without the API's base: `/repos/acme/shop/pulls`, or `/graphql`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: unknown;
}

/** An answer in place of the forge's own: a rate limit, a failure of the server, a revoked token. */
export interface Fault {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** One request and its answer, for tests that look at what was said. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly status: number;
  readonly requestBody: unknown;
  readonly responseBody: unknown;
  /** True when `intercept` gave the answer. */
  readonly fault: boolean;
}

export interface ApiOptions {
  readonly server: Server;
  readonly intercept: (request: ForgeRequest) => Fault | undefined;
  readonly onExchange: (exchange: Exchange) => void;
}

/** The REST and GraphQL API as a function from request to response; its paths begin with `/api/v3` or `/api/graphql`. */
export function createApi(options: ApiOptions): (request: Request) => Promise<Response> {
  const { server } = options;
  const match = createRouter(routes);
  const rateLimit = createRateLimit(server.state.now);

  return async (request) => {
    const address = new URL(request.url);
    const path = address.pathname === '/api/graphql' ? '/graphql' : address.pathname.replace(/^\/api\/v3/, '');
    const { method } = request;
    const { body, problem } = await readJson(request);
    const fault = options.intercept({ method, path, query: address.searchParams, headers: request.headers, body });
    const reply = fault ?? (problem ? await refused(refusal(400, 'Problems parsing JSON')) : await answer());
    options.onExchange({
      method,
      path,
      query: address.search,
      status: reply.status,
      requestBody: body,
      responseBody: reply.body,
      fault: fault !== undefined,
    });
    return toResponse(request, reply, rateLimit());

    async function answer(): Promise<Reply> {
      try {
        const caller = identify(server.state, request.headers.get('authorization'));
        const call: Call = {
          ...server,
          params: {},
          query: address.searchParams,
          body,
          accept: request.headers.get('accept') ?? '',
          caller,
          address,
        };
        if (path === '/graphql') return await graphqlReply(call, method);
        const found = match(method, path);
        if (found === undefined) throw notFound();
        return await run(found.route, { ...call, params: found.params });
      } catch (thrown) {
        if (thrown instanceof HTTPException) return refused(thrown);
        const message = `Server Error: ${asProblem(thrown).message}`;
        return { status: 500, body: { message, documentation_url: DOCUMENTATION_URL } };
      }
    }
  };
}

async function graphqlReply(call: Call, method: string): Promise<Reply> {
  if (call.caller.as !== 'installation') throw refusal(401, 'This endpoint requires you to be authenticated.');
  if (method !== 'POST') throw notFound();
  const body = await answerGraphql({ ...call, token: call.caller.token, user: call.caller.user });
  return { status: 200, body };
}

async function run(route: Route, call: Call): Promise<Reply> {
  const { caller } = call;
  if (route.by === 'anyone') return route.handle(call);
  if (caller.as === 'nobody') throw refusal(401, 'Requires authentication');
  if (route.by === 'app') {
    if (caller.as !== 'app') throw refusal(401, 'A JSON web token could not be decoded');
    return route.handle(call);
  }
  if (caller.as !== 'installation') {
    throw refusal(403, 'You must use an installation access token to access this endpoint.');
  }
  if (route.by === 'installation') return route.handle(call);
  const name = `${call.params['owner'] ?? ''}/${call.params['repo'] ?? ''}`.toLowerCase();
  const repo = admit(caller.token, call.state.repositories.get(name), route.need);
  return route.handle({ ...call, repo, user: caller.user, app: caller.installation.app });
}

async function refused(thrown: HTTPException): Promise<Reply> {
  return { status: thrown.status, body: await thrown.getResponse().json() };
}

async function readJson(request: Request): Promise<{ body: unknown; problem: boolean }> {
  const text = await request.text();
  if (text === '') return { body: undefined, problem: false };
  try {
    return { body: JSON.parse(text), problem: false };
  } catch {
    return { body: text, problem: true };
  }
}

function toResponse(request: Request, reply: Reply, limits: Record<string, string>): Response {
  const headers = new Headers({ ...limits, 'x-github-media-type': 'github.v3; format=json', ...reply.headers });
  headers.set('x-github-request-id', crypto.randomUUID());
  if (reply.raw !== undefined) return new Response(reply.raw, { status: reply.status, headers });
  if (reply.body === undefined) return new Response(null, { status: reply.status, headers });
  const text = JSON.stringify(reply.body);
  if (request.method === 'GET' && reply.status === 200) {
    const tag = entityTag(text);
    headers.set('etag', tag);
    headers.set('cache-control', 'private, max-age=60, s-maxage=60');
    if (request.headers.get('if-none-match')?.replace(/^W\//, '') === tag)
      return new Response(null, { status: 304, headers });
  }
  headers.set('content-type', 'application/json; charset=utf-8');
  return new Response(text, { status: reply.status, headers });
}
