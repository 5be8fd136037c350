import { ANNOTATION } from '../spec/annotations.ts';
import type { ObjectMeta } from '../spec/manifest.ts';
import { parseSubscriptions } from '../spec/parse-subscriptions.ts';
import { asProblem, Problem, type Where } from '../spec/problem.ts';
import type { GlobalSubscription, NotificationSettings } from '../spec/settings.ts';
import { labelSelector } from './label-selector.ts';

/** Somebody who hears of an application when a trigger fires. The recipient is '' for services that know theirs. */
export interface Subscription {
  readonly trigger: string;
  readonly service: string;
  readonly recipient: string;
}

export interface Subscriptions {
  readonly value: readonly Subscription[];
  /** What could not be read; it loses no other subscription. */
  readonly problems: readonly Problem[];
}

/** An Application or an AppProject, as far as its annotations and labels go. */
export interface Subscriber {
  readonly metadata: ObjectMeta;
  readonly where: Where;
}

/**
 * Who hears of an application: by its own annotations, those of its project, and the global subscriptions whose selector
 * meets its labels. Each (trigger, service, recipient) once, in that order. Never throws.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/subscriptions/
 */
export function subscriptionsOf(
  application: Subscriber,
  project: Subscriber | undefined,
  settings: NotificationSettings,
): Subscriptions {
  const problems: Problem[] = [];
  const reading = { settings, problems };
  const all = [
    ...fromAnnotations(application, reading),
    ...(project === undefined ? [] : fromAnnotations(project, reading)),
    ...settings.subscriptions.flatMap((each) => fromGlobal(each, application.metadata.labels ?? {}, reading)),
  ];
  const once = new Map(all.map((each) => [JSON.stringify([each.trigger, each.service, each.recipient]), each]));
  return { value: [...once.values()], problems };
}

interface Reading {
  readonly settings: NotificationSettings;
  readonly problems: Problem[];
}

function fromAnnotations({ metadata, where }: Subscriber, reading: Reading): readonly Subscription[] {
  return Object.entries(metadata.annotations ?? {}).flatMap(([key, value]): readonly Subscription[] => {
    if (key === ANNOTATION.subscriptions) return fromYaml(value, where, reading);
    if (!key.startsWith(ANNOTATION.subscribePrefix)) return [];
    const [first = '', second] = key.slice(ANNOTATION.subscribePrefix.length).split('.');
    const service = second ?? first;
    const triggers = second === undefined ? defaultTriggers(service, reading.settings) : [first];
    return combine(triggers, service, value.split(';'));
  });
}

function fromYaml(text: string, where: Where, { settings, problems }: Reading): readonly Subscription[] {
  const field = `metadata.annotations["${ANNOTATION.subscriptions}"]`;
  try {
    return parseSubscriptions(text, { ...where, field }).flatMap(({ trigger, destinations }) =>
      destinations.flatMap(({ service, recipients }) =>
        combine(trigger.length === 0 ? defaultTriggers(service, settings) : trigger, service, recipients),
      ),
    );
  } catch (thrown) {
    const problem = asProblem(thrown);
    problems.push(
      new Problem(problem.code, `${ANNOTATION.subscriptions}: ${problem.message}`, {
        where: { ...where, field },
        fix: 'Write a list of {trigger: [names], destinations: [{service, recipients: [names]}]}.',
      }),
    );
    return [];
  }
}

function fromGlobal(
  { recipients, triggers, selector }: GlobalSubscription,
  labels: Readonly<Record<string, string>>,
  { settings, problems }: Reading,
): readonly Subscription[] {
  try {
    if (!labelSelector(selector ?? '')(labels)) return [];
  } catch (thrown) {
    const problem = asProblem(thrown);
    problems.push(
      new Problem(problem.code, `argocd-notifications-cm: subscriptions: ${problem.message}`, {
        where: { field: 'data.subscriptions' },
        ...(problem.fix === undefined ? {} : { fix: problem.fix }),
      }),
    );
    return [];
  }
  return recipients.flatMap((text) => {
    const colon = text.indexOf(':');
    const service = colon < 0 ? text : text.slice(0, colon);
    const names = triggers.length === 0 ? defaultTriggers(service, settings) : triggers;
    return combine(names, service, [colon < 0 ? '' : text.slice(colon + 1)]);
  });
}

function defaultTriggers(service: string, settings: NotificationSettings): readonly string[] {
  const ofService = settings.defaultTriggersOf ?? {};
  return (Object.hasOwn(ofService, service) ? ofService[service] : undefined) ?? settings.defaultTriggers;
}

function combine(triggers: readonly string[], service: string, recipients: readonly string[]): readonly Subscription[] {
  const named = recipients.map((recipient) => recipient.trim()).filter((recipient) => recipient !== '');
  const to = named.length === 0 ? [''] : named;
  return triggers.flatMap((trigger) => to.map((recipient) => ({ trigger, service: service.trim(), recipient })));
}
