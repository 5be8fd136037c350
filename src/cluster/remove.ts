import type { ResourceKey } from '../spec/manifest.ts';
import type { Propagation } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { read } from './get.ts';
import { objectPath, placeOf, subjectOf } from './locate.ts';
import type { Session } from './session.ts';

/** What is to be removed, and what becomes of the objects that it owns. */
export interface RemoveOptions {
  /** Only the object of this uid: another one that took its name stays. */
  readonly uid?: string;
  readonly propagation: Propagation;
}

/**
 * Deletes an object; finalizers may keep it for a while. `gone` when it was not there, or is another one by now.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion
 */
export async function remove(
  session: Session,
  apiVersion: string,
  key: ResourceKey,
  options: RemoveOptions,
): Promise<'deleted' | 'gone'> {
  const { connection, discovery } = session;
  const kind = await discovery.find(apiVersion, key.kind);
  if (kind === undefined) return 'gone';
  const place = placeOf(connection, kind, key);
  const { uid, propagation } = options;
  try {
    const answer = await connection.send({
      method: 'DELETE',
      path: objectPath(kind, place.namespace, key.name),
      body: {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        propagationPolicy: propagation,
        ...(uid === undefined ? {} : { preconditions: { uid } }),
      },
      expect: [404],
      subject: subjectOf('delete', kind, place),
    });
    return answer.status === 404 ? 'gone' : 'deleted';
  } catch (error) {
    // 409 is what a uid that does not match gets, but not only that.
    if (!(error instanceof Problem) || error.code !== 'conflict' || uid === undefined) throw error;
    const live = await read(session, place, 'metadata');
    if (live?.metadata.uid === uid) throw error;
    return 'gone';
  }
}
