import type { CallAws } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { AwsCredentials } from './eks-token.ts';

/** Credentials are renewed so long before they run out: a token of EKS that they sign counts for a quarter of an hour. */
const MARGIN_MS = 20 * 60_000;

interface Session {
  readonly credentials: AwsCredentials;
  readonly until: number;
}

/**
 * The credentials of a role that the function's own role may assume, kept until shortly before they run out. Throws
 * Problem `unauthorized` where STS refuses, `unavailable` where it does not answer.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export function createAssumedRole(
  roleArn: string,
  aws: CallAws,
  now: () => number = Date.now,
): () => Promise<AwsCredentials> {
  let session: Promise<Session> | undefined;
  return async () => {
    const current = session;
    const kept = await current?.catch(() => undefined);
    if (kept !== undefined && kept.until - MARGIN_MS > now()) return kept.credentials;
    // The first who finds that they run out asks for all
    if (session === undefined || session === current) session = assume(roleArn, aws);
    return (await session).credentials;
  };
}

async function assume(roleArn: string, aws: CallAws): Promise<Session> {
  const { Credentials: given } = await aws('sts:AssumeRole', { RoleArn: roleArn, RoleSessionName: 'trimtab' }).catch(
    (thrown: unknown) => {
      throw refused(roleArn, thrown);
    },
  );
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Object(given);
  return {
    credentials: {
      accessKeyId: String(AccessKeyId),
      secretAccessKey: String(SecretAccessKey),
      sessionToken: String(SessionToken),
    },
    // JSON has seconds since 1970 here, and XML has a date
    until: typeof Expiration === 'number' ? Expiration * 1000 : Date.parse(String(Expiration)),
  };
}

function refused(roleArn: string, thrown: unknown): Problem {
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = name === 'AccessDenied' || name === 'AccessDeniedException' ? 'unauthorized' : 'unavailable';
  return new Problem(code, `The role ${roleArn} could not be assumed: ${message}`, {
    fix: "Allow sts:AssumeRole on it to the role of the function, and name the function's role in its trust policy.",
    cause: thrown,
  });
}
