import { describe, expect, it } from 'vitest';
import { type Subscriber, subscriptionsOf } from '../../src/notify/subscriptions.ts';
import { NO_NOTIFICATIONS } from '../../src/spec/parse-notifications.ts';
import type { NotificationSettings } from '../../src/spec/settings.ts';

function subscriber(annotations: Record<string, string>, labels: Record<string, string> = {}): Subscriber {
  return { metadata: { name: 'shop', annotations, labels }, where: { file: 'apps/shop.yaml', line: 1 } };
}

function told(
  annotations: Record<string, string>,
  settings: Partial<NotificationSettings> = {},
  labels: Record<string, string> = {},
): string[] {
  const { value, problems } = subscriptionsOf(subscriber(annotations, labels), undefined, {
    ...NO_NOTIFICATIONS,
    ...settings,
  });
  expect(problems).toEqual([]);
  return value.map(({ trigger, service, recipient }) => `${trigger} ${service}:${recipient}`);
}

const PREFIX = 'notifications.argoproj.io/subscribe.';

describe('subscriptionsOf', () => {
  it.each<[string, Record<string, string>, string[]]>([
    ['one channel', { [`${PREFIX}on-sync-failed.slack`]: 'alerts' }, ['on-sync-failed slack:alerts']],
    [
      'several channels',
      { [`${PREFIX}on-sync-failed.slack`]: 'alerts; shop ;' },
      ['on-sync-failed slack:alerts', 'on-sync-failed slack:shop'],
    ],
    ['a service that knows its recipient', { [`${PREFIX}on-created.audit`]: '' }, ['on-created audit:']],
    ['other annotations', { 'notifications.argoproj.io/other': 'x', [`x.${PREFIX}a.slack`]: 'y' }, []],
    [
      'YAML',
      {
        'notifications.argoproj.io/subscriptions':
          '- trigger: [on-created, on-deleted]\n  destinations:\n    - {service: slack, recipients: [a, b]}\n',
      },
      ['on-created slack:a', 'on-created slack:b', 'on-deleted slack:a', 'on-deleted slack:b'],
    ],
  ])('reads %s', (_, annotations, expected) => {
    expect(told(annotations)).toEqual(expected);
  });

  it('takes the default triggers where none is named, those of the service first', () => {
    const settings = { defaultTriggers: ['on-sync-failed'], defaultTriggersOf: { teams: ['on-deployed'] } };
    const annotations = { [`${PREFIX}slack`]: 'a', [`${PREFIX}teams`]: 'b' };
    expect(told(annotations, settings)).toEqual(['on-sync-failed slack:a', 'on-deployed teams:b']);
  });

  it.each([
    ['team=shop', true],
    ['team = shop , env!=test', true],
    ['team==web', false],
    ['team in (web, shop),env', true],
    ['team notin (web, shop)', false],
    ['!legacy', true],
    ['!team', false],
    ['tier', false],
    ['', true],
  ])('global subscriptions meet the labels of an application: %j is %j', (selector, expected) => {
    const subscriptions = [{ recipients: ['slack:all', 'audit'], triggers: ['on-created'], selector }];
    const found = told({}, { subscriptions }, { team: 'shop', env: 'prod' });
    expect(found).toEqual(expected ? ['on-created slack:all', 'on-created audit:'] : []);
  });

  it('adds the subscriptions of the project, each once', () => {
    const both = { [`${PREFIX}on-created.slack`]: 'a' };
    const project = subscriber({ ...both, [`${PREFIX}on-deleted.slack`]: 'b' });
    const { value } = subscriptionsOf(subscriber(both), project, NO_NOTIFICATIONS);
    expect(value.map(({ trigger, recipient }) => [trigger, recipient])).toEqual([
      ['on-created', 'a'],
      ['on-deleted', 'b'],
    ]);
  });

  it('tells what can not be read with its place, and loses no other', () => {
    const annotations = {
      'notifications.argoproj.io/subscriptions': '- trigger: on-created',
      [`${PREFIX}on-created.slack`]: 'a',
    };
    const settings = {
      ...NO_NOTIFICATIONS,
      subscriptions: [{ recipients: ['slack:x'], triggers: ['t'], selector: 'team in shop' }],
    };
    const { value, problems } = subscriptionsOf(subscriber(annotations), undefined, settings);
    expect(value).toHaveLength(1);
    expect(problems.map(({ message }) => message)).toEqual([
      'notifications.argoproj.io/subscriptions: [0].trigger must be a list, found a string',
      'argocd-notifications-cm: subscriptions: `team in shop` is not a label selector',
    ]);
    expect(problems[0]?.where).toMatchObject({ file: 'apps/shop.yaml', line: 1 });
  });
});
