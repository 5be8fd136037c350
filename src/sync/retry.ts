import type { RetryPolicy } from '../spec/application.ts';
import type { Trigger } from '../spec/operation.ts';

/** Argo CD's own for automated syncs without a `retry`. https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/ */
const AUTOMATED_LIMIT = 5;

const DEFAULT_BACKOFF = { duration: 5, factor: 2, maxDuration: 180 } as const;

const UNITS: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

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
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    sum += Number(number) * (UNITS[unit] ?? 0);
  }
  return sum;
}
