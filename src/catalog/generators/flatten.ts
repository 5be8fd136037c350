/**
 * Nested data as one level of texts: `{a: {b: 1}, c: [x]}` → `a.b: "1"`, `c.0: "x"`. Texts are as Go prints them, since
 * selectors and parameters without goTemplate compare and show those.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git/#git-generator-files
 */
export function flatten(data: unknown): Readonly<Record<string, string>> {
  const flat: Record<string, string> = {};
  const add = (value: unknown, name: string): void => {
    const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    if (name !== '' && inner.length === 0) flat[name] = goText(value);
    for (const [key, each] of inner) add(each, name === '' ? key : `${name}.${key}`);
  };
  add(data, '');
  return flat;
}

/** A value as Go's `%v` prints it. Numbers are float64 there: 1000000 is `1e+06`. https://pkg.go.dev/fmt */
function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return goNumber(value);
  if (Array.isArray(value)) return '[]';
  return typeof value === 'object' ? 'map[]' : String(value);
}

function goNumber(value: number): string {
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
