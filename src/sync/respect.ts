import type { Manifest } from '../spec/manifest.ts';

/** The sides of a manifest whose ignored fields keep their live values. */
export interface RespectInput {
  /** What is desired, without what `ignoreDifferences` names. */
  readonly wanted: Manifest;
  readonly live: Manifest;
  /** The live object without what `ignoreDifferences` names. */
  readonly compared: Manifest;
}

/**
 * `RespectIgnoreDifferences=true`: the desired manifest, in which the fields that are ignored have the values of the live
 * object. They must be in it: what we applied once and leave out, the API server takes away.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#respect-ignore-difference-configs
 */
export function respecting({ wanted, live, compared }: RespectInput): Manifest {
  const kept = restored(wanted, content(live), content(compared)) as Manifest;
  return { ...kept, apiVersion: wanted.apiVersion, kind: wanted.kind };
}

/** What of an object can be applied: the rest is the server's. */
function content({ metadata, status: _status, ...body }: Manifest): unknown {
  const { name, namespace, labels, annotations, finalizers } = metadata;
  return { ...body, metadata: { name, namespace, labels, annotations, finalizers } };
}

type Fields = Readonly<Record<string, unknown>>;

function restored(wanted: unknown, live: unknown, compared: unknown): unknown {
  if (isFields(wanted) && isFields(live) && isFields(compared)) return restoredFields(wanted, live, compared);
  if (Array.isArray(wanted) && Array.isArray(live) && Array.isArray(compared)) {
    return restoredItems(wanted, live, compared);
  }
  return wanted;
}

function restoredFields(wanted: Fields, live: Fields, compared: Fields): Fields {
  const kept = Object.keys(live).flatMap((name): readonly (readonly [string, unknown])[] => {
    if (live[name] === undefined) return [];
    if (!(name in compared)) return [[name, live[name]]];
    if (name in wanted) return [[name, restored(wanted[name], live[name], compared[name])]];
    if (same(live[name], compared[name])) return [];
    // Only what is ignored in it
    return [[name, restored(Array.isArray(live[name]) ? [] : {}, live[name], compared[name])]];
  });
  return { ...wanted, ...Object.fromEntries(kept) };
}

function restoredItems(wanted: readonly unknown[], live: readonly unknown[], compared: readonly unknown[]): unknown {
  if (live.length !== compared.length) {
    return [...wanted, ...live.filter((item) => !compared.some((other) => same(item, other)))];
  }
  return wanted.map((item, index) => {
    const named = live.findIndex((other) => nameOf(other) !== undefined && nameOf(other) === nameOf(item));
    const at = nameOf(item) === undefined ? index : named;
    return at < 0 || at >= live.length ? item : restored(item, live[at], compared[at]);
  });
}

/** Items of the lists of Kubernetes are told by their name, where they have one. */
function nameOf(item: unknown): unknown {
  return isFields(item) ? item['name'] : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
