import type { RetryPolicy } from '../spec/application.ts';
import { goDuration } from '../spec/duration.ts';
import type { Trigger } from '../spec/operation.ts';

/** Argo CD's own for automated syncs without a `retry`. https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/ */
const AUTOMATED_LIMIT = 5;

const DEFAULT_BACKOFF = { duration: 5, factor: 2, maxDuration: 180 } as const;

/**
 * Seconds to wait before the next attempt, undefined when there is none. `attempt` is the one that failed, from 0; the
 * wait is duration × factor^attempt, at most maxDuration. A limit below 0 is for ever. Without a policy an automated
 * sync tries five times more, one by hand never.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-retry-with-a-limit
 */
export function retryAfter(
  policy: RetryPolicy | undefined,
  trigger: Trigger['kind'],
  attempt: number,
): number | undefined {
  const byHand = trigger === 'command' || trigger === 'cli';
  const limit = policy === undefined ? (byHand ? 0 : AUTOMATED_LIMIT) : (policy.limit ?? 0);
  if (limit >= 0 && attempt >= limit) return undefined;
  const backoff = policy?.backoff;
  const first = goSeconds(backoff?.duration) ?? DEFAULT_BACKOFF.duration;
  const most = goSeconds(backoff?.maxDuration) ?? DEFAULT_BACKOFF.maxDuration;
  const factor = backoff?.factor ?? DEFAULT_BACKOFF.factor;
  return Math.min(first * Math.max(1, factor) ** attempt, most);
}

/**
 * A Go duration (`5s`, `1h30m`), or a bare number of seconds as Argo CD allows it, in seconds; undefined for what is
 * neither. https://pkg.go.dev/time#ParseDuration
 */
export function goSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const duration = goDuration(text);
  return duration === undefined || duration < 0 ? undefined : duration / 1000;
}
