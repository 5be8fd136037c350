/** The closed set of things that go wrong; a caller decides by code, never by the words of a message. */
export type ProblemCode =
  | 'invalid-manifest'
  | 'unknown-field'
  | 'misconfigured'
  | 'not-found'
  | 'forbidden'
  | 'unauthorized'
  | 'unsafe-path'
  | 'render-failed'
  | 'limit-exceeded'
  | 'unsupported'
  | 'cluster-unreachable'
  | 'cluster-refused'
  /** A field of an object that is there can't change: only another object can have it so. */
  | 'immutable-field'
  /** An admission webhook that has to be passed did not answer: the object itself was not looked at. */
  | 'webhook-failed'
  | 'conflict'
  | 'merge-conflict'
  | 'rate-limited'
  | 'unavailable'
  | 'bad-command'
  | 'bad-request'
  | 'internal';

/** Where a problem stands, as narrowly as it is known. Lines and columns count from 1. */
export interface Where {
  readonly application?: string;
  /** Set that could not be expanded because of it: its applications are as they were, not gone. */
  readonly applicationSet?: string;
  /** Application that could not be rendered because of it: those that come out of it are as they were, not gone. */
  readonly parent?: string;
  readonly repo?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Dotted path of the field: `spec.source.helm.valueFiles[0]`. */
  readonly field?: string;
  /** `apps/Deployment shop/web`, as `resourceText` writes it. */
  readonly resource?: string;
}

/** What a problem is made of besides its code and its message. */
export interface ProblemDetails {
  readonly where?: Where;
  /** One sentence: what the reader can do about it. */
  readonly fix?: string;
  readonly cause?: unknown;
  /** For `rate-limited` and `unavailable`: when to try again, in seconds. */
  readonly retryAfterSeconds?: number;
}

/**
 * The one error class of trimtab: something that a person should read. The message says what was expected and what
 * came; `where` says in which file, line and field; `fix` what to do. It never holds a secret value.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly where: Where;
  readonly fix: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ProblemCode, message: string, details: ProblemDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.where = details.where ?? {};
    this.fix = details.fix;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  /** The same problem, with more said about where it stands; what it already knows wins. */
  at(where: Where): Problem {
    return new Problem(this.code, this.message, {
      where: { ...where, ...this.where },
      ...(this.fix === undefined ? {} : { fix: this.fix }),
      ...(this.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: this.retryAfterSeconds }),
      cause: this.cause,
    });
  }
}

/** Any thrown value as a Problem: itself if it is one, else `internal` with the value as its cause. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Problem('internal', message, { cause: thrown });
}

/** `file:line, field` of a problem, as much of it as is known; empty when nothing is. */
export function whereText(where: Where): string {
  const file = where.file === undefined ? '' : where.line === undefined ? where.file : `${where.file}:${where.line}`;
  return [file, where.field ?? '', where.resource ?? ''].filter((part) => part !== '').join(', ');
}
