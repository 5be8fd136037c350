import type { Application } from '../spec/application.ts';
import { isMap } from './generators/index.ts';
import { sameData } from './same-definition.ts';

/** An Application as it was, and as its set gives it now; each without the fields that the set ignores. */
export interface Bare {
  readonly before: Application;
  readonly now: Application;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * An Application that is there, changed to what its set gives now but for what the set ignores: as a merge patch between
 * the two without the ignored fields would change it. So an ignored field stays as it was, and a list in which anything
 * else changes is replaced whole. Preserved annotations and labels stay where there are any.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Controlling-Resource-Modification/#limitations-of-ignoreapplicationdifferences
 */
export function keepFields(
  before: Application,
  now: Application,
  rules: {
    readonly bare: Bare;
    readonly preserved: { readonly annotations: readonly string[]; readonly labels: readonly string[] };
  },
): Application {
  const { bare, preserved } = rules;
  const wanted = preserving(before, now, preserved);
  const bareWanted = preserving(bare.before, bare.now, preserved);
  const patched = patch(partsOf(before), partsOf(wanted), {
    before: partsOf(bare.before),
    now: partsOf(bareWanted),
  });
  const { spec, ...metadata } = patched;
  const rest = Object.entries(now.metadata).filter(([field]) => !CHANGING.has(field));
  return { ...now, metadata: { ...Object.fromEntries(rest), ...metadata }, spec } as Application;
}

/** What of the metadata a set may change; what it is called is not among it. */
const CHANGING: ReadonlySet<string> = new Set(['annotations', 'labels', 'finalizers']);

function partsOf({ metadata, spec }: Application): Json {
  const own = Object.entries(metadata).filter(([field]) => CHANGING.has(field));
  return { ...Object.fromEntries(own), spec };
}

function preserving(
  before: Application,
  now: Application,
  preserved: { readonly annotations: readonly string[]; readonly labels: readonly string[] },
): Application {
  const of = (kind: 'annotations' | 'labels'): Json => {
    const there = before.metadata[kind] ?? {};
    const stay = preserved[kind].flatMap((key) => (Object.hasOwn(there, key) ? [[key, there[key]] as const] : []));
    return stay.length === 0 ? {} : { [kind]: { ...now.metadata[kind], ...Object.fromEntries(stay) } };
  };
  return { ...now, metadata: { ...now.metadata, ...of('annotations'), ...of('labels') } };
}

function patch(before: Json, now: Json, bare: { readonly before: Json; readonly now: Json }): Json {
  const keys = new Set([...Object.keys(now), ...Object.keys(before)]);
  const entries = [...keys].flatMap((key): readonly (readonly [string, unknown])[] => {
    const [was, is] = [own(bare.before, key), own(bare.now, key)];
    if (sameData(was, is)) return Object.hasOwn(before, key) ? [[key, before[key]]] : [];
    if (is === undefined) return [];
    if (!isMap(is)) return [[key, own(now, key)]];
    const [there, wanted] = [own(before, key), own(now, key)];
    const inner = patch(isMap(there) ? there : {}, isMap(wanted) ? wanted : {}, {
      before: isMap(was) ? was : {},
      now: is,
    });
    return [[key, inner]];
  });
  return Object.fromEntries(entries);
}

function own(map: Json, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
