import { ANNOTATION, FIELD_MANAGER } from '../spec/annotations.ts';
import { union } from '../spec/field-set.ts';
import type { ManagedFieldsEntry, Manifest } from '../spec/manifest.ts';
import { Problem } from '../spec/problem.ts';
import { read } from './get.ts';
import { objectPath, type Place, subjectOf } from './locate.ts';
import type { Session } from './session.ts';

/** Who applied before us: kubectl, Argo CD, and whoever did before field managers were noted. */
const BEFORE_US = ['kubectl-client-side-apply', 'argocd-controller', 'before-first-apply'] as const;

/** How often it is tried when somebody else writes the object in between. */
const TRIES = 3;

/** Who may have applied an object before us: those, and whoever its own annotation names. */
export function managersBeforeUs(manifest: Manifest): readonly string[] {
  const named = manifest.metadata.annotations?.[ANNOTATION.migrationManager];
  return [...BEFORE_US, ...(named === undefined ? [] : [named])];
}

/**
 * Makes the fields of those who applied an object before us, and what we ourselves wrote by other means (client-side apply,
 * `Replace=true`), ours as what we apply server-side: else a field that the manifest no longer has would stay. With them comes
 * last-applied-configuration, where it is of one of them, and the next apply takes it away. Only who owns a field changes,
 * no value. Throws Problem `conflict` when somebody else keeps writing the object; true when something became ours.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#migration-between-client-side-and-server-side-apply
 */
export async function takeOver(
  session: Session,
  place: Place,
  seen: Manifest,
  managers: readonly string[],
): Promise<boolean> {
  let live: Manifest | undefined = seen;
  for (let tries = 1; live !== undefined; tries += 1) {
    const fields = migrated(live.metadata.managedFields ?? [], managers);
    if (fields === undefined) return false;
    try {
      await write(session, place, fields, live.metadata.resourceVersion);
      return true;
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'conflict' || tries === TRIES) throw error;
      live = await read(session, place, 'metadata');
    }
  }
  return false;
}

async function write(
  session: Session,
  place: Place,
  fields: readonly ManagedFieldsEntry[],
  resourceVersion: string | undefined,
): Promise<void> {
  await session.connection.send({
    method: 'PATCH',
    path: objectPath(place.kind, place.namespace, place.name ?? ''),
    query: { fieldManager: FIELD_MANAGER },
    contentType: 'application/json-patch+json',
    body: [
      { op: 'replace', path: '/metadata/managedFields', value: fields },
      // The version that was read: the server refuses it when it is not the newest
      { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
    ],
    subject: subjectOf('take over the fields of', place.kind, place),
  });
}

/** Entries in which what the managers own is ours, and what we wrote otherwise; undefined when there is nothing of it. */
export function migrated(
  entries: readonly ManagedFieldsEntry[],
  managers: readonly string[],
): readonly ManagedFieldsEntry[] | undefined {
  const ours = entries.filter((entry) => entry.manager === FIELD_MANAGER && isWhole(entry));
  const theirs = entries.filter((entry) => managers.includes(entry.manager ?? '') && isWhole(entry));
  if (theirs.length === 0 && ours.every(({ operation }) => operation === 'Apply')) return undefined;
  const moved = [...theirs, ...ours];
  const byVersion = Map.groupBy(moved, (entry) => entry.apiVersion);
  const merged = [...byVersion.values()].map((group) => ({
    ...group.at(-1),
    manager: FIELD_MANAGER,
    operation: 'Apply' as const,
    fieldsV1: group.map((entry) => entry.fieldsV1 ?? {}).reduce(union),
  }));
  return [...entries.filter((entry) => !moved.includes(entry)), ...merged];
}

/** Status and scale have owners of their own. */
function isWhole({ subresource = '' }: ManagedFieldsEntry): boolean {
  return subresource === '';
}
