import { ignoresOf, withoutIgnored } from '../diff/ignore.ts';
import { createMarks } from '../diff/index.ts';
import type { Application, IgnoreDifference } from '../spec/application.ts';
import type { Customisations } from '../spec/customisations.ts';
import { keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import type { ClusterReader, Engines } from '../spec/ports.ts';
import { resourceOptions, respecting, type SyncOptions } from '../sync/index.ts';
import { differencesOf } from './look.ts';
import { withoutJqPaths } from './without-jq-paths.ts';

export interface AdjustPorts {
  readonly engines: Pick<Engines, 'jq'>;
  readonly customisations: Customisations;
  /** RFC 3339. */
  readonly at: string;
}

/**
 * Manifests whose ignored fields have their live values, with `RespectIgnoreDifferences=true`; others, and those of objects
 * that are not there, as they are.
 */
export async function respectIgnored(
  application: Application,
  manifests: readonly Manifest[],
  live: ReadonlyMap<string, Manifest>,
  options: SyncOptions,
  ports: AdjustPorts,
): Promise<readonly Manifest[]> {
  const ignoreDifferences = [...(application.spec.ignoreDifferences ?? []), ...ports.customisations.ignoreDifferences];
  if (!options.respectIgnoreDifferences || ignoreDifferences.length === 0) return manifests;
  return await Promise.all(
    manifests.map(async (manifest) => {
      const object = live.get(keyText(keyOf(manifest)));
      if (object === undefined || ignoresOf(manifest, ignoreDifferences).length === 0) return manifest;
      const [wanted, compared] = await Promise.all([
        without(manifest, object, ignoreDifferences, ports),
        without(object, object, ignoreDifferences, ports),
      ]);
      return respecting({ wanted, live: object, compared });
    }),
  );
}

async function without(
  manifest: Manifest,
  live: Manifest,
  ignoreDifferences: readonly IgnoreDifference[],
  ports: AdjustPorts,
): Promise<Manifest> {
  const entries = ignoresOf(manifest, ignoreDifferences);
  const left = withoutIgnored(manifest, entries, live.metadata.managedFields ?? []) as Manifest;
  const [filtered = left] = await withoutJqPaths([left], ignoreDifferences, ports);
  return filtered;
}

/** `keyText` of what differs from the cluster, for `ApplyOutOfSyncOnly=true`; undefined where nothing says it. */
export async function outOfSync(
  application: Application,
  manifests: readonly Manifest[],
  live: ReadonlyMap<string, Manifest>,
  options: SyncOptions,
  ports: AdjustPorts & { readonly reader: Pick<ClusterReader, 'dryRun'> },
): Promise<ReadonlySet<string> | undefined> {
  if (!manifests.some((manifest) => resourceOptions(manifest, options).applyOutOfSyncOnly)) return undefined;
  // Only the keys of what differs are used, no value is shown: any key for the marks will do
  const marks = createMarks(crypto.randomUUID());
  const changes = await differencesOf({ application, desired: manifests }, [...live.values()], { marks, ...ports });
  return new Set(changes.map((change) => keyText(change.key)));
}
