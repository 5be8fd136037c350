/** Fields of a Secret that hold no secret. */
const PLAIN: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable']);

/** Whether a value is a Secret, or holds one: a List of them, or a custom object that carries one into another cluster. */
export function holdsSecret(value: unknown): boolean {
  return secretsIn(value).length > 0;
}

/** Every text in the secret parts of the Secrets within a value, as it is and decoded, whatever its shape. */
export function secretTexts(value: unknown): readonly string[] {
  const parts = secretsIn(value).flatMap((secret) => Object.entries(secret).filter(([name]) => !PLAIN.has(name)));
  const texts = parts.flatMap(([, part]) => textsIn(part));
  const decoded = texts.map((text) => Buffer.from(text, 'base64').toString('utf8'));
  return [...texts, ...decoded].filter((text) => text !== '');
}

function secretsIn(value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('kind' in value && value.kind === 'Secret') return [value];
  return Object.values(value).flatMap(secretsIn);
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn);
  return value === null || value === undefined ? [] : [String(value)];
}
