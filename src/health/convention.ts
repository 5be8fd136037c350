import type { Manifest } from '../spec/manifest.ts';
import type { Health } from '../spec/operation.ts';
import { said } from './by-conditions.ts';
import { crossplaneHealth } from './custom/crossplane.ts';
import { conditionOf, mapAt, numberAt } from './fields.ts';
import { degraded, healthy, progressing } from './verdicts.ts';

/**
 * How an object of a kind is that nobody told us of, by the conventions that most controllers keep: the status is of the
 * newest generation; Stalled is for good, Reconciling and a Ready that is not True will pass. What keeps Synced and
 * Ready is Crossplane's, whatever its group: compositions have kinds of their own. Undefined where a kind has no status
 * (a ConfigMap is there, or it is not).
 * https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
 */
export function conventionalHealth(live: Manifest): Health | undefined {
  if (Object.keys(mapAt(live, 'status')).length === 0) return undefined;
  const observed = numberAt(live, 'status', 'observedGeneration');
  if (observed !== undefined && observed !== numberAt(live, 'metadata', 'generation')) {
    return progressing('Waiting for the controller to see the new spec');
  }
  const stalled = conditionOf(live, 'Stalled');
  if (stalled?.['status'] === 'True') return degraded(said(stalled));
  const reconciling = conditionOf(live, 'Reconciling');
  if (reconciling?.['status'] === 'True') return progressing(said(reconciling));
  const ready = conditionOf(live, 'Ready');
  if (ready !== undefined && conditionOf(live, 'Synced') !== undefined) return crossplaneHealth(live);
  if (ready === undefined || ready['status'] === 'True') return healthy(ready === undefined ? '' : said(ready));
  return progressing(said(ready));
}
