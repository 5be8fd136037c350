import { ANNOTATION, FIELD_MANAGER } from '../spec/annotations.ts';
import type { ManagedFieldsEntry, Manifest } from '../spec/manifest.ts';
import { Problem } from '../spec/problem.ts';
import { read } from './get.ts';
import { objectPath, type Place, subjectOf } from './locate.ts';
import type { Session } from './session.ts';

/** Who applied before us: kubectl, Argo CD, and whoever did before field managers were noted. */
const BEFORE_US = ['kubectl-client-side-apply', 'argocd-controller', 'before-first-apply'] as const;

/** How often it is tried when somebody else writes the object in between. */
const TRIES = 3;

/**
 * Makes the fields of those who applied an object before us ours, where there are such: else a field that the manifest no
 * longer has would stay, as theirs. Only who owns a field changes, no value. Throws Problem `conflict` when somebody else
 * keeps writing the object; true when something became ours. https://kubernetes.io/docs/reference/using-api/server-side-apply/#migration-between-client-side-and-server-side-apply
 */
export async function takeOver(session: Session, place: Place, manifest: Manifest, seen: Manifest): Promise<boolean> {
  const named = manifest.metadata.annotations?.[ANNOTATION.migrationManager];
  const managers = new Set([...BEFORE_US, ...(named === undefined ? [] : [named])]);
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

/** Entries in which what the managers own is ours; undefined when they own nothing. */
export function migrated(
  entries: readonly ManagedFieldsEntry[],
  managers: ReadonlySet<string>,
): readonly ManagedFieldsEntry[] | undefined {
  const theirs = entries.filter((entry) => managers.has(entry.manager ?? '') && isWhole(entry));
  if (theirs.length === 0) return undefined;
  const ours = entries.filter(
    (entry) => entry.manager === FIELD_MANAGER && entry.operation === 'Apply' && isWhole(entry),
  );
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

type Fields = Readonly<Record<string, unknown>>;

/** A field set is a tree of names: what either has, both have. */
function union(a: Fields, b: Fields): Fields {
  const both = Object.keys(b).map((name) => {
    const [left, right] = [a[name], b[name]];
    return [name, isFields(left) && isFields(right) ? union(left, right) : right] as const;
  });
  return { ...a, ...Object.fromEntries(both) };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
