import type { ManifestDocument } from './documents.ts';
import { type ParsedSecret, parseSecret } from './parse-secret.ts';
import { Problem } from './problem.ts';
import type { RepositoryRegistration } from './settings.ts';

/** A registration, and what is odd but bearable about it. */
export interface ParsedRepository {
  readonly value: RepositoryRegistration;
  readonly warnings: readonly Problem[];
}

/** What holds a secret: only the name of one may stand in Git. */
const CREDENTIALS = ['password', 'bearerToken', 'tlsClientCertKey'] as const;

/** Ways to reach a repository that trimtab does not go. Repositories on GitHub are read as the App. `docs/fields.md` lists all. */
const WITHOUT_EFFECT = [
  'sshPrivateKey',
  'githubAppID',
  'githubAppInstallationID',
  'githubAppPrivateKey',
  'githubAppEnterpriseBaseUrl',
  'gcpServiceAccountKey',
  'useAzureWorkloadIdentity',
  'proxy',
  'noProxy',
  'insecureIgnoreHostKey',
  'enableLfs',
];

const KNOWN = new Set([
  ...[
    'url',
    'name',
    'type',
    'project',
    'username',
    'tlsClientCertData',
    'insecure',
    'enableOCI',
    'insecureOCIForceHttp',
  ],
  // Credentials are sent unasked as it is, a commit comes without history, and no cache is warmed.
  ...['forceHttpBasicAuth', 'depth', 'webhookManifestCacheWarmDisabled'],
  ...CREDENTIALS,
  ...WITHOUT_EFFECT,
]);

/**
 * A repository, or a prefix of repositories, from a Secret with the label `argocd.argoproj.io/secret-type: repository` or
 * `repo-creds`. Credentials are references (`env:NAME`, `ssm:NAME`, `secretsmanager:NAME`), never secrets themselves. No
 * message holds a value of the Secret. Throws Problem `invalid-manifest`, or `misconfigured` for a secret that is written down.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#repositories
 */
export function parseRepository(document: ManifestDocument, secretType: 'repository' | 'repo-creds'): ParsedRepository {
  const secret = parseSecret(document, secretType);
  const name = secret.value.metadata.name;
  const url = textOf(secret, 'url');
  if (url === undefined || /[\s@]/.test(url.replace(/^[\w-]+@(?=[\w.-]+:)/, ''))) {
    const found = url === undefined ? 'names no url' : 'has a url with a user, a password or blanks in it';
    throw new Problem('invalid-manifest', `the ${secretType} Secret ${name} ${found}`, {
      where: document.where(['stringData', 'url']),
      fix: 'Write the URL alone under stringData, and the user under `username`.',
    });
  }
  const credentials: Partial<Record<(typeof CREDENTIALS)[number], string>> = {};
  for (const key of CREDENTIALS) {
    const value = textOf(secret, key);
    if (value === undefined) continue;
    if (!/^(env|ssm|secretsmanager):[^\s]+$/.test(value)) throw writtenDown(name, secretType, key, document);
    credentials[key] = value;
  }
  const optional = {
    name: textOf(secret, 'name'),
    project: textOf(secret, 'project'),
    username: textOf(secret, 'username'),
    tlsClientCertData: textOf(secret, 'tlsClientCertData'),
    ...credentials,
  };
  const flags = { insecure: isTrue(secret, 'insecure', document) };
  const isOci = isTrue(secret, 'enableOCI', document) || textOf(secret, 'type') === 'oci' || url.startsWith('oci://');
  return {
    value: {
      url,
      covers: secretType === 'repository' ? 'one' : 'prefix',
      ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
      ...(flags.insecure ? { insecure: true } : {}),
      ...(isOci ? { oci: true } : {}),
      ...(isTrue(secret, 'insecureOCIForceHttp', document) ? { http: true } : {}),
    },
    warnings: [...secret.warnings, ...withoutEffect(secret, secretType, document)],
  };
}

function textOf(secret: ParsedSecret, key: string): string | undefined {
  const value = secret.read(key)?.trim();
  return value === '' ? undefined : value;
}

/** https://pkg.go.dev/strconv#ParseBool */
function isTrue(secret: ParsedSecret, key: string, document: ManifestDocument): boolean {
  const value = textOf(secret, key) ?? 'false';
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw new Problem(
    'invalid-manifest',
    `${key} of the Secret ${secret.value.metadata.name} must be "true" or "false"`,
    {
      where: document.where(['stringData', key]),
    },
  );
}

function writtenDown(name: string, secretType: string, key: string, document: ManifestDocument): Problem {
  const message = `${key} of the ${secretType} Secret ${name} must be the name of a secret, and seems to be the secret itself`;
  return new Problem('misconfigured', message, {
    where: document.where(['stringData', key]),
    fix: 'Replace the secret, since Git has it, and name the new one: `env:NAME`, `ssm:NAME` or `secretsmanager:NAME`.',
  });
}

function withoutEffect(secret: ParsedSecret, secretType: string, document: ManifestDocument): readonly Problem[] {
  const keys = Object.keys({ ...secret.value.data, ...secret.value.stringData });
  return keys
    .filter((key) => WITHOUT_EFFECT.includes(key) || !KNOWN.has(key))
    .map((key) => {
      const message = `${key} of the ${secretType} Secret ${secret.value.metadata.name} has no effect in trimtab`;
      const code = KNOWN.has(key) ? 'unsupported' : 'unknown-field';
      return new Problem(code, message, { where: document.where(['stringData', key]) });
    });
}
