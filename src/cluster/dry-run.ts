import { isDeepStrictEqual } from 'node:util';
import type { Manifest } from '../spec/manifest.ts';
import type { Applied, ApplyOptions } from '../spec/ports.ts';
import { read } from './get.ts';
import { locate } from './locate.ts';
import type { Session } from './session.ts';
import { submission, warningsOf } from './submission.ts';

/**
 * What the object would become, with defaults and admission; nothing is stored. `unchanged` means that no field would
 * change; who owns a field may. Throws Problem as `apply` does.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
 */
export async function dryRun(session: Session, manifest: Manifest, options: ApplyOptions = {}): Promise<Applied> {
  const place = await locate(session, manifest);
  const live = await read(session, place);
  const request = submission(place, manifest, options, live);
  const answer = await session.connection.send({ ...request, query: { ...request.query, dryRun: 'All' } });
  const result = answer.body as Manifest;
  const action =
    live === undefined ? 'created' : isDeepStrictEqual(content(live), content(result)) ? 'unchanged' : 'configured';
  return { action, manifest: result, warnings: warningsOf(answer, manifest) };
}

/** An object without what the server counts and notes at each write. */
function content(manifest: Manifest): unknown {
  const { managedFields: _m, resourceVersion: _r, generation: _g, ...metadata } = manifest.metadata;
  return { ...manifest, metadata };
}
