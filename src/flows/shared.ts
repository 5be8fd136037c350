import { applicationName } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { keyOf, keyText, type Manifest, resourceText } from '../spec/manifest.ts';
import type { ClusterRegistration } from '../spec/settings.ts';
import { trackedBy, withoutTracking } from '../sync/index.ts';
import { type DesiredPorts, desiredKeys, goesTo } from './claims.ts';
import type { Wanted } from './wanted.ts';

export interface SharedPorts extends DesiredPorts {
  readonly catalogue: Pick<Catalogue, 'applications' | 'projects' | 'settings'>;
  readonly cluster: ClusterRegistration;
}

/**
 * What an application wants, when it is compared. An object that says that it belongs to another application is taken over
 * where that one is gone, or desires it no more. Where both desire it, each would take it from the other at every look: so
 * whoever has it keeps it, and a SharedResourceWarning says so.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#fail-the-sync-if-a-shared-resource-is-found
 */
export async function leavingShared(wanted: Wanted, live: readonly Manifest[], ports: SharedPorts): Promise<Wanted> {
  const name = applicationName(wanted.application);
  const { tracking } = ports.catalogue.settings.customisations;
  const desired = new Set(wanted.desired.map((manifest) => keyText(keyOf(manifest))));
  const foreign = live.filter((object) => desired.has(keyText(keyOf(object))) && trackedBy(object, tracking) !== name);
  if (foreign.length === 0) return wanted;
  const defined = new Map(ports.catalogue.applications.map((one) => [applicationName(one.value), one.value]));
  const byOwner = Map.groupBy(foreign, (object) => defined.get(trackedBy(object, tracking) ?? ''));
  const shared = new Map<string, string>();
  for (const [owner, objects] of byOwner) {
    if (owner === undefined || !goesTo(owner, ports.cluster, ports.catalogue)) continue;
    // Where it is not known what the owner desires, it may be anything
    const desires = await desiredKeys(owner, ports).then(
      (keys) => new Set(keys),
      () => undefined,
    );
    const both = objects.map((object) => keyText(keyOf(object))).filter((key) => desires?.has(key) ?? true);
    for (const key of both) shared.set(key, applicationName(owner));
  }
  if (shared.size === 0) return wanted;
  const isShared = (manifest: Manifest): boolean => shared.has(keyText(keyOf(manifest)));
  const warnings = wanted.desired.filter(isShared).map((manifest) => ({
    type: 'SharedResourceWarning' as const,
    message: `${resourceText(keyOf(manifest))} is part of applications ${name} and ${shared.get(keyText(keyOf(manifest)))}`,
  }));
  return {
    ...wanted,
    desired: wanted.desired.map((manifest) => (isShared(manifest) ? withoutTracking(manifest, tracking) : manifest)),
    conditions: [...wanted.conditions, ...warnings],
  };
}
