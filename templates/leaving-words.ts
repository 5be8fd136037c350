import { resourceText } from '../src/spec/manifest.ts';
import type { ApplicationPreview, Leaving } from '../src/spec/preview.ts';
import { code, count, plain } from './markdown.ts';

/** What a preview says of resources that leave their application, and of the confirmations that will be asked for. */

const APPROVAL = code('argocd.argoproj.io/deletion-approved');

/** Resources that go with the merge, or after a confirmation that can still be given. */
export function goingOf(application: ApplicationPreview): readonly Leaving[] {
  const { leaving = [], lifecycle, cascades } = application;
  if (lifecycle === 'deleted' && (!cascades || isUnconfirmed(application))) return [];
  return leaving.filter(({ fate }) => fate === 'goes' || fate === 'asks');
}

/** What the end of an application does, in a cell of the table. */
export function deletedWords(application: ApplicationPreview): string {
  if (!application.cascades) return 'leaves its resources';
  if (isUnconfirmed(application)) return '✋ deletes nothing: not confirmed';
  const { leaving = [] } = application;
  return leaving.length > 0 && goingOf(application).length === 0 ? 'deletes no resource' : 'deletes its resources';
}

/** The sentence that follows the name of an application which is defined no more. */
export function deletionWords(application: ApplicationPreview): string {
  if (application.lifecycle !== 'deleted') return '';
  if (!application.cascades)
    return 'The Application has no resources finalizer: what it deployed stays in the cluster.';
  return isUnconfirmed(application)
    ? 'The Application carries the resources finalizer: what it deployed would be deleted with it.'
    : '🗑️ The Application carries the resources finalizer: **what it deployed is deleted with it**.';
}

/** Whether an application would be deleted that asks for a confirmation, and has none: after the merge it is too late for one. */
function isUnconfirmed(application: ApplicationPreview): boolean {
  return application.lifecycle === 'deleted' && application.approved === undefined && asked(application).length > 0;
}

/** What an application leaves behind in another cluster. */
export function clusterWords({ leavesCluster, application }: ApplicationPreview): string {
  if (leavesCluster === undefined) return '';
  const { server, resources } = leavesCluster;
  return (
    `⚠️ It leaves the cluster ${code(server)}: **the ${count(resources, 'resource')} that it has there ${resources === 1 ? 'stays' : 'stay'}**, and nobody looks ` +
    `after ${resources === 1 ? 'it' : 'them'} any more, as with Argo CD. To have them deleted, delete ${code(application)} with its resources finalizer in a ` +
    'change of its own first.'
  );
}

/** A paragraph for each fate. */
export function leavingWords(application: ApplicationPreview): string {
  const { leaving = [], lifecycle, cascades, prunes } = application;
  if (lifecycle === 'deleted' && !cascades) return '';
  const of = (fate: Leaving['fate']): readonly Leaving[] => leaving.filter((one) => one.fate === fate);
  const isPruned = lifecycle !== 'deleted' && prunes;
  const goes = isPruned || lifecycle === 'deleted' ? of('goes') : goingOf(application);
  return [
    lifecycle === 'deleted' || goes.length === 0
      ? ''
      : prunes
        ? `🗑️ **Pruned by the sync:** ${names(goes)}`
        : `🗑️ **No longer in Git, left in the cluster** (prune is off): ${names(goes)}`,
    confirmationWords(application),
    of('stays').length === 0 ? '' : `📌 **Stays in the cluster:** ${reasons(of('stays'), (why) => `(${plain(why)})`)}`,
    of('moves').length === 0 ? '' : `🔁 **Taken over, not deleted:** ${reasons(of('moves'), (to) => `by ${code(to)}`)}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** What will wait for somebody, and how to confirm it. */
function confirmationWords(application: ApplicationPreview): string {
  const asks = asked(application);
  if (asks.length === 0) return '';
  const { lifecycle, approved, application: name } = application;
  if (lifecycle === 'deleted') {
    const what = `✋ **Deleting it asks for a confirmation** (${code('Delete=confirm')}): ${names(asks)}.`;
    return approved === undefined
      ? `${what} The Application has none, so **nothing of it will be deleted**. In a change of its own, before this one, give the Application ${code(name)} the annotation ${APPROVAL} with the time, as in ${code('2026-01-31T12:00:00Z')}.`
      : `${what} The Application has it: ${APPROVAL} of ${code(approved)}.`;
  }
  const what = `✋ **Pruning waits for a confirmation** (${code('Prune=confirm')}): ${names(asks)}.`;
  const how = `While the sync waits, give the Application ${code(name)} the annotation ${APPROVAL} in Git, with a time after the start of the sync.`;
  return approved === undefined
    ? `${what} ${how}`
    : `${what} ${how} It has one of ${code(approved)}, which counts for a sync that starts before.`;
}

function asked({ leaving = [], lifecycle, cascades, prunes }: ApplicationPreview): readonly Leaving[] {
  const happens = lifecycle === 'deleted' ? cascades : prunes;
  return happens ? leaving.filter(({ fate }) => fate === 'asks') : [];
}

function names(leaving: readonly Leaving[]): string {
  return leaving.map(({ key }) => code(resourceText(key))).join(', ');
}

function reasons(leaving: readonly Leaving[], words: (because: string) => string): string {
  const grouped = Map.groupBy(leaving, ({ because = '' }) => because);
  return [...grouped].map(([because, all]) => `${names(all)} ${words(because)}`).join('; ');
}
