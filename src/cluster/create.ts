import { FIELD_MANAGER } from '../spec/annotations.ts';
import type { Manifest } from '../spec/manifest.ts';
import type { Applied } from '../spec/ports.ts';
import { collectionPath, locate, subjectOf } from './locate.ts';
import type { Session } from './session.ts';
import { warningsOf } from './submission.ts';

/**
 * Creates an object; with generateName the server makes its name. Throws Problem `conflict` when the name is taken.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#generated-values
 */
export async function create(session: Session, manifest: Manifest): Promise<Applied> {
  const place = await locate(session, manifest);
  const answer = await session.connection.send({
    method: 'POST',
    path: collectionPath(place.kind, place.namespace),
    query: { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict' },
    body: manifest,
    subject: subjectOf('create', place.kind, place),
  });
  return { action: 'created', manifest: answer.body as Manifest, warnings: warningsOf(answer, manifest) };
}
