import type { Cluster } from '@kubernetes/client-node';
import type { CallAws } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { ClusterRegistration } from '../spec/settings.ts';
import { createAssumedRole } from './assumed-role.ts';
import { type AwsCredentials, createEksToken } from './eks-token.ts';
import type { CredentialSource, Identity, ResolveSecret } from './identity.ts';

/** What the credentials of registrations may be made with. */
export interface CredentialOptions {
  readonly resolveSecret?: ResolveSecret;
  /** For `awsAuthConfig.roleARN`. */
  readonly aws?: CallAws;
  /**
   * Whether the programs of `execProviderConfig` are run: only on a laptop, by leave of its owner. The registration
   * stands in Git, and a function must run nothing that is named there (CVE-2022-24817).
   */
  readonly runPrograms?: boolean;
}

/**
 * The identity of a registration in Argo CD's format. A value that is a reference is resolved, any other is taken as it
 * is; certificates are base64 of PEM, as in Argo CD, or PEM. Throws Problem `misconfigured`; never shows a value.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters
 */
export async function identityOfRegistration(
  registration: ClusterRegistration,
  options: CredentialOptions,
): Promise<Identity> {
  const { name, server, config } = registration;
  const resolve = (value: string | undefined) => resolved(value, name, options.resolveSecret);
  const tls = config.tlsClientConfig ?? {};
  const [token, password, caData, certData, keyData, proxyUrl, role] = await Promise.all(
    [
      ...[config.bearerToken, config.password, tls.caData, tls.certData, tls.keyData],
      ...[config.proxyUrl, config.awsAuthConfig?.roleARN],
    ].map(resolve),
  );
  const cluster: Cluster = {
    name,
    server,
    skipTLSVerify: tls.insecure === true,
    ...given('caData', asBase64(caData)),
    ...given('tlsServerName', tls.serverName),
    ...given('proxyUrl', proxyUrl),
  };
  const source = await sourceOf(registration, cluster, role, options);
  return {
    ...(source === undefined ? {} : { source }),
    plain: config.disableCompression === true,
    cluster,
    user: {
      name,
      ...given('token', token),
      ...given('username', config.username),
      ...given('password', password),
      ...given('certData', asBase64(certData)),
      ...given('keyData', asBase64(keyData)),
    },
  };
}

/** Argo CD prefers a password to a token of AWS, and that to a program. */
async function sourceOf(
  { name, server, config }: ClusterRegistration,
  cluster: Cluster,
  role: string | undefined,
  options: CredentialOptions,
): Promise<CredentialSource | undefined> {
  const { username = '', awsAuthConfig: eks, execProviderConfig: program } = config;
  if (username !== '') return undefined;
  if (eks !== undefined) {
    if ((eks.profile ?? '') !== '')
      throw unusable(name, 'awsAuthConfig.profile', 'which is in the files of one machine', USE_A_ROLE);
    return eksSource({ server, clusterName: eks.clusterName }, role ?? '', options.aws);
  }
  if (program === undefined) return undefined;
  if (options.runPrograms !== true) throw unusable(name, 'execProviderConfig', 'which runs a program', RUN_IT_LOCALLY);
  if (!/^(\/.*|[^/\\]+)$/.test(program.command)) {
    throw unusable(name, 'a program by a relative path', 'which is looked for where trimtab runs', NAME_IT);
  }
  const { createExecCredential } = await import('./exec-credential.ts');
  const env = Object.entries(program.env ?? {}).map(([variable, value]) => ({ name: variable, value }));
  return createExecCredential({ ...program, env }, cluster);
}

const USE_A_ROLE = 'Leave it out, or name a role in its place (roleARN).';
const RUN_IT_LOCALLY =
  'Use awsAuthConfig for EKS, else a bearerToken or a client certificate (ssm:NAME). On a machine of your own, where you ' +
  'trust the repository, TRIMTAB_RUN_CREDENTIAL_PROGRAMS=true lets it run.';
const NAME_IT = 'Give its absolute path, or its name alone, which is looked for in PATH.';

function unusable(cluster: string, what: string, why: string, fix: string): Problem {
  return new Problem('unsupported', `Cluster ${cluster} uses ${what}, ${why}.`, { fix });
}

/** Tokens by which EKS knows the function's own role, or one that it may assume. */
function eksSource(
  cluster: { readonly server: string; readonly clusterName: string },
  roleARN: string,
  aws: CallAws | undefined,
): CredentialSource {
  const forget = async (): Promise<void> => undefined;
  if (roleARN === '') {
    const token = createEksToken(cluster);
    return { get: async () => ({ token: token() }), forget };
  }
  if (aws === undefined) throw new Problem('internal', 'Nothing here calls AWS.');
  const role = createAssumedRole(roleARN, aws);
  let current: AwsCredentials | undefined;
  const token = createEksToken(cluster, () => current);
  return {
    get: async () => {
      current = await role();
      return { token: token() };
    },
    forget,
  };
}

/**
 * The value, or the secret that it names. A registration is in Git, and who writes there must not read the files of the
 * function that connects: `file:` is refused.
 */
async function resolved(
  value: string | undefined,
  cluster: string,
  resolveSecret: ResolveSecret | undefined,
): Promise<string | undefined> {
  const scheme = /^(env|file|ssm|secretsmanager):/.exec(value ?? '')?.[1];
  if (value === undefined || scheme === undefined) return value;
  if (scheme === 'file') {
    throw new Problem(
      'misconfigured',
      `Cluster ${cluster} names a file as its credentials, which only a kubeconfig may.`,
      {
        fix: 'Name a secret: env:NAME, ssm:NAME or secretsmanager:NAME.',
      },
    );
  }
  if (resolveSecret !== undefined) return (await resolveSecret(value)).trim();
  throw new Problem(
    'misconfigured',
    `Cluster ${cluster} names the secret ${value}, and nothing here resolves secrets.`,
  );
}

function given<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  return value === undefined || value === '' ? {} : ({ [name]: value } as Record<Name, string>);
}

function asBase64(value: string | undefined): string | undefined {
  return value?.includes('-----BEGIN') === true ? Buffer.from(value).toString('base64') : value;
}
