import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asProblem, Problem } from '../spec/problem.ts';
import type { Context } from './context.ts';
import { decrypt, marked, readEncrypted } from './sops.ts';

/**
 * The text of a file as a render may see it: a file that SOPS encrypted is decrypted where that is permitted, else each of
 * its encrypted values is a mark. Throws Problem `unsupported` where neither is provided for, and what decrypting throws.
 */
export async function readable(context: Context, text: string, file: string): Promise<string> {
  if (/^sops_mac=/m.test(text))
    throw notRead(file, 'is a dotenv file that SOPS encrypted; only YAML and JSON are read');
  const encrypted = readEncrypted(text);
  if (encrypted === undefined) return text;
  if (context.sops === undefined) throw notRead(file, 'is encrypted with SOPS, and nothing here decrypts it');
  if (context.sops === 'marks') return marked(encrypted);
  context.seen.secrets = true;
  return decrypt(encrypted, file, context.sops);
}

/**
 * What may be said of a failure after something was decrypted: the place, and nothing of what a tool printed, for it had
 * the values and may have printed them in any form.
 */
export async function withoutWords(thrown: unknown, context: Context): Promise<Problem> {
  const problem = asProblem(thrown);
  if (!context.seen.secrets || !['render-failed', 'internal'].includes(problem.code)) return problem;
  const { file, line } = problem.where;
  const isThere = file !== undefined && (await stat(join(context.input.checkout.dir, file)).catch(() => undefined));
  const where = isThere ? { file, ...(line === undefined ? {} : { line }) } : {};
  return new Problem('render-failed', 'The render failed. What was said is not shown: it was given decrypted values.', {
    where,
    fix: 'Render it where you hold the key: `sops decrypt` the file, and run helm or kustomize on it.',
  });
}

function notRead(file: string, what: string): Problem {
  return new Problem('unsupported', `${file} ${what}.`, {
    where: { file },
    fix: 'Encrypt it as YAML or JSON, and name the key in TRIMTAB_SOPS_AGE_KEY_REF.',
  });
}
