import { parseDocument } from 'yaml';
import * as z from 'zod';
import { check } from './check.ts';
import { Problem, type Where } from './problem.ts';

/** One entry of the annotation `notifications.argoproj.io/subscriptions`. */
export interface SubscriptionEntry {
  /** None: the default triggers. */
  readonly trigger: readonly string[];
  readonly destinations: readonly { readonly service: string; readonly recipients: readonly string[] }[];
}

const schema: z.ZodType<readonly SubscriptionEntry[]> = z.array(
  z.object({
    trigger: z.array(z.string()).default([]),
    destinations: z.array(z.object({ service: z.string(), recipients: z.array(z.string()).default([]) })).default([]),
  }),
);

/**
 * The YAML of the annotation `notifications.argoproj.io/subscriptions`. Throws Problem `invalid-manifest`.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/subscriptions/
 */
export function parseSubscriptions(text: string, where: Where): readonly SubscriptionEntry[] {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) {
    throw new Problem('invalid-manifest', `not valid YAML: ${error.message.split('\n')[0] ?? ''}`, { where });
  }
  return check(schema, document.toJS({ maxAliasCount: 0 }) ?? [], () => where).value;
}
