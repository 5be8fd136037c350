import { randomBytes } from 'node:crypto';
import { clusterOf } from '../catalog/cluster-of.ts';
import { createMarks } from '../diff/index.ts';
import { conditionsOf } from '../flows/conditions.ts';
import { renderDesired } from '../flows/desired.ts';
import { readLive } from '../flows/live.ts';
import { asApplied, concerning, differencesOf, placesOf, statusOf } from '../flows/look.ts';
import type { ApplicationStatus } from '../spec/operation.ts';
import type { Desk } from './operations.ts';
import { clock, engines } from './repository.ts';

/** How an application is in its cluster now, held against its manifests, as a refresh sees it. Changes nothing. */
export async function lookAtApplication({ found, ports }: Desk): Promise<ApplicationStatus> {
  const { application, revisions, catalogue, repository } = found;
  const cluster = clusterOf(application, catalogue.settings.clusters);
  const reader = await ports.clusters.reader(cluster);
  const rendered = await renderDesired(application, revisions, await reader.facts(), repository);
  const desired = asApplied(application, rendered, await reader.kinds());
  const inventory = (await ports.store.inventories.load(application.metadata.name)) ?? [];
  const conditions = conditionsOf(application, desired, cluster, catalogue);
  const wanted = { application, revisions, desired, inventory, conditions };
  const live = concerning(wanted, await readLive(reader, placesOf(wanted)));
  const at = clock();
  const marks = createMarks(randomBytes(32).toString('hex'));
  const changes = await differencesOf(wanted, live, { marks, reader, engines: engines(), at });
  return statusOf(wanted, live, changes, undefined, at);
}
