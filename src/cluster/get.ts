import type { Manifest, ResourceKey } from '../spec/manifest.ts';
import { objectPath, type Place, placeOf, subjectOf } from './locate.ts';
import type { Session } from './session.ts';

/** The object of that key, in that version; undefined when there is none, or the server serves no such kind. */
export async function get(session: Session, apiVersion: string, key: ResourceKey): Promise<Manifest | undefined> {
  const kind = await session.discovery.find(apiVersion, key.kind);
  if (kind === undefined) return undefined;
  return await read(session, placeOf(session.connection, kind, key));
}

/** Only metadata travels; `kind` and `apiVersion` of the answer are then PartialObjectMetadata's. */
const ONLY_METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';

/** The object at a place, or only its metadata; undefined when there is none. */
export async function read(
  { connection }: Session,
  place: Place,
  part: 'all' | 'metadata' = 'all',
): Promise<Manifest | undefined> {
  if (place.name === undefined) return undefined;
  const { secret: _, ...subject } = subjectOf('read', place.kind, place);
  const answer = await connection.send({
    method: 'GET',
    path: objectPath(place.kind, place.namespace, place.name),
    ...(part === 'all' ? {} : { accept: ONLY_METADATA }),
    expect: [404],
    subject,
  });
  return answer.status === 404 ? undefined : (answer.body as Manifest);
}
