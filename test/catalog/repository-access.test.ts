import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCatalogue } from '../../src/catalog/read-catalogue.ts';
import { repositoryAccess } from '../../src/catalog/repository-access.ts';
import type { Catalogue } from '../../src/spec/catalogue.ts';

function secret(type: 'repository' | 'repo-creds', data: Readonly<Record<string, string>>, name = 'one'): string {
  const lines = Object.entries(data).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`);
  return [
    '---\napiVersion: v1\nkind: Secret\nmetadata:',
    `  name: ${name}\n  labels: { argocd.argoproj.io/secret-type: ${type} }`,
    `stringData:\n${lines.join('\n')}\n`,
  ].join('\n');
}

function read(...texts: readonly string[]): Catalogue {
  return readCatalogue('https://github.com/acme/platform', [{ path: 'repos.yaml', text: texts.join('') }]);
}

const URL = 'https://charts.acme.example/stable';

/** Where `true` is no value of the field. */
const VALUES: Readonly<Record<string, string>> = {
  url: URL,
  password: 'ssm:a',
  bearerToken: 'ssm:b',
  tlsClientCertKey: 'ssm:c',
};

describe('a repository that is registered', () => {
  it('is reached with the credentials of its Secret', () => {
    const { settings, problems } = read(
      secret('repository', { type: 'helm', name: 'stable', url: URL, username: 'reader', password: 'ssm:charts' }),
    );
    expect(problems).toEqual([]);
    expect(repositoryAccess(`${URL}/`, 'shop', settings)).toEqual({ username: 'reader', password: 'ssm:charts' });
    expect(repositoryAccess('https://charts.acme.example/other', 'shop', settings)).toBeUndefined();
  });

  it('takes credentials of the longest prefix where it has none of its own', () => {
    const { settings } = read(
      secret('repository', { type: 'helm', url: URL, insecure: 'true' }),
      secret('repo-creds', { url: 'https://charts.acme.example', username: 'anybody', password: 'ssm:all' }),
      secret('repo-creds', { url: 'https://charts.acme.example/sta', username: 'stable', password: 'ssm:stable' }),
    );
    expect(repositoryAccess(URL, 'shop', settings)).toEqual({
      username: 'stable',
      password: 'ssm:stable',
      insecure: true,
    });
    expect(repositoryAccess('https://charts.acme.example/dev', 'shop', settings)?.username).toBe('anybody');
  });

  it.each([
    'https://charts.acme.example.evil.example/stable',
    'https://charts.acme.example:8443/stable',
    'http://charts.acme.example/stable',
    'https://charts.acme.example@evil.example/stable',
    'https://charts.acme.example/../stable',
    'https://charts.acme.example/%2e%2e/stable',
    'charts.acme.example/stable',
    'https://evil.example/https://charts.acme.example/stable',
  ])('gives nothing to %s', (url) => {
    const { settings } = read(
      secret('repo-creds', { url: 'https://charts.acme.example', username: 'anybody', password: 'ssm:all' }),
    );
    expect(repositoryAccess(url, 'shop', settings)).toBeUndefined();
  });

  it('is the same registry with oci:// and without', () => {
    const { settings } = read(
      secret('repository', {
        type: 'helm',
        enableOCI: 'true',
        url: 'ghcr.io/acme/charts',
        username: 'a',
        password: 'env:B',
      }),
    );
    for (const url of ['ghcr.io/acme/charts', 'oci://ghcr.io/acme/charts', 'OCI://GHCR.io/acme/charts/']) {
      expect(repositoryAccess(url, 'shop', settings)).toEqual({ username: 'a', password: 'env:B', oci: true });
    }
    expect(repositoryAccess('https://ghcr.io/acme/charts', 'shop', settings)).toBeUndefined();
  });

  it('of a project counts for it alone, and before the one for all', () => {
    const { settings } = read(
      secret('repository', { url: URL, username: 'all', password: 'ssm:all' }),
      secret('repository', { url: URL, project: 'shop', username: 'shop', password: 'ssm:shop' }, 'two'),
    );
    expect(repositoryAccess(URL, 'shop', settings)?.username).toBe('shop');
    expect(repositoryAccess(URL, 'bank', settings)?.username).toBe('all');
    const alone = read(secret('repository', { url: URL, project: 'shop', username: 'shop', password: 'ssm:shop' }));
    expect(repositoryAccess(URL, 'bank', alone.settings)).toBeUndefined();
  });

  it('has the certificates of its host from argocd-tls-certs-cm', () => {
    const map =
      '---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: argocd-tls-certs-cm }\ndata:\n  charts.acme.example: PEM\n';
    const { settings } = read(secret('repository', { url: URL }), map);
    expect(repositoryAccess(URL, 'shop', settings)).toEqual({ ca: 'PEM' });
  });
});

describe('a repository Secret', () => {
  it.each(['password', 'bearerToken', 'tlsClientCertKey'])('may name its %s, and not hold it', (key) => {
    const { settings, problems } = read(secret('repository', { url: URL, [key]: 'hunter2-canary' }));
    expect(settings.repositories).toEqual([]);
    expect(problems).toMatchObject([
      { code: 'misconfigured', message: expect.stringContaining(key), where: { file: 'repos.yaml' } },
    ]);
    expect(JSON.stringify(problems.map(({ message, fix }) => [message, fix]))).not.toContain('canary');
  });

  it('says what of it has no effect', () => {
    const { settings, problems } = read(
      secret('repository', { url: 'git@github.com:acme/app.git', sshPrivateKey: 'KEY', colour: 'red' }),
    );
    expect(settings.repositories).toHaveLength(1);
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ['unsupported', 'sshPrivateKey of the repository Secret one has no effect in trimtab'],
      ['unknown-field', 'colour of the repository Secret one has no effect in trimtab'],
    ]);
  });

  // The fields that Argo CD reads of them: util/db/repository_secrets.go.
  it.each([
    ...['url', 'name', 'type', 'project', 'username', 'password', 'bearerToken', 'tlsClientCertData'],
    ...['tlsClientCertKey', 'insecure', 'insecureIgnoreHostKey', 'enableLfs', 'enableOCI', 'insecureOCIForceHttp'],
    ...['proxy', 'noProxy', 'forceHttpBasicAuth', 'depth', 'sshPrivateKey', 'webhookManifestCacheWarmDisabled'],
    ...['githubAppID', 'githubAppInstallationID', 'githubAppPrivateKey', 'githubAppEnterpriseBaseUrl'],
    ...['gcpServiceAccountKey', 'useAzureWorkloadIdentity'],
  ])('has %s in the table of its fields, with what is done with it', (field) => {
    const table = readFileSync(new globalThis.URL('../../docs/fields.md', import.meta.url), 'utf8').split(
      '## Repository Secrets',
    )[1];
    const [, what] = new RegExp(`^\\| \`${field}\` \\| ([^|]+) \\|`, 'm').exec(table ?? '') ?? [];
    const { problems } = read(secret('repository', { url: URL, [field]: VALUES[field] ?? 'true' }));
    const warned = problems.map(({ code, message }) => `${code} ${message.split(' ')[0]}`);
    expect(warned).toEqual(what === 'ignored with a warning' ? [`unsupported ${field}`] : []);
    expect(['supported', 'ignored, and nothing is lost', 'ignored with a warning']).toContain(what);
  });

  it.each([{ username: 'a' }, { url: 'https://me:secret-canary@charts.acme.example' }, { url: 'https://a b' }])(
    'needs a URL, without a user in it: %j',
    (data) => {
      const { problems } = read(secret('repository', data));
      expect(problems).toMatchObject([{ code: 'invalid-manifest' }]);
      expect(problems[0]?.message).not.toContain('canary');
    },
  );
});
