import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSecrets } from '../../src/secrets/resolve-secret.ts';
import type { CallAws } from '../../src/spec/ports.ts';

/** Parameters and secrets of AWS, by name. */
const STORED: Readonly<Record<string, string>> = { '/trimtab/key': 'a parameter\n', 'trimtab/token': 'a secret' };

const aws: CallAws = async (action, input) => {
  const { Name: name, SecretId: id } = input as { readonly Name?: string; readonly SecretId?: string };
  const value = STORED[name ?? id ?? ''];
  if (value === undefined) throw Object.assign(new Error('not there: hunter2'), { name: 'ParameterNotFound' });
  return action === 'ssm:GetParameter' ? { Parameter: { Value: value } } : { SecretString: value };
};

describe('secrets by reference', () => {
  it('reads from SSM and from Secrets Manager, decrypted', async () => {
    const resolve = createSecrets({ aws, values: {} });
    expect(await resolve('ssm:/trimtab/key')).toBe('a parameter');
    expect(await resolve('secretsmanager:trimtab/token')).toBe('a secret');
  });

  it('names the parameter that is not there, and why, without what AWS says of it', async () => {
    const refused = await createSecrets({ aws, values: {} })('ssm:/trimtab/kex').catch((error: Error) => error.message);
    expect(refused).toContain('ssm:/trimtab/kex could not be read (ParameterNotFound)');
    expect(refused).not.toContain('hunter2');
  });

  it('reads from the environment and from a file', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'trimtab-')), 'key');
    await writeFile(file, 'from a file');
    const resolve = createSecrets({ aws, values: { TOKEN: 'from the environment' } });
    expect(await resolve('env:TOKEN')).toBe('from the environment');
    expect(await resolve(`file:${file}`)).toBe('from a file');
  });

  it('leaves out the line break at the end of a file', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'trimtab-')), 'key');
    await writeFile(file, '-----BEGIN-----\nkey\n-----END-----\r\n\n');
    const resolve = createSecrets({ aws, values: { BLANK: '\n' } });
    expect(await resolve(`file:${file}`)).toBe('-----BEGIN-----\nkey\n-----END-----');
    await expect(resolve('env:BLANK')).rejects.toThrow('env:BLANK is empty');
  });

  it('refuses a secret that was written down instead of named, without repeating it', async () => {
    const resolve = createSecrets({ aws, values: {} });
    const refused = await resolve('xoxb-1234-very-secret').catch((error: Error) => error.message);
    expect(refused).toContain('ssm:…');
    expect(refused).not.toContain('very-secret');
  });

  it('names the reference that leads nowhere', async () => {
    const resolve = createSecrets({ aws, values: {} });
    await expect(resolve('env:NOT_SET')).rejects.toThrow('env:NOT_SET is empty or not there');
    await expect(resolve('file:/no/such/file')).rejects.toThrow('ENOENT');
  });

  it('does not read files for a reference that comes from Git', async () => {
    const resolve = createSecrets({ aws, values: {}, schemes: ['ssm'] });
    await expect(resolve('file:/etc/hostname')).rejects.toThrow('none of ssm:…');
  });
});
