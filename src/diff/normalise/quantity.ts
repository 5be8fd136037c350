import { lastFields, type Place } from '../place.ts';

const PARENTS: ReadonlySet<string> = new Set(['limits', 'requests', 'capacity', 'hard', 'podFixed']);
const LIMIT_RANGE_PARENTS: ReadonlySet<string> = new Set([
  'max',
  'min',
  'default',
  'defaultRequest',
  'maxLimitRequestRatio',
]);
const FIELDS: ReadonlySet<string> = new Set(['sizeLimit', 'divisor', 'averageValue']);

const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/** True where Kubernetes keeps a quantity: `resources.limits.memory`, `spec.hard.pods`, `emptyDir.sizeLimit`. */
export function isQuantity(place: Place): boolean {
  const [last, parent] = lastFields(place);
  // A list of resources is a map of them
  if (place.type === 'core/Quantity' || place.type === 'core/v1/ResourceList') return true;
  // `value` is a text wherever else it stands
  if (place.kind === 'HorizontalPodAutoscaler' && last === 'value' && parent === 'target') return true;
  return PARENTS.has(parent) || FIELDS.has(last) || (place.kind === 'LimitRange' && LIMIT_RANGE_PARENTS.has(parent));
}

/**
 * A quantity as a whole number of 10⁻⁹, exact: `1000m` and `1` give the same, `1Gi` and `1024Mi` too. Undefined for what
 * is no quantity. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function quantity(value: unknown): bigint | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const found = /^([+-]?)(\d{0,40})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i))?$/.exec(
    String(value),
  );
  if (found === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent, suffix = ''] = found;
  if (whole === '' && fraction === '') return undefined;
  const bits = BINARY[suffix] ?? 0;
  const tens = exponent !== undefined ? Number(exponent) : bits > 0 ? 0 : (DECIMAL[suffix] ?? 0);
  const digits = BigInt(whole + fraction) << BigInt(bits);
  return scaled(digits, tens + 9 - fraction.length) * (sign === '-' ? -1n : 1n);
}

function scaled(digits: bigint, tens: number): bigint {
  if (tens >= 0) return digits * 10n ** BigInt(tens);
  const divisor = 10n ** BigInt(-tens);
  // The API server rounds up what is finer than nano
  return (digits + divisor - 1n) / divisor;
}
