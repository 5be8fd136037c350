import { FIELD_MANAGER } from '../spec/annotations.ts';
import type { ResourceKey } from '../spec/manifest.ts';
import { Problem } from '../spec/problem.ts';
import { read } from './get.ts';
import { objectPath, placeOf, subjectOf } from './locate.ts';
import type { Session } from './session.ts';

/** Which object is let go, and by which of its finalizers. */
export interface ReleaseOptions {
  /** Only the object of this uid: another one that took its name keeps its own. */
  readonly uid?: string;
  readonly finalizer: string;
}

/** How often it is tried while somebody else writes the object in between: a Job's controller does, just as it ends. */
const TRIES = 5;

/**
 * Takes a finalizer off an object, and nothing else; one that it does not have is off already. `gone` when the object is
 * not there, or is another one by now. Throws Problem `conflict` when somebody else keeps writing it.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
 */
export async function release(
  session: Session,
  apiVersion: string,
  key: ResourceKey,
  { uid, finalizer }: ReleaseOptions,
): Promise<'released' | 'gone'> {
  const { connection, discovery } = session;
  const kind = await discovery.find(apiVersion, key.kind);
  if (kind === undefined) return 'gone';
  const place = placeOf(connection, kind, key);
  for (let tries = 1; ; tries += 1) {
    const live = await read(session, place, 'metadata');
    if (live === undefined || (uid !== undefined && live.metadata.uid !== uid)) return 'gone';
    const { finalizers = [], resourceVersion } = live.metadata;
    if (!finalizers.includes(finalizer)) return 'released';
    try {
      const answer = await connection.send({
        method: 'PATCH',
        path: objectPath(kind, place.namespace, key.name),
        query: { fieldManager: FIELD_MANAGER },
        // A merge patch, which names the version that was read: the server refuses it when it is not the newest
        contentType: 'application/merge-patch+json',
        body: { metadata: { resourceVersion, finalizers: finalizers.filter((one) => one !== finalizer) } },
        expect: [404],
        subject: subjectOf('take the finalizer off', kind, place),
      });
      return answer.status === 404 ? 'gone' : 'released';
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'conflict' || tries === TRIES) throw error;
    }
  }
}
