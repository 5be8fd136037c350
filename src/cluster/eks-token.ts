import aws4 from 'aws4';
import { Problem } from '../spec/problem.ts';

/** Credentials of an IAM role, as Lambda gives them to a function in its environment. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Hosts of EKS's API servers: `ID.gr7.eu-central-1.eks.amazonaws.com`, and those with IPv6. */
const EKS_HOST =
  /\.(?<region>[a-z]{2}(?:-[a-z]+)+-\d)\.eks\.amazonaws\.com(?<cn>\.cn)?$|\.eks-cluster\.(?<v6>[a-z-]+-\d)\.api\.aws$/;

/** Milliseconds for which a token is used: EKS takes it for 15 minutes after its signature. */
const LASTS_MS = 13 * 60_000;

/**
 * The bearer token by which an EKS cluster knows an IAM role: a presigned request of STS GetCallerIdentity, bound to the
 * cluster by the header `x-k8s-aws-id`. It is made here, without a call, and kept until shortly before it runs out.
 *
 * Whoever holds it is that role in that cluster for a quarter of an hour, and the registration is in Git: so it is made
 * for servers of EKS only. Throws Problem `misconfigured` for any other server, and where there are no credentials.
 * https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
 */
export function createEksToken(
  { server, clusterName }: { readonly server: string; readonly clusterName: string },
  credentials: () => AwsCredentials | undefined = fromEnvironment,
  now: () => number = Date.now,
): () => string {
  let kept: { readonly token: string; readonly until: number } | undefined;
  return () => {
    if (kept === undefined || kept.until <= now()) {
      kept = { token: tokenFor(server, clusterName, credentials(), now()), until: now() + LASTS_MS };
    }
    return kept.token;
  };
}

function tokenFor(server: string, clusterName: string, role: AwsCredentials | undefined, at: number): string {
  const { host, region } = stsOf(server, clusterName);
  if (role === undefined) {
    throw new Problem('misconfigured', `Cluster ${clusterName} uses awsAuthConfig, and there are no AWS credentials.`, {
      fix: 'A function has those of its role; elsewhere set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    });
  }
  const { path = '' } = aws4.sign(
    {
      service: 'sts',
      region,
      method: 'GET',
      host,
      path: `/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=60&X-Amz-Date=${amzDate(at)}`,
      headers: { 'x-k8s-aws-id': clusterName },
      signQuery: true,
    },
    { ...role },
  );
  return `k8s-aws-v1.${Buffer.from(`https://${host}${path}`).toString('base64url')}`;
}

/** The STS of the cluster's own region: https://docs.aws.amazon.com/general/latest/gr/sts.html */
function stsOf(server: string, clusterName: string): { readonly host: string; readonly region: string } {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  const found = url?.protocol === 'https:' ? EKS_HOST.exec(url.hostname)?.groups : undefined;
  const region = found?.['region'] ?? found?.['v6'];
  if (region !== undefined) return { region, host: `sts.${region}.amazonaws.com${found?.['cn'] ?? ''}` };
  throw new Problem('misconfigured', `Cluster ${clusterName} uses awsAuthConfig, and ${server} is no server of EKS.`, {
    fix: 'Name the endpoint that `aws eks describe-cluster` shows: https://ID.gr7.REGION.eks.amazonaws.com.',
  });
}

/** `20261124T100000Z` */
function amzDate(at: number): string {
  return new Date(at).toISOString().replace(/[:-]|\.\d{3}/g, '');
}

function fromEnvironment(): AwsCredentials | undefined {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: session } = process.env;
  if (id === undefined || secret === undefined) return undefined;
  return { accessKeyId: id, secretAccessKey: secret, ...(session === undefined ? {} : { sessionToken: session }) };
}
