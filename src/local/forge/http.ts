import { createHash } from 'node:crypto';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';
import type { App, Installation, Repository, State, Token, User } from './state.ts';
import type { Webhooks } from './webhooks.ts';

/** Who calls: nobody, an app by its JWT, or an app by an installation's token. */
export type Caller =
  | { readonly as: 'nobody' }
  | { readonly as: 'app'; readonly app: App }
  | { readonly as: 'installation'; readonly token: Token; readonly installation: Installation; readonly user: User };

/** The server's parts, as every route gets them. */
export interface Server {
  readonly state: State;
  readonly webhooks: Webhooks;
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  readonly url: string;
}

/** One request on its way through a route. */
export interface Call extends Server {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly accept: string;
  readonly caller: Caller;
  /** The full address that was asked for: pages link to their neighbours with it. */
  readonly address: URL;
}

/** What a route answers; `body` undefined means none. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, with the content type of `headers`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
}

/** A call to a repository that the caller may see. */
export interface RepoCall extends Call {
  readonly repo: Repository;
  /** The bot that acts. */
  readonly user: User;
  readonly app: App;
}

/** Kind and level of access that a token must have, as GitHub names them; `issues|pull_requests` means either of them. */
export type Need = readonly [permission: string, level: 'read' | 'write'];

/** An operation of GitHub's API: its method and path template are those of the OpenAPI description. */
export type Route =
  | {
      readonly operation: string;
      readonly by: 'repository';
      readonly need: Need;
      readonly handle: (call: RepoCall) => Promise<Reply>;
    }
  | OpenRoute<'app'>
  | OpenRoute<'installation'>
  | OpenRoute<'anyone'>;

interface OpenRoute<By extends string> {
  readonly operation: string;
  readonly by: By;
  readonly handle: (call: Call) => Promise<Reply>;
}

/** What stands under every error body. */
export const DOCUMENTATION_URL = 'https://docs.github.com/rest';

/**
 * An error in GitHub's form, to be thrown.
 * https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
 */
export function refusal(
  status: 400 | 401 | 403 | 404 | 405 | 406 | 409 | 415 | 422,
  message: string,
  errors?: readonly Readonly<Record<string, unknown>>[],
): HTTPException {
  const body = {
    message,
    ...(errors === undefined ? {} : { errors }),
    documentation_url: DOCUMENTATION_URL,
    status: String(status),
  };
  return new HTTPException(status, { message, res: Response.json(body, { status }) });
}

/** 404 as GitHub says it: also when the thing is there and the caller may not know. */
export function notFound(): HTTPException {
  return refusal(404, 'Not Found');
}

/** 422 `Validation Failed` with one reason in `errors`. */
export function invalid(resource: string, field: string, code: string, message?: string): HTTPException {
  return refusal(422, 'Validation Failed', [{ resource, field, code, ...(message === undefined ? {} : { message }) }]);
}

/** The request's body as the schema says; throws 422 in GitHub's words where it does not fit. */
export function readBody<S extends z.ZodType>(call: Call, schema: S): z.infer<S> {
  const parsed = schema.safeParse(call.body ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.map(String).join('/') ?? '';
  const missing = issue?.code === 'invalid_type' && issue.message.includes('undefined');
  const text = missing ? `"${field}" wasn't supplied.` : `For 'properties/${field}': ${issue?.message ?? 'not valid'}.`;
  throw refusal(422, `Invalid request.\n\n${text}`);
}

/** A path parameter. Routes are matched before they run, so it is there. */
export function param(call: Call, name: string): string {
  return call.params[name] ?? '';
}

/**
 * One page of a list, with the `Link` header to its neighbours; `wrap` makes the body of it.
 * https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
 */
export async function paged<T>(
  call: Call,
  items: readonly T[],
  show: (item: T) => unknown,
  wrap: (shown: unknown[], total: number) => unknown = (shown) => shown,
): Promise<Reply> {
  const size = Math.min(100, Math.max(1, Number(call.query.get('per_page') ?? 30) || 30));
  const page = Math.max(1, Number(call.query.get('page') ?? 1) || 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const links: string[] = [];
  const link = (to: number, rel: string) => {
    const address = new URL(call.address);
    address.searchParams.set('page', String(to));
    links.push(`<${address.href}>; rel="${rel}"`);
  };
  if (page > 1) {
    link(page - 1, 'prev');
    link(1, 'first');
  }
  if (page < last) {
    link(page + 1, 'next');
    link(last, 'last');
  }
  const shown = await Promise.all(items.slice((page - 1) * size, page * size).map(async (item) => show(item)));
  return {
    status: 200,
    body: wrap(shown, items.length),
    ...(links.length === 0 ? {} : { headers: { link: links.join(', ') } }),
  };
}

interface Matcher {
  readonly route: Route;
  readonly method: string;
  readonly pattern: RegExp;
  readonly literals: number;
}

/** Parameters that may hold slashes: refs, paths and comparisons of refs. */
const WITH_SLASHES = new Set(['ref', 'path', 'branch', 'basehead']);

/**
 * Finds the route of a request by GitHub's path templates; the template with the most literal parts wins, so that
 * `commits/{ref}/check-runs` comes before `commits/{ref}`. The paths are matched as sent, and decoded afterwards.
 */
export function createRouter(
  routes: readonly Route[],
): (method: string, path: string) => { readonly route: Route; readonly params: Record<string, string> } | undefined {
  const matchers: Matcher[] = routes.map((route) => {
    const [method = '', template = ''] = route.operation.split(' ');
    return {
      route,
      method,
      pattern: templatePattern(template),
      literals: template.split('/').filter((part) => !part.startsWith('{')).length,
    };
  });
  matchers.sort((a, b) => b.literals - a.literals);
  return (method, path) => {
    for (const matcher of matchers) {
      const found = matcher.method === method ? matcher.pattern.exec(path) : null;
      if (found === null) continue;
      const params = Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
      return { route: matcher.route, params: Object.fromEntries(params) };
    }
    return undefined;
  };
}

function templatePattern(template: string): RegExp {
  const source = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (/_(id|number)$/.test(name)) return `(?<${name}>\\d+)`;
    return WITH_SLASHES.has(name) ? `(?<${name}>.+)` : `(?<${name}>[^/]+)`;
  });
  return new RegExp(`^${source}$`);
}

const RATE_LIMIT = 5000;

/** Counts calls as GitHub's primary rate limit does, for the headers; it never refuses (`intercept` can). */
export function createRateLimit(now: () => Date): () => Record<string, string> {
  let used = 0;
  let reset = 0;
  return () => {
    const seconds = Math.floor(now().getTime() / 1000);
    if (seconds >= reset) {
      used = 0;
      reset = seconds + 3600;
    }
    used = Math.min(RATE_LIMIT, used + 1);
    return {
      'x-ratelimit-limit': String(RATE_LIMIT),
      'x-ratelimit-remaining': String(RATE_LIMIT - used),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': 'core',
    };
  };
}

/** The entity tag of an answer. */
export function entityTag(text: string): string {
  return `"${createHash('sha256').update(text).digest('hex')}"`;
}
