import { clusterOf } from '../catalog/cluster-of.ts';
import { deployable } from '../catalog/rendered-definitions.ts';
import type { Operation } from '../spec/operation.ts';
import { asProblem } from '../spec/problem.ts';
import { renderDesired } from './desired.ts';
import { rememberingFacts } from './facts.ts';
import type { Look } from './look-at-group.ts';
import type { Control } from './read-control.ts';
import type { RefreshPorts } from './refresh-ports.ts';
import { sourceFor } from './source-for.ts';
import { sameContent } from './start-operation.ts';
import { asApplied } from './wanted.ts';

/**
 * Whether a running operation brings something else than Git says now. Other commits with the same manifests do not
 * count, and a hook that runs (a migration) is never cut short for it.
 */
export async function isOutdated(
  look: Look,
  running: Operation,
  control: Control,
  ports: RefreshPorts,
): Promise<boolean> {
  const { application, status, desired } = look;
  if (desired === undefined || running.deletes === true) return false;
  const { only } = running;
  const now = { revisions: status.revisions, definition: control.revision, ...(only === undefined ? {} : { only }) };
  if (sameContent(running, now)) return false;
  if ((running.tasks ?? []).some((task) => task.action === 'hook' && task.status === 'Running')) return false;
  const cluster = clusterOf(application, control.catalogue.settings.clusters);
  const reader = rememberingFacts(await ports.clusters.reader(cluster), ports.store);
  try {
    const source = sourceFor(application, control.catalogue, ports.source);
    const rendered = await renderDesired(application, running.revisions, await reader.facts(), { ...ports, source });
    const { tracking } = control.catalogue.settings.customisations;
    const brings = deployable(asApplied(application, rendered, await reader.kinds(), tracking), cluster);
    return JSON.stringify(brings) !== JSON.stringify(desired);
  } catch (thrown) {
    // What it brings does not render (any more): what Git says now does. No answer at all says nothing.
    return !['unavailable', 'rate-limited', 'cluster-unreachable', 'internal'].includes(asProblem(thrown).code);
  }
}
