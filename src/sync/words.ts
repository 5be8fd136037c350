import { resourceText } from '../spec/manifest.ts';
import type { Operation, Task } from '../spec/operation.ts';
import { resourcePatternText } from '../spec/resource-pattern.ts';

/** How many resources a message names before it only counts. */
const NAMED = 3;

/** What an operation waits for, as Argo CD says it; a deletion waits for each confirmation before anything goes. */
export function waitingText(tasks: readonly Task[], deletes = false): string {
  const open = tasks.filter((task) => task.status === 'Running' || task.status === 'Pending');
  const unconfirmed = open.filter((task) => task.confirm === true && task.message !== '');
  const [asked] = unconfirmed;
  const isDue = open[0]?.phase === asked?.phase && (deletes || open[0]?.wave === asked?.wave);
  if (asked !== undefined && isDue) {
    const others = unconfirmed.length > 1 ? ` and ${unconfirmed.length - 1} more` : '';
    return `waiting for pruning confirmation of ${resourceText(asked.key)}${others}: ${asked.message}`;
  }
  const running = open.filter((task) => task.status === 'Running');
  const [first] = running.length > 0 ? running : open;
  if (first === undefined) return '';
  const alike = open.filter(
    (task) => task.action === first.action && task.phase === first.phase && task.wave === first.wave,
  );
  const more = alike.length > 1 ? ` and ${alike.length - 1} more` : '';
  const what = {
    hook: `completion of hook ${resourceText(first.key)}${more}`,
    prune: `deletion of ${resourceText(first.key)}${more}`,
    apply: `healthy state of ${resourceText(first.key)}${more}`,
  }[first.action];
  return `waiting for ${what}`;
}

/** How an operation went that succeeded: whoever asked for something that was not there is told so. */
export function successText(operation: Operation): string {
  return `${outcomeText(operation)}${unrenderedText(operation)}`;
}

/** What a deletion went by whose sources could not be rendered. */
function unrenderedText({ unrendered }: Operation): string {
  return unrendered === undefined ? '' : `; ${RECORDED}, since its sources do not render: ${unrendered}`;
}

const RECORDED = 'its PreDelete and PostDelete hooks are those that its last sync recorded';

function outcomeText({ only, deletes, tasks = [] }: Operation): string {
  if (tasks.length > 0) return 'successfully synced (all tasks run)';
  if (only !== undefined) {
    return `nothing was synced: in sync already, or no longer there: ${only.map(resourcePatternText).join(', ')}`;
  }
  return deletes === true
    ? 'nothing was deleted: the application had no resource left in the cluster'
    : 'successfully synced (nothing to do)';
}

/**
 * Why an attempt failed: which resources, and what the API server or their health says of them. A task without a uid
 * failed before the cluster took it.
 */
export function failureText(operation: Operation, tasks: readonly Task[]): string {
  return `${reasonsText(tasks)}${unrenderedText(operation)}`;
}

function reasonsText(tasks: readonly Task[]): string {
  const failed = tasks.filter((task) => task.status === 'Failed' && task.phase !== 'SyncFail');
  const refused = failed.filter((task) => task.uid === undefined && task.action === 'apply');
  const pruned = failed.filter((task) => task.action === 'prune');
  const others = failed.filter((task) => !refused.includes(task) && !pruned.includes(task));
  return [
    sentence('one or more objects failed to apply', refused),
    sentence('one or more objects failed to be pruned', pruned),
    sentence('one or more synchronization tasks completed unsuccessfully', others),
  ]
    .filter((text) => text !== '')
    .join('; ');
}

function sentence(what: string, tasks: readonly Task[]): string {
  if (tasks.length === 0) return '';
  const named = tasks.slice(0, NAMED).map((task) => `${resourceText(task.key)}: ${task.message}`);
  const more = tasks.length > NAMED ? [`and ${tasks.length - NAMED} more`] : [];
  return `${what} (${[...named, ...more].join('; ')})`;
}
