import * as z from 'zod';
import type { ManifestDocument } from './documents.ts';
import { asProblem, Problem } from './problem.ts';
import type { GlobalSubscription, NotificationSettings, NotificationTemplate, TriggerCondition } from './settings.ts';
import { readYamlOfKey } from './yaml-of-key.ts';

/** What `argocd-notifications-cm` says, and what of it can't be read: one problem a key, which loses no other key. */
export interface ParsedNotifications {
  readonly value: NotificationSettings;
  readonly problems: readonly Problem[];
}

/** The settings of a control repository without `argocd-notifications-cm`: nobody is told anything. */
export const NO_NOTIFICATIONS: NotificationSettings = {
  triggers: {},
  templates: {},
  subscriptions: [],
  defaultTriggers: [],
  context: {},
};

const text = z.string().exactOptional();

const triggerSchema: z.ZodType<readonly TriggerCondition[]> = z.array(
  z.object({ when: z.string(), send: z.array(z.string()), oncePer: text, description: text }),
);

/** What Argo CD's templates may hold beside `message` and `slack`: read, and named as not sent. */
const OTHER_SERVICES = [
  'alertmanager',
  'awsSqs',
  'email',
  'github',
  'googlechat',
  'grafana',
  'mattermost',
  'newrelic',
  'opsgenie',
  'pagerduty',
  'pagerdutyv2',
  'pushover',
  'rocketchat',
  'teams',
  'teams-workflows',
  'telegram',
  'webex',
  'webhook',
] as const;

const templateSchema = z.object({
  message: text,
  slack: z
    .object({
      attachments: text,
      blocks: text,
      groupingKey: text,
      username: text,
      icon: text,
      notifyBroadcast: z.boolean().exactOptional(),
      deliveryPolicy: z.enum(['Post', 'PostAndUpdate', 'Update']).exactOptional(),
    })
    .exactOptional(),
  ...Object.fromEntries(OTHER_SERVICES.map((service) => [service, z.unknown().exactOptional()])),
});

const subscriptionsSchema: z.ZodType<readonly GlobalSubscription[]> = z.array(
  z.object({ recipients: z.array(z.string()), triggers: z.array(z.string()).default([]), selector: text }),
);

const namesSchema = z.array(z.string());
const contextSchema = z.record(z.string(), z.string());

/**
 * Reads the `data` of `argocd-notifications-cm`: `trigger.*`, `template.*`, `subscriptions`, `defaultTriggers`
 * (and `.<service>`), `context`. `service.*` only says what trimtab can't send to: Slack's token is a setting of the function that sends.
 * Never throws; lines in problems are lines of the file.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/
 */
export function parseNotifications(
  data: Readonly<Record<string, string>>,
  document: ManifestDocument,
): ParsedNotifications {
  const problems: Problem[] = [];
  const services = new Set<string>();
  const triggers: [string, readonly TriggerCondition[]][] = [];
  const templates: [string, NotificationTemplate][] = [];
  const ofServices: [string, readonly string[]][] = [];
  let rest: Pick<NotificationSettings, 'subscriptions' | 'defaultTriggers' | 'context'> = NO_NOTIFICATIONS;

  const readKey = (key: string, source: string): void => {
    const read = <T>(schema: z.ZodType<T>): T => readYamlOfKey(schema, key, source, document, problems);
    const [prefix = '', name = ''] = split(key);
    if (prefix === 'trigger') triggers.push([name, read(triggerSchema)]);
    else if (prefix === 'template') {
      const { message, slack, ...others } = read(templateSchema);
      for (const service of Object.keys(others)) services.add(service);
      templates.push([
        name,
        { ...(message === undefined ? {} : { message }), ...slackPart(slack, key, document, problems) },
      ]);
    } else if (prefix === 'service') {
      if (name !== 'slack') services.add(name);
    } else if (prefix === 'defaultTriggers') ofServices.push([name, read(namesSchema)]);
    else if (key === 'subscriptions') rest = { ...rest, subscriptions: read(subscriptionsSchema) };
    else if (key === 'defaultTriggers') rest = { ...rest, defaultTriggers: read(namesSchema) };
    else if (key === 'context') rest = { ...rest, context: read(contextSchema) };
    else problems.push(unknownKey(key, document));
  };

  for (const [key, source] of Object.entries(data)) {
    try {
      readKey(key, source);
    } catch (thrown) {
      problems.push(asProblem(thrown));
    }
  }
  if (services.size > 0) problems.push(otherServices([...services].sort(), document));
  return {
    value: {
      ...rest,
      ...(ofServices.length === 0 ? {} : { defaultTriggersOf: Object.fromEntries(ofServices) }),
      triggers: Object.fromEntries(triggers),
      templates: Object.fromEntries(templates),
    },
    problems,
  };
}

/** `trigger.on-sync-failed` → `trigger`, `on-sync-failed`; a key without a name after the dot has no prefix. */
function split(key: string): readonly string[] {
  const dot = key.indexOf('.');
  return dot < 0 || dot === key.length - 1 ? [] : [key.slice(0, dot), key.slice(dot + 1)];
}

type SlackPart = z.infer<typeof templateSchema>['slack'];

function slackPart(
  slack: SlackPart,
  key: string,
  document: ManifestDocument,
  problems: Problem[],
): Pick<NotificationTemplate, 'slack'> {
  if (slack === undefined) return {};
  const { username, icon, notifyBroadcast, deliveryPolicy, ...sent } = slack;
  const ignored = Object.entries({ username, icon, notifyBroadcast, deliveryPolicy }).filter(
    ([, set]) => set !== undefined,
  );
  if (ignored.length > 0) {
    const names = ignored.map(([name]) => `slack.${name}`).join(', ');
    problems.push(
      new Problem('unsupported', `${key} sets ${names}, which has no effect in trimtab`, {
        where: document.where(['data', key]),
        fix: 'Remove it, or accept the default.',
      }),
    );
  }
  return { slack: sent };
}

function unknownKey(key: string, document: ManifestDocument): Problem {
  return new Problem('unknown-field', `argocd-notifications-cm: ${key} is not a key that is known here`, {
    where: document.where(['data', key]),
    fix: 'Known are trigger.*, template.*, service.*, subscriptions, defaultTriggers, defaultTriggers.* and context.',
  });
}

function otherServices(services: readonly string[], document: ManifestDocument): Problem {
  const message = `argocd-notifications-cm sends to ${services.join(', ')}: trimtab sends to slack only`;
  return new Problem('unsupported', message, { where: document.where(['data']) });
}
