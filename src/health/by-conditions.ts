import type { Manifest } from '../spec/manifest.ts';
import type { Health, HealthStatus } from '../spec/operation.ts';
import { conditionsOf, type Fields, textAt } from './fields.ts';

/** How a live object is, by one rule; undefined where the rule says nothing of it. */
export type HealthRule = (live: Manifest) => Health | undefined;

/** One line of a kind's table: a condition of this type in this status (and for this reason) means this. */
export interface ConditionLine {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown' | 'not True';
  readonly reason?: RegExp;
  /** Cluster API's word for whether it passes; other projects took it over. */
  readonly severity?: RegExp;
  readonly is: HealthStatus;
}

/**
 * The rule that a table of conditions makes: the first line that the object meets is its verdict, with the message of
 * that condition (its reason, where it has none). `waiting` is said while no line is met: then it is Progressing.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties
 */
export function byConditions(lines: readonly ConditionLine[], waiting: string): (live: Manifest) => Health {
  return (live) => metLine(lines, live) ?? { status: 'Progressing', message: waiting };
}

/** The verdict of the first line that the object meets, undefined when it meets none. */
export function metLine(lines: readonly ConditionLine[], live: Manifest): Health | undefined {
  const conditions = conditionsOf(live);
  for (const line of lines) {
    const condition = conditions.find((one) => meets(one, line));
    if (condition !== undefined) return { status: line.is, message: said(condition) };
  }
  return undefined;
}

/** `Ready`, as most controllers keep it: true, false for good, or not yet known. */
export const READY: readonly ConditionLine[] = [
  { type: 'Ready', status: 'False', is: 'Degraded' },
  { type: 'Ready', status: 'True', is: 'Healthy' },
];

/** What a condition says to a person: its message, else its reason. */
export function said(condition: Fields): string {
  const message = textAt(condition, 'message');
  return message === '' ? textAt(condition, 'reason') : message;
}

function meets(condition: Fields, { type, status, reason, severity }: ConditionLine): boolean {
  if (condition['type'] !== type) return false;
  const same = status === 'not True' ? condition['status'] !== 'True' : condition['status'] === status;
  const saysWhy = reason?.test(textAt(condition, 'reason')) ?? true;
  return same && saysWhy && (severity?.test(textAt(condition, 'severity')) ?? true);
}
