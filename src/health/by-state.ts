import type { Manifest } from '../spec/manifest.ts';
import type { Health, HealthStatus } from '../spec/operation.ts';
import { textAt } from './fields.ts';

/**
 * The rule for kinds that tell how they are in one word of their status (`status.phase`, `status.state`). A word that
 * is not in the table, and no word yet, is Progressing: a newer version of its controller may know more words.
 */
export function byState(
  field: string,
  states: Readonly<Record<string, HealthStatus>>,
  reasonField: string,
  waiting: string,
): (live: Manifest) => Health {
  return (live) => {
    const state = textAt(live, 'status', field);
    if (state === '') return { status: 'Progressing', message: waiting };
    const reason = textAt(live, 'status', reasonField);
    const status = Object.hasOwn(states, state) ? states[state] : undefined;
    return { status: status ?? 'Progressing', message: reason === '' ? state : reason };
  };
}
