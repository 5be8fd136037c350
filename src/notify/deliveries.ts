import type { Delivery } from '../spec/event.ts';
import { nearest } from '../spec/nearest.ts';
import type { Outcome } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { NotificationSettings, NotificationTemplate, TriggerCondition } from '../spec/settings.ts';
import { CATALOG_TEMPLATES, CATALOG_TRIGGERS } from './catalog.ts';
import type { Facts } from './facts.ts';
import type { Subscription } from './subscriptions.ts';

/** Everything that decides who hears what of one application at one moment. */
export interface Moment {
  readonly application: string;
  /** `app`, as `applicationFacts` makes it. */
  readonly facts: Facts;
  /** `appProject`: the AppProject as it is. */
  readonly project?: unknown;
  readonly settings: NotificationSettings;
  readonly subscriptions: readonly Subscription[];
  /** Services that can be sent to: `['slack']`. */
  readonly services: readonly string[];
}

/** An expression to evaluate, in the order in which the outcomes are wanted. */
export interface Expression {
  readonly expression: string;
  readonly environment: Facts;
}

/** Conditions with who hears of each. `expressions` holds `when` and `oncePer` of the conditions in turn. */
export interface Plan {
  readonly expressions: readonly Expression[];
  readonly conditions: readonly PlannedCondition[];
  readonly problems: readonly Problem[];
}

export interface PlannedCondition {
  readonly trigger: string;
  readonly index: number;
  readonly condition: TriggerCondition;
  readonly subscriptions: readonly Subscription[];
}

/** A text to render, in the order in which the outcomes are wanted. */
export interface TemplateText {
  readonly template: string;
  readonly data: Facts;
  readonly dialect: 'notifications';
}

/** Messages that are due, with the texts to render for them. */
export interface Due {
  readonly templates: readonly TemplateText[];
  readonly messages: readonly DueMessage[];
  /** `once` names of conditions without `oncePer` that do not hold now: forgotten, they may fire again. */
  readonly over: readonly string[];
  readonly problems: readonly Problem[];
}

export interface DueMessage {
  readonly once: string;
  readonly subscription: Subscription;
  readonly parts: readonly MessagePart[];
}

/** One text of a message, and the key of the ConfigMap that it comes from. */
interface MessagePart {
  readonly field: 'text' | 'attachments' | 'blocks' | 'groupingKey';
  readonly key: string;
  readonly template: string;
}

export interface Deliveries {
  readonly value: readonly Delivery[];
  readonly problems: readonly Problem[];
}

/**
 * First stage: the expressions of every trigger that somebody subscribes to. A trigger that is nowhere defined, and a
 * service that can't be sent to, is a problem and loses nothing else.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/triggers/
 */
export function plan({ facts, settings, subscriptions, services }: Moment): Plan {
  const problems: Problem[] = [];
  const sendable = subscriptions.filter(({ service }) => services.includes(service));
  const others = new Set(subscriptions.map(({ service }) => service).filter((each) => !services.includes(each)));
  for (const service of others) problems.push(unsupportedService(service, services));
  const conditions = [...new Set(sendable.map(({ trigger }) => trigger))].flatMap((trigger) => {
    const found = own(settings.triggers, trigger) ?? own(CATALOG_TRIGGERS, trigger);
    if (found === undefined) problems.push(unknownTrigger(trigger, settings));
    const heard = sendable.filter((each) => each.trigger === trigger);
    return (found ?? []).map((condition, index) => ({ trigger, index, condition, subscriptions: heard }));
  });
  const environment = { app: facts };
  const expressions = conditions.flatMap(({ condition: { when, oncePer } }) =>
    [when, ...(oncePer === undefined ? [] : [oncePer])].map((expression) => ({ expression, environment })),
  );
  return { expressions, conditions, problems };
}

/**
 * Second stage: which messages are due, by the outcomes of the plan's expressions. An expression that fails, or a
 * condition that gives neither true nor false, is a problem of its key.
 */
export function due(moment: Moment, { conditions }: Plan, outcomes: readonly Outcome<unknown>[]): Due {
  const problems: Problem[] = [];
  const messages: DueMessage[] = [];
  const over: string[] = [];
  let next = 0;
  for (const planned of conditions) {
    const key = `trigger.${planned.trigger}`;
    const when = outcomes[next];
    const oncePer = planned.condition.oncePer === undefined ? undefined : outcomes[next + 1];
    next += planned.condition.oncePer === undefined ? 1 : 2;
    const names = (value: string): readonly string[] =>
      planned.subscriptions.map((subscription) => onceName(moment.application, planned, subscription, value));
    if (when === undefined || !when.ok || typeof when.value !== 'boolean') {
      problems.push(failedExpression(key, planned.index, 'when', when));
    } else if (!when.value) {
      if (oncePer === undefined) over.push(...names(''));
    } else if (oncePer !== undefined && !oncePer.ok) {
      problems.push(failedExpression(key, planned.index, 'oncePer', oncePer));
    } else {
      const once = names(oncePer === undefined ? '' : textOf(oncePer.value));
      const parts = partsOf(planned, moment.settings, problems);
      planned.subscriptions.forEach((subscription, index) => {
        if (parts.length > 0) messages.push({ once: once[index] ?? '', subscription, parts });
      });
    }
  }
  const templates = messages.flatMap(({ subscription, parts }) =>
    parts.map(({ template }) => ({ template, data: dataFor(moment, subscription), dialect: 'notifications' as const })),
  );
  return { templates, messages, over, problems };
}

/**
 * Third stage: the messages with their texts, by the outcomes of the due templates. A template that fails is a problem
 * of its key; the messages that need it are not sent.
 */
export function deliveries(moment: Moment, { messages }: Due, outcomes: readonly Outcome<string>[]): Deliveries {
  const problems = new Map<string, Problem>();
  const value: Delivery[] = [];
  let next = 0;
  for (const { once, subscription, parts } of messages) {
    const texts: Partial<Record<MessagePart['field'], string>> = {};
    let failed = false;
    for (const part of parts) {
      const outcome = outcomes[next];
      next += 1;
      if (outcome?.ok === true) texts[part.field] = outcome.value;
      else {
        failed = true;
        problems.set(part.key, failedTemplate(part, outcome?.error ?? 'it was not rendered'));
      }
    }
    if (failed) continue;
    const { text = '', ...rest } = texts;
    const { service, recipient } = subscription;
    value.push({ once, application: moment.application, service, recipient, message: { text, ...rest } });
  }
  return { value, problems: [...problems.values()] };
}

/** Names a message: the same name is sent once. JSON, so that no two names can run into one another. */
function onceName(
  application: string,
  { trigger, index, condition }: PlannedCondition,
  { service, recipient }: Subscription,
  oncePer: string,
): string {
  return JSON.stringify([application, trigger, index, condition.send.join('+'), service, recipient, oncePer]);
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Several templates of one condition make one message: a later one replaces what an earlier one says, as in Argo CD. */
function partsOf(
  { trigger, condition }: PlannedCondition,
  settings: NotificationSettings,
  problems: Problem[],
): readonly MessagePart[] {
  const parts = new Map<MessagePart['field'], MessagePart>();
  for (const name of condition.send) {
    const template = own(settings.templates, name) ?? own(CATALOG_TEMPLATES, name);
    if (template === undefined) {
      problems.push(unknownTemplate(name, trigger, settings));
      return [];
    }
    for (const [field, text] of textsOf(template)) parts.set(field, { field, key: `template.${name}`, template: text });
  }
  return [...parts.values()];
}

function textsOf({ message, slack }: NotificationTemplate): readonly (readonly [MessagePart['field'], string])[] {
  const all = [
    ['text', message],
    ['attachments', slack?.attachments],
    ['blocks', slack?.blocks],
    ['groupingKey', slack?.groupingKey],
  ] as const;
  return all.flatMap(([field, text]) => (text === undefined ? [] : [[field, text] as const]));
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/templates/ ; secrets are never given to a text. */
function dataFor({ facts, project, settings }: Moment, { service, recipient }: Subscription): Facts {
  return {
    app: service === 'slack' ? { ...facts, status: slackSafe(facts['status']) } : facts,
    appProject: project ?? {},
    context: settings.context,
    secrets: {},
    serviceType: service,
    recipient,
  };
}

/**
 * What the cluster and the tools say, as plain words for Slack: `<!channel>` in a message of a chart calls nobody, and
 * `<https://…|words>` is no link. https://docs.slack.dev/messaging/formatting-message-text/#escaping
 */
function slackSafe(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  if (Array.isArray(value)) return value.map(slackSafe);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, slackSafe(inner)]));
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

const CONFIG_MAP = 'argocd-notifications-cm';

function unsupportedService(service: string, services: readonly string[]): Problem {
  return new Problem('unsupported', `somebody subscribes by ${service}: trimtab sends to ${services.join(', ')} only`);
}

function unknownTrigger(trigger: string, settings: NotificationSettings): Problem {
  const meant = nearest(trigger, [...Object.keys(settings.triggers), ...Object.keys(CATALOG_TRIGGERS)]);
  const question = meant === undefined ? '' : `: did you mean ${meant}?`;
  return new Problem('misconfigured', `somebody subscribes to trigger ${trigger}, which is not defined${question}`, {
    where: { field: `data["trigger.${trigger}"]` },
    fix: `Define trigger.${trigger} in ${CONFIG_MAP}, or change the subscription.`,
  });
}

function unknownTemplate(name: string, trigger: string, settings: NotificationSettings): Problem {
  const meant = nearest(name, [...Object.keys(settings.templates), ...Object.keys(CATALOG_TEMPLATES)]);
  const question = meant === undefined ? '' : `: did you mean ${meant}?`;
  return new Problem('misconfigured', `trigger.${trigger} sends template ${name}, which is not defined${question}`, {
    where: { field: `data["trigger.${trigger}"]` },
    fix: `Define template.${name} in ${CONFIG_MAP}.`,
  });
}

function failedExpression(
  key: string,
  index: number,
  field: 'when' | 'oncePer',
  outcome: Outcome<unknown> | undefined,
): Problem {
  const why = outcome === undefined || outcome.ok ? 'must give true or false' : outcome.error;
  return new Problem('misconfigured', `${key}[${index}].${field}: ${why}`, {
    where: { field: `data["${key}"]` },
    fix: `Mend the expression in ${CONFIG_MAP}; \`?.\` reaches into what may be absent.`,
  });
}

function failedTemplate({ key, field }: MessagePart, why: string): Problem {
  const name = field === 'text' ? 'message' : `slack.${field}`;
  return new Problem('misconfigured', `${key}: ${name}: ${why}`, {
    where: { field: `data["${key}"]` },
    fix: `Mend the template in ${CONFIG_MAP}.`,
  });
}
