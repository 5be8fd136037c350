import { type ChatPostMessageArguments, type Logger, LogLevel, WebClient } from '@slack/web-api';
import type { Delivery } from '../spec/event.ts';
import type { Channel } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { slackProblem } from './slack-errors.ts';
import { cutAttachments, cutBlocks, cutText, SLACK_LIMITS } from './slack-limits.ts';

export interface SlackOptions {
  /** Bot token (`xoxb-…`) with the scope `chat:write`. */
  readonly token: string;
  /** Base of the Web API. Default: Slack's own. */
  readonly url?: string;
}

/** Milliseconds after which a request counts as lost; the delivery's job comes again. */
const TIMEOUT = 10_000;

/** All that the client would log stands in the Problem that is thrown, or is none of our readers' business. */
const SILENT: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};

/**
 * Slack, as the templates of `argocd-notifications-cm` describe messages: text, and `attachments` and `blocks` as JSON.
 * A recipient is a channel's name or id. What is too long is cut, with a note. Nothing is repeated in here, and a rate
 * limit is not waited out: the Problem says when to try again, and the job's queue does. `groupingKey` is not
 * followed: each message stands by itself.
 *
 * `send` throws Problem: `not-found`, `forbidden`, `unauthorized`, `bad-request`, `rate-limited`, `unavailable`.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/slack/
 */
export function createSlack(options: SlackOptions): Channel {
  const client = new WebClient(options.token, {
    ...(options.url === undefined ? {} : { slackApiUrl: options.url }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: TIMEOUT,
    logger: SILENT,
  });
  return {
    send: async (delivery: Delivery): Promise<void> => {
      const message = slackMessage(delivery);
      try {
        await client.chat.postMessage(message);
      } catch (error) {
        throw slackProblem(error, delivery.recipient);
      }
    },
  };
}

function slackMessage({ application, recipient, message }: Delivery): ChatPostMessageArguments {
  const list = (field: 'attachments' | 'blocks'): readonly unknown[] | undefined => {
    const json = message[field];
    return json === undefined || json.trim() === '' ? undefined : parseList(json, field, application);
  };
  const attachments = list('attachments');
  const blocks = list('blocks');
  return {
    channel: recipient,
    text: cutText(message.text, SLACK_LIMITS.text),
    ...(attachments === undefined ? {} : { attachments: cutAttachments(attachments) }),
    ...(blocks === undefined ? {} : { blocks: cutBlocks(blocks) }),
    // The client's types name each kind of block; ours come from people's templates, and Slack is the judge of them.
  } as ChatPostMessageArguments;
}

/** A template's JSON, which has to be a list. The rendered text is not in the message: it may be long. */
function parseList(json: string, field: string, application: string): readonly unknown[] {
  const where = { application, field: `slack.${field}` };
  const fix = 'Correct the template in argocd-notifications-cm; values in it may need `| toJson` or `| quote`.';
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? cause.message : String(cause);
    throw new Problem('bad-request', `slack.${field} of ${application} is not JSON: ${reason}.`, { where, fix, cause });
  }
  if (Array.isArray(value)) return value;
  throw new Problem('bad-request', `slack.${field} of ${application}: expected a list in JSON, got ${typeof value}.`, {
    where,
    fix,
  });
}
