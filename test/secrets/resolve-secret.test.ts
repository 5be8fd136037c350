import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSecrets } from '../../src/secrets/resolve-secret.ts';

describe('secrets by reference', () => {
  it('reads from the environment and from a file', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'trimtab-')), 'key');
    await writeFile(file, 'from a file');
    const resolve = createSecrets({ region: 'eu-central-1', values: { TOKEN: 'from the environment' } });
    expect(await resolve('env:TOKEN')).toBe('from the environment');
    expect(await resolve(`file:${file}`)).toBe('from a file');
  });

  it('leaves out the line break at the end of a file', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'trimtab-')), 'key');
    await writeFile(file, '-----BEGIN-----\nkey\n-----END-----\r\n\n');
    const resolve = createSecrets({ region: 'eu-central-1', values: { BLANK: '\n' } });
    expect(await resolve(`file:${file}`)).toBe('-----BEGIN-----\nkey\n-----END-----');
    await expect(resolve('env:BLANK')).rejects.toThrow('env:BLANK is empty');
  });

  it('refuses a secret that was written down instead of named, without repeating it', async () => {
    const resolve = createSecrets({ region: 'eu-central-1', values: {} });
    const refused = await resolve('xoxb-1234-very-secret').catch((error: Error) => error.message);
    expect(refused).toContain('ssm:…');
    expect(refused).not.toContain('very-secret');
  });

  it('names the reference that leads nowhere', async () => {
    const resolve = createSecrets({ region: 'eu-central-1', values: {} });
    await expect(resolve('env:NOT_SET')).rejects.toThrow('env:NOT_SET is empty or not there');
    await expect(resolve('file:/no/such/file')).rejects.toThrow('ENOENT');
  });

  it('does not read files for a reference that comes from Git', async () => {
    const resolve = createSecrets({ region: 'eu-central-1', values: {}, schemes: ['ssm'] });
    await expect(resolve('file:/etc/hostname')).rejects.toThrow('none of ssm:…');
  });
});
