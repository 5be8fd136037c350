import { Problem, type ProblemCode } from '../spec/problem.ts';

/** The error by which DynamoDB says that the condition of a write did not hold. */
export function isConditionRefused(error: unknown): boolean {
  return nameOf(error) === 'ConditionalCheckFailedException';
}

/**
 * Errors of DynamoDB and SQS by name, as their API references list them.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
 */
const NAMES: Readonly<Record<string, ProblemCode>> = {
  ConditionalCheckFailedException: 'conflict',
  ProvisionedThroughputExceededException: 'rate-limited',
  RequestLimitExceeded: 'rate-limited',
  RequestThrottled: 'rate-limited',
  ThrottlingException: 'rate-limited',
  OverLimit: 'rate-limited',
  ResourceNotFoundException: 'misconfigured',
  QueueDoesNotExist: 'misconfigured',
  AccessDeniedException: 'forbidden',
  AccessDenied: 'forbidden',
  UnrecognizedClientException: 'unauthorized',
  InvalidClientTokenId: 'unauthorized',
  ExpiredTokenException: 'unauthorized',
  MissingAuthenticationTokenException: 'unauthorized',
  InvalidSignatureException: 'unauthorized',
  InternalServerError: 'unavailable',
  ServiceUnavailable: 'unavailable',
  TimeoutError: 'unavailable',
  AbortError: 'unavailable',
};

/** Codes of Node for a service that does not answer. */
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EPIPE', 'EAI_AGAIN', 'EHOSTUNREACH']);

const SENTENCES: Partial<Readonly<Record<ProblemCode, { readonly says: string; readonly fix?: string }>>> = {
  conflict: { says: 'somebody else wrote it in between' },
  'rate-limited': { says: 'too many requests at once' },
  misconfigured: {
    says: 'no such table or queue',
    fix: 'Deploy the stack, or set TRIMTAB_TABLE and the TRIMTAB_QUEUE_… variables to what it created.',
  },
  forbidden: {
    says: "this function's role does not allow it",
    fix: 'Compare its role in deploy/roles.yml with the deployed one.',
  },
  unauthorized: { says: 'AWS does not accept the credentials', fix: 'Renew the AWS credentials of this process.' },
  unavailable: { says: 'the service did not answer' },
};

/**
 * What a call of AWS threw, as a Problem: `conflict`, `rate-limited` and `unavailable` (with when to try again),
 * `misconfigured`, `forbidden`, `unauthorized`, else `internal`. What can be repeated has been by then.
 */
export function stateProblem(error: unknown, doing: string): Problem {
  if (error instanceof Problem) return error;
  const code = codeOf(error);
  const known = SENTENCES[code];
  const says = known?.says ?? (error instanceof Error ? error.message : String(error));
  return new Problem(code, `State: ${doing}: ${says}.`, {
    cause: error,
    ...(known?.fix === undefined ? {} : { fix: known.fix }),
    ...(code === 'rate-limited' || code === 'unavailable' ? { retryAfterSeconds: 5 } : {}),
  });
}

function codeOf(error: unknown): ProblemCode {
  const named = NAMES[nameOf(error)];
  if (named !== undefined) return named;
  const { code, status } = (error ?? {}) as { code?: unknown; status?: unknown };
  if (typeof code === 'string' && NETWORK.has(code)) return 'unavailable';
  return typeof status === 'number' && status >= 500 ? 'unavailable' : 'internal';
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
