import { lastFields, type Place } from '../place.ts';

/** Fields of well-known custom kinds whose controllers write a Go duration back in Go's own spelling. */
const FIELDS: ReadonlySet<string> = new Set([
  'duration',
  'renewBefore',
  'interval',
  'retryInterval',
  'timeout',
  'refreshInterval',
  'scrapeInterval',
  'scrapeTimeout',
]);

const UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 60e3, h: 3600e3 };

/** True where custom kinds keep a duration: cert-manager's `spec.duration`, Flux' `spec.interval`. */
export function isDuration(place: Place): boolean {
  if (place.type === 'meta/v1/Duration') return true;
  return !place.builtin && FIELDS.has(lastFields(place)[0]);
}

/**
 * A Go duration in milliseconds: `90m` and `1h30m0s` give the same. Undefined for what is none.
 * https://pkg.go.dev/time#ParseDuration
 */
export function duration(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^[+-]?(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(value)) return undefined;
  let sum = 0;
  for (const [, number = '', unit = ''] of value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    sum += Number(number) * (UNITS[unit] ?? 0);
  }
  return value.startsWith('-') ? -sum : sum;
}
