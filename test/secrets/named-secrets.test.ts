import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClusterSecrets, createRepositorySecrets } from '../../src/secrets/named-secrets.ts';

const READ = '/trimtab/production/cluster-read/';
const WRITE = '/trimtab/production/cluster-write/';
const resolve = async (reference: string): Promise<string> => `what ${reference} holds`;
const read = createClusterSecrets({ resolve, prefix: READ });
const write = createClusterSecrets({ resolve, prefix: WRITE });

describe('credentials that a registration in Git names', () => {
  it('are below the path of the function, so that one Secret serves the one that reads and the one that writes', async () => {
    expect(await read('ssm:frankfurt')).toBe(`what ssm:${READ}frankfurt holds`);
    expect(await write('ssm:frankfurt')).toBe(`what ssm:${WRITE}frankfurt holds`);
    expect(await write('secretsmanager:eu/frankfurt')).toBe(`what secretsmanager:${WRITE}eu/frankfurt holds`);
  });

  it('may be written with the whole path', async () => {
    expect(await read(`ssm:${READ}frankfurt`)).toBe(`what ssm:${READ}frankfurt holds`);
  });

  it('may stand in variables made for it', async () => {
    expect(await read('env:TRIMTAB_CLUSTER_FRANKFURT')).toBe('what env:TRIMTAB_CLUSTER_FRANKFURT holds');
  });

  it.each([
    'ssm:/trimtab/production/private-key',
    'ssm:../private-key',
    'ssm:eu/../../private-key',
    `ssm:${WRITE}frankfurt`,
    `ssm:${READ}../private-key`,
    `ssm:${READ}`,
    'ssm:',
    'ssm://frankfurt',
    'ssm:arn:aws:ssm:eu-central-1:123456789012:parameter/theirs',
    'secretsmanager:arn:aws:secretsmanager:eu-central-1:123456789012:secret:theirs',
    'secretsmanager:/trimtab/production/private-key',
    'env:AWS_SECRET_ACCESS_KEY',
    'env:TRIMTAB_PRIVATE_KEY_REF',
    'env:TRIMTAB_CLUSTER_SECRETS',
    'env:TRIMTAB_CLUSTER_',
    'file:/proc/self/environ',
    'https://example.com/token',
  ])('are refused outside of it, by name: %s', async (reference) => {
    await expect(read(reference)).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining(reference),
    });
  });

  it('come from no parameter while no path is set', async () => {
    const nowhere = createClusterSecrets({ resolve, prefix: '' });
    await expect(nowhere('ssm:/anything')).rejects.toMatchObject({
      code: 'misconfigured',
      fix: expect.stringContaining('TRIMTAB_CLUSTER_SECRETS'),
    });
  });

  it('never lead out of the path, however they are written', async () => {
    const step = fc.constantFrom('..', '.', '', 'frankfurt', 'private-key', ' ', 'a:1', '*', '%2e%2e');
    const name = fc.tuple(fc.constantFrom('', '/', READ), fc.array(step, { maxLength: 5 }));
    await fc.assert(
      fc.asyncProperty(name, async ([head, steps]) => {
        const asked: string[] = [];
        const secrets = createClusterSecrets({
          resolve: async (reference) => {
            asked.push(reference);
            return '';
          },
          prefix: READ,
        });
        await secrets(`ssm:${head}${steps.join('/')}`).catch(() => {});
        for (const reference of asked) expect(reference).toMatch(/^ssm:\/trimtab\/production\/cluster-read\/[\w-]/);
        for (const reference of asked) expect(reference).not.toMatch(/\/\.\.?(\/|$)/);
      }),
    );
  });
});

describe('credentials of repositories that a registration in Git names', () => {
  const repository = createRepositorySecrets({ resolve, prefix: '/trimtab/production/repository/' });

  it('are below their own path, or in variables of their own', async () => {
    expect(await repository('ssm:charts')).toBe('what ssm:/trimtab/production/repository/charts holds');
    expect(await repository('env:TRIMTAB_REPOSITORY_CHARTS')).toBe('what env:TRIMTAB_REPOSITORY_CHARTS holds');
  });

  it.each([
    'env:TRIMTAB_CLUSTER_FRANKFURT',
    'env:TRIMTAB_REPOSITORY_SECRETS',
    'ssm:/trimtab/production/cluster-write/frankfurt',
    'file:/etc/passwd',
    'hunter2',
  ])('and never %s', async (reference) => {
    await expect(repository(reference)).rejects.toMatchObject({ code: 'misconfigured' });
  });
});
