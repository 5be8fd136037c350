import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { type Arguments, createWorkspace, type LocalChannel, type SlackMessage } from './workspace.ts';

export interface LocalSlackOptions {
  readonly channels: readonly LocalChannel[];
  /** The one token that it takes. */
  readonly token: string;
  /** Refuse more than about one message a second in a channel, as Slack does. Default false. */
  readonly rateLimit?: boolean;
  /** Milliseconds since 1970. Default: this machine's time. */
  readonly now?: () => number;
}

/** One call, without its token. */
interface SlackRequest {
  readonly method: string;
  readonly arguments: Arguments;
  /** `ok`, or Slack's word for what was wrong. */
  readonly answer: string;
}

export interface LocalSlack {
  /** Base of the Web API: `http://127.0.0.1:PORT/api/`. */
  readonly url: string;
  /** Every message, oldest first, as it stands now. */
  messages(): readonly SlackMessage[];
  requests(): readonly SlackRequest[];
  close(): Promise<void>;
}

/**
 * Slack's Web API on 127.0.0.1, as far as trimtab calls it: `auth.test`, `chat.postMessage`, `chat.update`,
 * `conversations.list`. It refuses what Slack refuses, with Slack's words: unknown channels, channels that the app is
 * not in, invalid blocks, too long texts, wrong tokens, too many messages.
 */
export async function createLocalSlack(options: LocalSlackOptions): Promise<LocalSlack> {
  const { channels, token, rateLimit = false, now = Date.now } = options;
  const workspace = createWorkspace({ channels, rateLimit, now });
  const requests: SlackRequest[] = [];
  const app = new Hono();
  app.post('/api/:method', async (context) => {
    const method = context.req.param('method');
    const { token: inBody, ...given } = readArguments(
      context.req.header('content-type') ?? '',
      await context.req.text(),
    );
    const bearer = /^Bearer (.+)$/.exec(context.req.header('authorization') ?? '')?.[1] ?? inBody;
    const call = workspace.methods[method];
    const answer =
      bearer === undefined
        ? { ok: false, error: 'not_authed' }
        : bearer !== token
          ? { ok: false, error: 'invalid_auth' }
          : call === undefined
            ? { ok: false, error: 'unknown_method' }
            : call(given);
    requests.push({ method, arguments: given, answer: 'error' in answer ? String(answer.error) : 'ok' });
    if (!('retryAfter' in answer)) return context.json(answer);
    const { retryAfter, ...body } = answer;
    return context.json(body, 429, { 'retry-after': String(retryAfter) });
  });
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    messages: workspace.messages,
    requests: () => [...requests],
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}

/** Arguments come as a form, lists in it as JSON, or as JSON as a whole. */
function readArguments(type: string, body: string): Arguments {
  if (type.includes('json')) return asObject(parse(body));
  const form: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(body)) {
    form[name] = name === 'blocks' || name === 'attachments' ? parse(value) : value;
  }
  return form;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // Not JSON: passed on as it came, and refused there as what it is, neither blocks nor attachments.
    return json;
  }
}

function asObject(value: unknown): Arguments {
  return typeof value === 'object' && value !== null ? (value as Arguments) : {};
}
