import type { Health, HealthStatus } from '../spec/operation.ts';
import { type Fields, textAt } from './fields.ts';

/** The fields of a status in which controllers keep one word that sums it up. */
const FIELDS = [
  'phase',
  'state',
  'health',
  'status',
  'currentState',
  'currentStatus',
  'overallStatus',
  'updateStatus',
  'PostgresClusterStatus',
];

const FAILED =
  /^(failed|failure|error|errored|degraded|unhealthy|invalid|rejected|red|fatal|faulted|noncompliant)$|^Failed|(Failed|Error)$/;
const PAUSED = /^(paused|suspended|hibernated|stopped)$/;
const MOVING =
  /^(pending|new|inprogress|progressing|applyingchanges|yellow|(wait|queue|initializ|initialis|start|stopp|creat|provision|install|updat|upgrad|deploy|reconcil|scal|migrat|restor|restart|delet|terminat|config|build|validat|bootstrapp|synchroni[sz]|schedul|expand|bind|releas|attach|detach|form|pull|finaliz|finalis)ing\w*|\w+inprogress)$/;

/** From bad to good; of several words the worst counts. */
const WORSE: readonly (readonly [words: RegExp, is: HealthStatus])[] = [
  [FAILED, 'Degraded'],
  [/^unknown$/, 'Unknown'],
  [MOVING, 'Progressing'],
  [PAUSED, 'Suspended'],
];

/**
 * How an object is by the words of its status: `phase: Failed`, `state: provisioning`, `health: red`. A word that is not
 * known is good, since most kinds have words of their own for being there (Bound, Active, Running, Enabled). Undefined
 * where the status has no such word.
 */
export function wordHealth(status: Fields): Health | undefined {
  const words = FIELDS.map((field) => textAt(status, field)).filter((word) => word !== '');
  if (words.length === 0) return undefined;
  for (const [known, is] of WORSE) {
    const word = words.find((one) => known.test(wordOf(one)) || known.test(wordOf(one).toLowerCase()));
    if (word !== undefined) return { status: is, message: messageOf(status, word) };
  }
  return { status: 'Healthy', message: messageOf(status, '') };
}

/** `ERROR, no such secret` begins with its word; `In Progress` and `in-progress` are one. */
function wordOf(text: string): string {
  return (text.split(/[,:(]/)[0] ?? '').replaceAll(/[\s_-]/g, '');
}

function messageOf(status: Fields, word: string): string {
  const [found] = ['message', 'reason', 'error', 'failureMessage', 'errorMessage']
    .map((field) => textAt(status, field))
    .filter((text) => text !== '');
  return found === undefined || found === word ? word : found;
}
