import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';
import { Problem, type ProblemCode } from '../spec/problem.ts';

interface Meaning {
  readonly code: ProblemCode;
  readonly says: string;
  readonly fix?: string;
}

const CHANNEL = 'Correct the channel in the subscription; invite the app to a private one with /invite.';
const TOKEN = 'Put a valid bot token (xoxb-…) into the secret that TRIMTAB_SLACK_TOKEN_REF names.';
const TEMPLATE =
  "Correct the template in argocd-notifications-cm; Slack's Block Kit Builder shows what is wrong with it.";

/** https://docs.slack.dev/reference/methods/chat.postMessage/#errors, those that a reader can do something about. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  channel_not_found: { code: 'not-found', says: 'there is no such channel, or it is private', fix: CHANNEL },
  is_archived: { code: 'not-found', says: 'the channel is archived', fix: 'Unarchive it, or subscribe another one.' },
  not_in_channel: {
    code: 'forbidden',
    says: 'the app is not in the channel',
    fix: 'Invite it with /invite, or give it the scope chat:write.public.',
  },
  missing_scope: {
    code: 'forbidden',
    says: 'the token lacks a scope',
    fix: 'Add the scope chat:write to the Slack app and install it again.',
  },
  restricted_action: { code: 'forbidden', says: "the workspace's settings forbid it", fix: 'Ask its administrator.' },
  invalid_auth: { code: 'unauthorized', says: 'Slack does not accept the token', fix: TOKEN },
  not_authed: { code: 'unauthorized', says: 'there is no token', fix: TOKEN },
  account_inactive: { code: 'unauthorized', says: "the token's app or workspace is gone", fix: TOKEN },
  token_revoked: { code: 'unauthorized', says: 'the token was revoked', fix: TOKEN },
  token_expired: { code: 'unauthorized', says: 'the token has expired', fix: TOKEN },
  no_text: { code: 'bad-request', says: 'the message is empty', fix: TEMPLATE },
  msg_too_long: { code: 'bad-request', says: 'the message is too long', fix: TEMPLATE },
  msg_blocks_too_long: { code: 'bad-request', says: 'the blocks are too long together', fix: TEMPLATE },
  invalid_blocks: { code: 'bad-request', says: 'the blocks are not valid', fix: TEMPLATE },
  invalid_blocks_format: { code: 'bad-request', says: 'the blocks are not valid', fix: TEMPLATE },
  invalid_attachments: { code: 'bad-request', says: 'the attachments are not valid', fix: TEMPLATE },
  ratelimited: { code: 'rate-limited', says: 'too many messages at once' },
  rate_limited: { code: 'rate-limited', says: 'too many messages at once' },
  message_limit_exceeded: { code: 'rate-limited', says: 'the workspace has reached its limit of messages' },
  internal_error: { code: 'unavailable', says: 'Slack has a fault' },
  fatal_error: { code: 'unavailable', says: 'Slack has a fault' },
  service_unavailable: { code: 'unavailable', says: 'Slack is not available' },
  request_timeout: { code: 'unavailable', says: 'Slack did not get the whole request' },
};

/** Seconds to wait where Slack does not say; it takes about one message a second in a channel. */
const RETRY_AFTER = 5;

/** What Slack's client threw while sending to a channel, as a Problem that says what to do. The token is not in it. */
export function slackProblem(thrown: unknown, recipient: string): Problem {
  const subject = `Slack, channel ${recipient}`;
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof WebAPIRateLimitedError) {
    return new Problem('rate-limited', `${subject}: too many messages at once.`, {
      retryAfterSeconds: thrown.retryAfter,
      cause: thrown,
    });
  }
  if (thrown instanceof WebAPIPlatformError) {
    const { error, response_metadata: metadata } = thrown.data;
    const meaning = MEANINGS[error] ?? { code: 'internal', says: 'Slack refused the message' };
    const details = [error, ...(metadata?.messages ?? [])].join(' ');
    return problem(meaning, `${subject}: ${meaning.says} (${details}).`, thrown);
  }
  if (thrown instanceof WebAPIHTTPError) {
    const code = thrown.statusCode >= 500 ? 'unavailable' : 'internal';
    return problem({ code, says: '' }, `${subject}: Slack answered ${thrown.statusCode}.`, thrown);
  }
  if (thrown instanceof WebAPIRequestError) {
    return problem({ code: 'unavailable', says: '' }, `${subject}: Slack cannot be reached.`, thrown);
  }
  return problem({ code: 'internal', says: '' }, `${subject}: the message was not sent.`, thrown);
}

function problem(meaning: Meaning, message: string, cause: unknown): Problem {
  const again = meaning.code === 'unavailable' || meaning.code === 'rate-limited';
  return new Problem(meaning.code, message, {
    cause,
    ...(meaning.fix === undefined ? {} : { fix: meaning.fix }),
    ...(again ? { retryAfterSeconds: RETRY_AFTER } : {}),
  });
}
