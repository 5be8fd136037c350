import { isDeepStrictEqual } from 'node:util';
import type { Manifest } from '../spec/manifest.ts';
import type { Applied, ApplyOptions } from '../spec/ports.ts';
import { applyClientSide, type Submitted } from './client-side.ts';
import { read } from './get.ts';
import { locate, type Place } from './locate.ts';
import type { Session } from './session.ts';
import { isClientSide, submission, warningsOf } from './submission.ts';

/**
 * What the object would become, with defaults and admission; nothing is stored. `unchanged` means that no field would
 * change; who owns a field may. Throws Problem as `apply` does.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
 */
export async function dryRun(session: Session, manifest: Manifest, options: ApplyOptions = {}): Promise<Applied> {
  const place = await locate(session, manifest);
  const { before: live, answer } = isClientSide(place, options)
    ? await applyClientSide(session, place, manifest, { ...options, dryRun: true })
    : await submit(session, place, manifest, options);
  if (answer === undefined) return { action: 'unchanged', manifest: live ?? manifest, warnings: [] };
  const result = answer.body as Manifest;
  const action =
    live === undefined ? 'created' : isDeepStrictEqual(content(live), content(result)) ? 'unchanged' : 'configured';
  return { action, manifest: result, warnings: warningsOf(answer, manifest) };
}

async function submit(session: Session, place: Place, manifest: Manifest, options: ApplyOptions): Promise<Submitted> {
  const before = await read(session, place);
  const request = submission(place, manifest, options, before);
  return { before, answer: await session.connection.send({ ...request, query: { ...request.query, dryRun: 'All' } }) };
}

/** An object without what the server counts and notes at each write. */
function content(manifest: Manifest): unknown {
  const { managedFields: _m, resourceVersion: _r, generation: _g, ...metadata } = manifest.metadata;
  return { ...manifest, metadata };
}
