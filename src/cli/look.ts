import { clusterOf } from '../catalog/cluster-of.ts';
import { concerning } from '../flows/concerning.ts';
import { conditionsOf } from '../flows/conditions.ts';
import { renderDesired } from '../flows/desired.ts';
import { managed, withoutExcluded } from '../flows/excluded.ts';
import { healthsOf } from '../flows/healths.ts';
import { readLive } from '../flows/live.ts';
import { differencesOf } from '../flows/look.ts';
import { createOrphanWatch } from '../flows/orphans.ts';
import { leavingShared } from '../flows/shared.ts';
import { statusOf } from '../flows/status-of.ts';
import { asApplied, placesOf } from '../flows/wanted.ts';
import type { ApplicationStatus } from '../spec/operation.ts';
import { marks } from './compare-files.ts';
import type { Desk } from './operations.ts';
import { clock, engines } from './repository.ts';

/** How an application is in its cluster now, held against its manifests, as a refresh sees it. Changes nothing. */
export async function lookAtApplication({ found, ports }: Desk): Promise<ApplicationStatus> {
  const { application, revisions, catalogue, repository } = found;
  const cluster = clusterOf(application, catalogue.settings.clusters);
  const reader = await ports.clusters.reader(cluster);
  const rendered = await renderDesired(application, revisions, await reader.facts(), repository);
  const { customisations } = catalogue.settings;
  const defined = asApplied(application, rendered, await reader.kinds(), customisations.tracking);
  const { manifests: desired, warnings } = withoutExcluded(defined, cluster, customisations);
  const applied = (await ports.store.inventories.load(application.metadata.name)) ?? [];
  const inventory = managed(applied, cluster, customisations);
  const conditions = [...conditionsOf(application, defined, cluster, catalogue), ...warnings];
  const orphans = await createOrphanWatch({ reader, cluster, catalogue })({ application, desired });
  const wanted = { application, revisions, desired, inventory, conditions: [...conditions, ...orphans] };
  const live = concerning(wanted, await readLive(reader, placesOf(wanted)), customisations.tracking);
  const at = clock();
  const wanting = await leavingShared(wanted, live, { ...repository, catalogue, cluster, reader });
  const changes = await differencesOf(wanting, live, {
    marks: marks(),
    reader,
    engines: engines(),
    customisations,
    at,
  });
  const healths = await healthsOf(live, { customisations, engines: engines(), at });
  return statusOf(wanting, live, changes, healths, undefined, at);
}
