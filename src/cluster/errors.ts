import { Problem, type ProblemCode } from '../spec/problem.ts';
import type { Subject } from './connection.ts';
import { record, text } from './json.ts';

/** The cluster that a problem is about. */
export interface Addressed {
  readonly cluster: string;
  /** The URL that was asked. */
  readonly url: string;
  /** Host of the proxy on the way there. */
  readonly proxy?: string;
}

/** The parts of a Status that are used. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
interface Status {
  readonly message: string;
  readonly reason: string;
  readonly causes: readonly { readonly field: string; readonly message: string }[];
  readonly retryAfterSeconds: number | undefined;
}

const CODES: Readonly<Record<number, ProblemCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  429: 'rate-limited',
};

const FIXES: Partial<Readonly<Record<ProblemCode, string>>> = {
  unauthorized: "Renew the cluster's credentials: the token may have expired, or belong to another cluster.",
  forbidden:
    'Give the account that trimtab uses this right by a Role or ClusterRole, or meet the policy that the message names.',
  'webhook-failed':
    'Look at what serves the webhook, and at its certificate (kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations).',
  'immutable-field':
    'If it may be deleted and created anew, with all that this means for what it holds, say so at the resource: argocd.argoproj.io/sync-options: Force=true,Replace=true. Else give the new one another name, or delete the old one by hand.',
};

/** Seconds after which a server that is too busy is asked again where it does not say when. */
const BUSY_SECONDS = 1;

/** No message of a server needs more; some quote the whole object. */
const LONGEST_MESSAGE = 2000;

/** A quoted object that is longer would hide what is wrong with it, which comes behind it. */
const LONGEST_OBJECT = 200;

/**
 * An answer that refuses, as a Problem with the server's own reason, causes and words: `unauthorized`, `forbidden`,
 * `not-found`, `conflict`, `rate-limited`, `webhook-failed`, `unavailable` (5xx), else `cluster-refused`. Where the request carried a
 * Secret, only status, known reasons and places are told: the server's words may quote values (CVE-2025-23216).
 */
export function answerProblem(
  at: Addressed,
  subject: Subject,
  answer: { readonly status: number; readonly body: unknown; readonly retryAfter: string | undefined },
): Problem {
  const status = readStatus(answer.body);
  const code = codeOfAnswer(answer.status, status, subject);
  const told = subject.secret === true ? withoutWords(answer.status, status) : words(answer.status, status);
  const seconds = secondsOf(answer.retryAfter) ?? status.retryAfterSeconds;
  const again = seconds ?? (code === 'rate-limited' ? BUSY_SECONDS : undefined);
  const fix = FIXES[code];
  return new Problem(code, `Cluster ${at.cluster} could not ${subject.doing}: ${told}`, {
    ...(subject.resource === undefined ? {} : { where: { resource: subject.resource } }),
    ...(fix === undefined ? {} : { fix }),
    ...(again === undefined ? {} : { retryAfterSeconds: again }),
  });
}

/**
 * A 5xx is the server's fault, but for one: an apply patch that does not fit the schema of its kind ("field not declared
 * in schema") comes as 500 without a reason, whatever fieldValidation says.
 * https://github.com/kubernetes/kubernetes/issues/122480
 */
function codeOfAnswer(code: number, status: Status, subject: Subject): ProblemCode {
  if (code === 500 && subject.applies === true && status.message !== '' && status.reason === '')
    return 'cluster-refused';
  if (code === 500 && /failed calling webhook/.test(status.message)) return 'webhook-failed';
  if (code === 422 && isImmutable(status)) return 'immutable-field';
  // A webhook with side effects can't be asked for a dry run; that says nothing of the object
  if (code === 400 && /does not support dry run/.test(status.message)) return 'unsupported';
  return CODES[code] ?? (code >= 500 ? 'unavailable' : 'cluster-refused');
}

/**
 * How validation says that a field of an object can't change, kind by kind: the Status has no reason for it. Only where it
 * says nothing else: what is wrong beside that, would be wrong in a new object, too.
 * https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go
 */
const IMMUTABLE =
  /\bimmutable\b|\bmay not (be )?changed?\b|cannot change roleRef|\bupdates to .* (is|are) forbidden|\bupdates may not change\b/i;

function isImmutable({ causes, message }: Status): boolean {
  const texts = causes.length === 0 ? [message] : causes.map((cause) => cause.message);
  return texts.every((words) => IMMUTABLE.test(words));
}

function words(code: number, status: Status): string {
  if (status.message === '') return `it answered ${code}${status.reason === '' ? '' : ` (${status.reason})`}.`;
  const unsaid = status.causes.filter(
    (cause) => !status.message.includes(cause.field) || !status.message.includes(cause.message),
  );
  const more = unsaid.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; ');
  const text = withoutObjects(`${status.message}${more === '' ? '' : ` (${more})`}`.replace(/\s+/g, ' ').trim());
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
}

/** Places in a Secret, by the names of its values. An admission webhook may write anything in the place of one. */
const SECRET_FIELD = /^(data|stringData|metadata|type|immutable)(\[[-._a-zA-Z0-9]+\]|\.[a-zA-Z]+)*$/;

/** The reasons of Kubernetes itself; a webhook may give words of its own. https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#StatusReason */
const REASONS: ReadonlySet<string> = new Set([
  ...['Unauthorized', 'Forbidden', 'NotFound', 'AlreadyExists', 'Conflict', 'Gone', 'Invalid', 'ServerTimeout'],
  ...['StoreReadError', 'Timeout', 'TooManyRequests', 'BadRequest', 'MethodNotAllowed', 'NotAcceptable'],
  ...['RequestEntityTooLarge', 'UnsupportedMediaType', 'InternalError', 'Expired', 'ServiceUnavailable'],
]);

/** `{…}` for each object that is quoted at length: "spec.template: Invalid value: {whole pod}: field is immutable". */
function withoutObjects(text: string): string {
  let told = '';
  for (let from = 0; ; ) {
    const open = text.indexOf('{', from);
    const close = open < 0 ? -1 : endOfObject(text, open);
    if (close < 0) return told + text.slice(from);
    const quoted = text.slice(open, close);
    told += text.slice(from, open) + (quoted.length > LONGEST_OBJECT ? '{…}' : quoted);
    from = close;
  }
}

/** Where the object that opens at an index is over; -1 where it never is. Braces in texts do not count. */
function endOfObject(text: string, open: number): number {
  let depth = 0;
  for (const { 0: token, index } of text.slice(open).matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === '{') depth += 1;
    if (token === '}') depth -= 1;
    if (depth === 0) return open + index + 1;
  }
  return -1;
}

function withoutWords(code: number, status: Status): string {
  const fields = [...new Set(status.causes.map((cause) => cause.field))].filter((field) => SECRET_FIELD.test(field));
  const at = fields.length === 0 ? '' : ` at ${fields.join(', ')}`;
  const reason = REASONS.has(status.reason) ? ` (${status.reason})` : '';
  return (
    `it answered ${code}${reason}${at}. Its words are not shown, since they may hold values of the Secret. ` +
    'Values under data must be base64 text, those under stringData text.'
  );
}

function readStatus(body: unknown): Status {
  const status = record(body);
  const details = record(status['details']);
  const causes = Array.isArray(details['causes']) ? details['causes'].map(record) : [];
  const seconds = details['retryAfterSeconds'];
  return {
    message: text(status['message']),
    reason: text(status['reason']),
    causes: causes.map((cause) => ({ field: text(cause['field']), message: text(cause['message']) })),
    retryAfterSeconds: typeof seconds === 'number' && seconds > 0 ? seconds : undefined,
  };
}

/** Kubernetes only sends Retry-After in seconds. */
function secondsOf(retryAfter: string | undefined): number | undefined {
  return retryAfter !== undefined && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined;
}

/** What keeps a request from getting an answer, by the codes of Node and OpenSSL, and what to look at. */
const UNREACHABLE: Readonly<Record<string, readonly [string, string]>> = {
  ECONNREFUSED: ['nothing listens there', 'Is the API server up, and is the port right?'],
  ENOTFOUND: ['its host name is not known', "Check the host in the cluster's URL."],
  EAI_AGAIN: ['its host name could not be looked up', 'Check the DNS of the network that trimtab runs in.'],
  EHOSTUNREACH: ['no route leads there', 'Can this network reach the cluster? A private endpoint needs the VPC.'],
  ENETUNREACH: ['no route leads there', 'Can this network reach the cluster? A private endpoint needs the VPC.'],
  ETIMEDOUT: ['it did not answer in time', 'Does a firewall or an allow-list of the cluster keep trimtab out?'],
  ECONNRESET: ['it cut the connection', 'Try again; is a proxy or a load balancer in between?'],
  EPIPE: ['it cut the connection', 'Try again; is a proxy or a load balancer in between?'],
  EPROTO: ['it does not speak TLS', 'Is the port of the URL the one of the API server?'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['it does not speak TLS', 'Is the port of the URL the one of the API server?'],
  CERT_HAS_EXPIRED: ['its certificate has expired', "Renew the API server's certificate."],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'its certificate is for another name',
    'Set tlsClientConfig.serverName to a name that the certificate holds.',
  ],
};

const UNTRUSTED = 'Set tlsClientConfig.caData (certificate-authority-data) to the CA of the cluster.';

/** OpenSSL's codes for a certificate that no known CA vouches for. https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED_CODES = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const DROPPED = new Set(['ECONNRESET', 'EPIPE', 'EAI_AGAIN']);

/** A request that got no answer: Problem `cluster-unreachable`, with what to check. */
export function networkProblem(at: Addressed, subject: Subject, thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const code = codeOf(thrown);
  const refusal = /^Bad response: (\d+)$/.exec(thrown instanceof Error ? thrown.message : '')?.[1];
  const [says, fix] = UNTRUSTED_CODES.has(code)
    ? ['its certificate is signed by a CA that is not trusted', UNTRUSTED]
    : refusal !== undefined
      ? [`which answered ${refusal}`, 'Does the proxy want a password, and does it let this host through?']
      : (UNREACHABLE[code] ?? [code === '' ? 'the request failed' : `the request failed (${code})`, undefined]);
  return new Problem(
    'cluster-unreachable',
    `Cluster ${at.cluster} could not ${subject.doing}: ${at.url} was not reached${at.proxy === undefined ? '' : ` through the proxy ${at.proxy}`}, ${says}.`,
    {
      ...(subject.resource === undefined ? {} : { where: { resource: subject.resource } }),
      ...(fix === undefined ? {} : { fix }),
      cause: thrown,
    },
  );
}

/** True where the connection was cut or the name not found just now: the next try may well succeed. */
export function isDropped(problem: Problem): boolean {
  return problem.code === 'cluster-unreachable' && DROPPED.has(codeOf(problem.cause));
}

/** `AbortSignal.timeout` ends a request with a DOMException of this name; it has no code of Node's. */
function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  if (thrown.name === 'TimeoutError' || (thrown.cause instanceof Error && thrown.cause.name === 'TimeoutError')) {
    return 'ETIMEDOUT';
  }
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}
