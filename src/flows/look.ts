import { compareLive, type Marks, narrowed } from '../diff/index.ts';
import { ANNOTATION } from '../spec/annotations.ts';
import type { Change } from '../spec/change.ts';
import type { Customisations } from '../spec/customisations.ts';
import { isHook } from '../spec/hook.ts';
import { keyOf, keyText, type Manifest, type ObjectMeta } from '../spec/manifest.ts';
import type { ClusterReader, Engines } from '../spec/ports.ts';
import { asProblem, type Problem } from '../spec/problem.ts';
import { applyOptions, isClientSide, readSyncOptions, resourceOptions, type SyncOptions } from '../sync/index.ts';
import type { Wanted } from './wanted.ts';
import { withoutJqPaths } from './without-jq-paths.ts';

/** What a comparison with the cluster needs beside the two sides. */
export interface Looking {
  readonly marks: Marks;
  readonly reader: Pick<ClusterReader, 'dryRun'>;
  readonly engines: Pick<Engines, 'jq'>;
  readonly customisations: Customisations;
  /** RFC 3339. */
  readonly at: string;
}

/**
 * Holds an application against its live objects. The first look compares the fields that trimtab owns; what seems to
 * differ gets a second one, the API server's own dry run of how it is applied, which knows defaults, quantities and
 * admission. A dry run that is refused leaves the first look's answer. `ServerSideDiff=false` does without the second look,
 * `ServerSideDiff=true` always takes it; what only a mutating webhook says counts with `IncludeMutationWebhook=true`.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/diff-strategies/
 */
export async function differencesOf(
  { application, desired }: Pick<Wanted, 'application' | 'desired'>,
  live: readonly Manifest[],
  looking: Looking,
): Promise<readonly Change[]> {
  const { marks, customisations } = looking;
  const ignoreDifferences = [...(application.spec.ignoreDifferences ?? []), ...customisations.ignoreDifferences];
  const options = readSyncOptions(application.spec.syncPolicy?.syncOptions ?? []);
  const rules = {
    ...{ ...customisations, marks, ignoreDifferences },
    isClientSide: (manifest: Manifest) => isClientSide(manifest, options),
  };
  const [wanted, there] = await Promise.all([
    withoutJqPaths(desired, ignoreDifferences, looking),
    withoutJqPaths(live, ignoreDifferences, looking),
  ]);
  const first = new Map(compareLive(wanted, there, rules).map((change) => [keyText(change.key), change]));
  const strategyOf = (manifest: Manifest): Strategy => strategy([application, manifest]);
  const second = desired.filter((manifest) => {
    const change = first.get(keyText(keyOf(manifest)));
    const { serverSide } = strategyOf(manifest);
    return (
      !isHook(manifest) &&
      (change === undefined ? serverSide === true : change.action === 'update' && serverSide !== false)
    );
  });
  const wantedByKey = byKey(wanted);
  const liveByKey = byKey(there);
  await Promise.all(
    second.map(async (manifest) => {
      const text = keyText(keyOf(manifest));
      const object = liveByKey.get(text);
      const become = object === undefined ? undefined : await dryRun(manifest, options, looking.reader);
      if (object === undefined || become === undefined) return;
      const [predicted = become] = await withoutJqPaths([become], ignoreDifferences, looking);
      const said = strategyOf(manifest).webhooks ? predicted : narrowed(predicted, wantedByKey.get(text) ?? manifest);
      const [change] = compareLive([said], [object], rules);
      if (change === undefined) first.delete(text);
      else first.set(text, change);
    }),
  );
  return [...first.values()];
}

/** How an object is compared: `argocd.argoproj.io/compare-options` of the application, and of the object, which wins. */
interface Strategy {
  readonly serverSide: boolean | undefined;
  readonly webhooks: boolean;
}

function strategy(carriers: readonly { readonly metadata: ObjectMeta }[]): Strategy {
  const options = carriers.flatMap(({ metadata }) =>
    (metadata.annotations?.[ANNOTATION.compareOptions] ?? '').split(',').map((option) => option.trim()),
  );
  const serverSide = options.filter((option) => /^ServerSideDiff=(true|false)$/.test(option)).at(-1);
  return {
    serverSide: serverSide === undefined ? undefined : serverSide.endsWith('true'),
    webhooks: options.includes('IncludeMutationWebhook=true'),
  };
}

function byKey(manifests: readonly Manifest[]): ReadonlyMap<string, Manifest> {
  return new Map(manifests.map((manifest) => [keyText(keyOf(manifest)), manifest]));
}

async function dryRun(
  manifest: Manifest,
  options: SyncOptions,
  reader: Pick<ClusterReader, 'dryRun'>,
): Promise<Manifest | undefined> {
  // In the way in which it is applied: the two ways differ in what they leave to others
  const how = isClientSide(manifest, options) ? applyOptions(resourceOptions(manifest, options)) : undefined;
  try {
    return (await reader.dryRun(manifest, how)).manifest;
  } catch (thrown) {
    const { code }: Problem = asProblem(thrown);
    if (['cluster-refused', 'immutable-field', 'webhook-failed', 'conflict', 'forbidden'].includes(code))
      return undefined;
    throw thrown;
  }
}
