import { readFile } from 'node:fs/promises';
import type { CallAws } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';

/** Turns a reference into the secret that it names. */
export type ResolveSecret = (reference: string) => Promise<string>;

export interface SecretsOptions {
  /** For `ssm:` and `secretsmanager:`. */
  readonly aws: CallAws;
  /** Where `env:NAME` looks. */
  readonly values: Readonly<Record<string, string | undefined>>;
  /** Which kinds of reference are honoured. Default: all. Functions that read references from Git leave out `file`. */
  readonly schemes?: readonly Scheme[];
}

type Scheme = 'env' | 'file' | 'ssm' | 'secretsmanager';

/**
 * Resolves `env:NAME`, `file:PATH`, `ssm:NAME` and `secretsmanager:NAME`, each asked for once and kept for as long as
 * the function is warm. Line breaks at the end, which editors and `openssl rand` leave there, are not part of a secret.
 * Throws Problem `misconfigured` that names the reference, never what it holds.
 */
export function createSecrets(options: SecretsOptions): ResolveSecret {
  const known = new Map<string, Promise<string>>();
  const schemes = options.schemes ?? ['env', 'file', 'ssm', 'secretsmanager'];
  return (reference) => {
    const kept = known.get(reference);
    if (kept !== undefined) return kept;
    const asked = resolve(reference, schemes, options);
    known.set(reference, asked);
    asked.catch(() => known.delete(reference));
    return asked;
  };
}

async function resolve(reference: string, schemes: readonly Scheme[], options: SecretsOptions): Promise<string> {
  const colon = reference.indexOf(':');
  const scheme = schemes.find((known) => known === reference.slice(0, Math.max(0, colon)));
  const name = reference.slice(colon + 1);
  if (scheme === undefined) {
    throw new Problem('misconfigured', `A secret is given as a reference, and this is none of ${forms(schemes)}.`, {
      fix: 'Name the secret, do not write it down: for example ssm:/trimtab/slack-token.',
    });
  }
  try {
    const value = (await read(scheme, name, options))?.replace(/[\r\n]+$/, '');
    if (value !== undefined && value !== '') return value;
  } catch (cause) {
    throw new Problem('misconfigured', `The secret ${scheme}:${name} could not be read (${reasonOf(cause)}).`, {
      cause,
    });
  }
  throw new Problem('misconfigured', `The secret ${scheme}:${name} is empty or not there.`);
}

async function read(scheme: Scheme, name: string, options: SecretsOptions): Promise<string | undefined> {
  switch (scheme) {
    case 'env':
      return options.values[name];
    case 'file':
      return await readFile(name, 'utf8');
    case 'ssm': {
      const { Parameter: parameter } = await options.aws('ssm:GetParameter', { Name: name, WithDecryption: true });
      return (parameter as { readonly Value?: string } | undefined)?.Value;
    }
    case 'secretsmanager': {
      const { SecretString: text } = await options.aws('secretsmanager:GetSecretValue', { SecretId: name });
      return typeof text === 'string' ? text : undefined;
    }
  }
}

function forms(schemes: readonly Scheme[]): string {
  return schemes.map((scheme) => `${scheme}:…`).join(', ');
}

/** The name of an error is safe to show, its message may not be. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown reason';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}
