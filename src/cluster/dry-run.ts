import type { Manifest } from '../spec/manifest.ts';
import type { ApplyOptions, Submitted } from '../spec/ports.ts';
import { applyClientSide } from './client-side.ts';
import { read } from './get.ts';
import { locate } from './locate.ts';
import type { Session } from './session.ts';
import { isClientSide, submission, warningsOf } from './submission.ts';

/**
 * What the object would become, with defaults and admission; nothing is stored. Throws Problem as `apply` does.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
 */
export async function dryRun(session: Session, manifest: Manifest, options: ApplyOptions = {}): Promise<Submitted> {
  const place = await locate(session, manifest);
  if (isClientSide(place, options)) {
    const { before, answer } = await applyClientSide(session, place, manifest, { ...options, dryRun: true });
    const become = (answer?.body as Manifest | undefined) ?? before ?? manifest;
    return { manifest: become, warnings: answer === undefined ? [] : warningsOf(answer, manifest) };
  }
  // An apply needs to know nothing of what is there; a replacement names the version that it replaces
  const live = options.replace === true ? await read(session, place, 'metadata') : undefined;
  const request = submission(place, manifest, options, live);
  const answer = await session.connection.send({ ...request, query: { ...request.query, dryRun: 'All' } });
  return { manifest: answer.body as Manifest, warnings: warningsOf(answer, manifest) };
}
