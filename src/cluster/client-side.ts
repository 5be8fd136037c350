import { FIELD_MANAGER } from '../spec/annotations.ts';
import type { Manifest } from '../spec/manifest.ts';
import type { ApplyOptions } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { ApiAnswer, ApiRequest } from './connection.ts';
import { read } from './get.ts';
import { appliedBefore, asKept, withLastApplied } from './last-applied.ts';
import { collectionPath, objectPath, type Place, subjectOf } from './locate.ts';
import { holdsSecret } from './secret-texts.ts';
import type { Session } from './session.ts';
import { type Shape, threeWayPatch } from './three-way.ts';

/** How often it is tried when somebody else writes the object in between, as kubectl does. */
const TRIES = 5;

/** What became of an object that was applied client-side. */
export interface Sent {
  readonly before: Manifest | undefined;
  /** Undefined where nothing was to change, and nothing was sent. */
  readonly answer: ApiAnswer | undefined;
}

/**
 * Client-side apply, as `kubectl apply` does it: creates the object, or patches it by what differs between what was applied
 * before, the manifest and the live object. With `dryRun` nothing is stored. Throws Problem as `apply` does, and
 * `cluster-refused` where the manifest is too large for its annotation.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/
 */
export async function applyClientSide(
  session: Session,
  place: Place,
  manifest: Manifest,
  options: ApplyOptions & { readonly dryRun?: true },
): Promise<Sent> {
  for (let tries = 1; ; tries += 1) {
    const before = await read(session, place);
    try {
      return { before, answer: await submit(session, place, { manifest, before }, options) };
    } catch (error) {
      // Created or changed just now, or deleted: the next look tells
      const raced =
        error instanceof Problem && (error.code === 'conflict' || (error.code === 'not-found' && before !== undefined));
      if (!raced || tries === TRIES) throw error;
    }
  }
}

async function submit(
  session: Session,
  place: Place,
  { manifest, before }: { readonly manifest: Manifest; readonly before: Manifest | undefined },
  { validate = 'Strict', dryRun }: ApplyOptions & { readonly dryRun?: true },
): Promise<ApiAnswer | undefined> {
  const wanted = withLastApplied(manifest, before);
  const subject = subjectOf('apply', place.kind, place);
  const common = {
    query: { fieldManager: FIELD_MANAGER, fieldValidation: validate, ...(dryRun === true ? { dryRun: 'All' } : {}) },
    // A patch says no kind, so nobody could tell from it that it holds values of a Secret
    subject: { ...subject, secret: subject.secret === true || holdsSecret([manifest, before]) },
  };
  if (before === undefined || place.name === undefined) {
    const path = collectionPath(place.kind, place.namespace);
    return await session.connection.send({ ...common, method: 'POST', path, body: wanted });
  }
  const path = objectPath(place.kind, place.namespace, place.name);
  const sides = { before: appliedBefore(before).map(asKept), desired: asKept(wanted), live: before };
  const patched = (shape: Shape | undefined, expect: readonly number[]): ApiRequest | undefined => {
    const body = threeWayPatch(shape === undefined ? sides : { ...sides, shape });
    const contentType = `application/${shape === undefined ? 'merge' : 'strategic-merge'}-patch+json`;
    return body === undefined ? undefined : { ...common, method: 'PATCH', path, contentType, body, expect };
  };
  const shape = await session.schemas.shapeOf(place.kind);
  const first = patched(shape, shape === undefined ? [] : [415]);
  const answer = first === undefined ? undefined : await session.connection.send(first);
  if (answer?.status !== 415) return answer;
  const second = patched(undefined, []);
  return second === undefined ? undefined : await session.connection.send(second);
}
