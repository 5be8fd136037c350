/** 10^-9, the finest part of a quantity, as the unit of all arithmetic here. */
const NANO = 1_000_000_000n;
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * A resource quantity as the API server writes it back: `0.5` → `500m`, `1024Mi` → `1Gi`, `1000m` → `1`. Undefined when it is none.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function canonicalQuantity(written: string): string | undefined {
  const read = readQuantity(written);
  if (read === undefined) return undefined;
  const { nano, suffix } = read;
  if (/^[eE]./.test(suffix)) return exponential(nano);
  return suffix.endsWith('i') && magnitude(nano) >= 1024n * NANO ? binary(nano) : decimal(nano);
}

/** Below 0 when the first is less, above when it is more; 0 when they are equal or one is no quantity. */
export function compareQuantities(first: string, second: string): number {
  const [one, other] = [readQuantity(first), readQuantity(second)];
  if (one === undefined || other === undefined || one.nano === other.nano) return 0;
  return one.nano < other.nano ? -1 : 1;
}

function readQuantity(written: string): { readonly nano: bigint; readonly suffix: string } | undefined {
  const found = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(n|u|m|k|[KMGTPE]i|[MGTPE]|[eE][+-]?\d+|)$/.exec(written.trim());
  if (found === null) return undefined;
  const [, sign = '', digits = '', suffix = ''] = found;
  const size = parseNano(digits, suffix);
  return { nano: sign === '-' ? -size : size, suffix };
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Rounds up what is finer than a billionth, as the server does. */
function parseNano(digits: string, suffix: string): bigint {
  const [whole = '', fraction = ''] = digits.split('.');
  const { factor, divisor } = scale(suffix);
  const numerator = BigInt(`${whole}${fraction}` || '0') * NANO * factor;
  const denominator = 10n ** BigInt(fraction.length) * divisor;
  return (numerator + denominator - 1n) / denominator;
}

function scale(suffix: string): { readonly factor: bigint; readonly divisor: bigint } {
  const power = BINARY.indexOf(suffix);
  if (power > 0) return { factor: 1024n ** BigInt(power), divisor: 1n };
  const exponent = /^[eE]./.test(suffix) ? Number(suffix.slice(1)) : (DECIMAL.indexOf(suffix) - 3) * 3;
  return exponent < 0
    ? { factor: 1n, divisor: 10n ** BigInt(-exponent) }
    : { factor: 10n ** BigInt(exponent), divisor: 1n };
}

function decimal(nano: bigint): string {
  let value = nano;
  let step = 0;
  while (value !== 0n && value % 1000n === 0n && step < DECIMAL.length - 1) {
    value /= 1000n;
    step += 1;
  }
  return value === 0n ? '0' : `${value}${DECIMAL[step] ?? ''}`;
}

function exponential(nano: bigint): string {
  let value = nano;
  let exponent = -9;
  while (value !== 0n && value % 1000n === 0n) {
    value /= 1000n;
    exponent += 3;
  }
  if (value === 0n) return '0';
  return exponent === 0 ? `${value}` : `${value}e${exponent}`;
}

function binary(nano: bigint): string {
  if (nano % NANO !== 0n) return decimal(nano);
  let value = nano / NANO;
  let step = 0;
  while (value % 1024n === 0n && step < BINARY.length - 1) {
    value /= 1024n;
    step += 1;
  }
  return `${value}${BINARY[step] ?? ''}`;
}
