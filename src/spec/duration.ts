const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * A Go duration (`5s`, `1h30m`, `1.5h`) in milliseconds; undefined for what is none: a bare number, days.
 * https://pkg.go.dev/time#ParseDuration
 */
export function goDuration(text: string): number | undefined {
  const found = /^([-+]?)(0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  if (found === null) return undefined;
  const [, sign = '', body = ''] = found;
  let sum = 0;
  for (const [, number = '', unit = ''] of body.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    sum += Number(number) * (UNITS[unit] ?? 0);
  }
  return sign === '-' ? -sum : sum;
}
