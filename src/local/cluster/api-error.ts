import type { Json } from './json.ts';

/** One of the reasons that a Status gives in `details.causes`. */
export interface Cause {
  readonly reason?: string;
  readonly message: string;
  readonly field?: string;
}

/** A Status of the API, as the server sends it when it refuses. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Json;
  readonly status: 'Failure';
  readonly message: string;
  readonly reason?: string;
  readonly details?: Json;
  readonly code: number;
}

/** What a handler throws to answer with a Status. */
export type ApiError = Error & { readonly status: Status };

/** What an object is called in refusals: `deployments.apps "web"`. */
export interface Subject {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

/** The error that becomes a Status with these words. */
export function apiError(code: number, reason: string, message: string, details?: Json): ApiError {
  const status: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === '' ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
  return Object.assign(new Error(message), { status });
}

export function isApiError(thrown: unknown): thrown is ApiError {
  return thrown instanceof Error && 'status' in thrown;
}

function nameOf(subject: Subject): string {
  return subject.group === '' ? subject.plural : `${subject.plural}.${subject.group}`;
}

function detailsOf(subject: Subject, name: string): Json {
  return {
    ...(name === '' ? {} : { name }),
    ...(subject.group === '' ? {} : { group: subject.group }),
    kind: subject.plural,
  };
}

export function notFound(subject: Subject, name: string): ApiError {
  return apiError(404, 'NotFound', `${nameOf(subject)} "${name}" not found`, detailsOf(subject, name));
}

export function alreadyExists(subject: Subject, name: string): ApiError {
  return apiError(409, 'AlreadyExists', `${nameOf(subject)} "${name}" already exists`, detailsOf(subject, name));
}

/** An optimistic lock or a precondition that did not hold. */
export function conflict(subject: Subject, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${nameOf(subject)} "${name}": ${why}`;
  return apiError(409, 'Conflict', message, detailsOf(subject, name));
}

export function forbidden(subject: Subject, name: string, why: string, causes: readonly Cause[] = []): ApiError {
  return apiError(403, 'Forbidden', `${nameOf(subject)} "${name}" is forbidden: ${why}`, {
    ...detailsOf(subject, name),
    ...(causes.length === 0 ? {} : { causes }),
  });
}

export function badRequest(message: string): ApiError {
  return apiError(400, 'BadRequest', message);
}

/** A refusal by validation: one cause a field, all of them in the message, as the API server joins them. */
export function invalid(group: string, kind: string, name: string, causes: readonly Cause[]): ApiError {
  const texts = causes.map((cause) => `${cause.field ?? ''}: ${cause.message}`);
  const subject = group === '' ? kind : `${kind}.${group}`;
  const told = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return apiError(422, 'Invalid', `${subject} "${name}" is invalid: ${told}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    ...(kind === '' ? {} : { kind }),
    causes,
  });
}
