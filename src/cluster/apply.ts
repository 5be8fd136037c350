import type { Manifest } from '../spec/manifest.ts';
import type { Applied, ApplyOptions } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { applyClientSide } from './client-side.ts';
import type { ApiAnswer } from './connection.ts';
import { read } from './get.ts';
import { locate, type Place } from './locate.ts';
import type { Session } from './session.ts';
import { isClientSide, submission, warningsOf } from './submission.ts';
import { managersBeforeUs, takeOver } from './take-over.ts';

/** How often a replacement is tried when somebody else writes the object in between. */
const REPLACE_TRIES = 3;

/**
 * Gives an object the content of a manifest, as field manager `trimtab`. `unchanged` means that the server stored
 * nothing: the resourceVersion stayed. Throws Problem `cluster-refused` (validation, admission), `conflict` (fields of
 * others, without `force`), `forbidden`, `not-found` (the kind or the namespace), `unavailable`, `cluster-unreachable`.
 */
export async function apply(session: Session, manifest: Manifest, options: ApplyOptions = {}): Promise<Applied> {
  const place = await locate(session, manifest);
  if (options.replace === true) return await replace(session, place, manifest, options);
  if (isClientSide(place, options)) {
    const { before, answer } = await applyClientSide(session, place, manifest, options);
    return appliedBy(answer, before, manifest);
  }
  return await submit(session, place, manifest, options);
}

async function replace(session: Session, place: Place, manifest: Manifest, options: ApplyOptions): Promise<Applied> {
  const { live, ...asking } = options;
  for (let tries = 1; ; tries += 1) {
    try {
      return await submit(session, place, manifest, tries === 1 ? options : asking);
    } catch (error) {
      // Replacing means to overwrite, so another version in between is no reason to give up.
      const raced = error instanceof Problem && (error.code === 'conflict' || error.code === 'not-found');
      if (!raced || tries === REPLACE_TRIES) throw error;
    }
  }
}

async function submit(session: Session, place: Place, manifest: Manifest, options: ApplyOptions): Promise<Applied> {
  const before = await seen(session, place, options);
  const isApply = options.replace !== true && place.name !== undefined;
  // What we wrote ourselves becomes ours in any case
  const managers = options.migrate === false ? [] : managersBeforeUs(manifest);
  if (before !== undefined && isApply) await takeOver(session, place, before, managers);
  const request = submission(place, manifest, options, before);
  let answer = await session.connection.send(request);
  // Somebody may have applied it since it was looked at
  if (isApply && (await takeOver(session, place, answer.body as Manifest, managers))) {
    answer = await session.connection.send(request);
  }
  return appliedBy(answer, before, manifest);
}

function appliedBy(answer: ApiAnswer | undefined, before: Manifest | undefined, manifest: Manifest): Applied {
  if (answer === undefined) return { action: 'unchanged', manifest: before ?? manifest, warnings: [] };
  const result = answer.body as Manifest;
  const same = before?.metadata.resourceVersion === result.metadata.resourceVersion;
  const action = answer.status === 201 ? 'created' : same ? 'unchanged' : 'configured';
  return { action, manifest: result, warnings: warningsOf(answer, manifest) };
}

async function seen(session: Session, place: Place, { live }: ApplyOptions): Promise<Manifest | undefined> {
  if (live === undefined) return await read(session, place, 'metadata');
  return live === 'none' ? undefined : live;
}
