import { describe, expect, it } from 'vitest';
import { CATALOG_TEMPLATES, CATALOG_TRIGGERS } from '../../src/notify/catalog.ts';
import { applicationFacts } from '../../src/notify/facts.ts';
import type { ApplicationStatus, Drifted } from '../../src/spec/operation.ts';
import { NO_NOTIFICATIONS } from '../../src/spec/parse-notifications.ts';
import type { NotificationSettings } from '../../src/spec/settings.ts';
import { HEALTHY, momentOf, SHOP, SUCCEEDED, tell } from './moments.ts';

function by(trigger: string, recipient = 'deployments'): { trigger: string; service: string; recipient: string } {
  return { trigger, service: 'slack', recipient };
}

function settings(more: Partial<NotificationSettings>): NotificationSettings {
  return { ...NO_NOTIFICATIONS, ...more };
}

const FAILED = { ...SUCCEEDED, phase: 'Failed', message: 'Deployment web: image not found' } as const;

describe('deliveries', () => {
  it('tells each subscriber of a trigger that fires, with the text of the ConfigMap', async () => {
    const own = settings({
      triggers: { 'on-synced': [{ when: "app.status.sync.status == 'Synced'", send: ['synced'] }] },
      templates: {
        synced: {
          message: '{{.app.metadata.name}} by {{.serviceType}} to {{.recipient}}: {{.context.url}}',
          slack: { attachments: '[{"title": "{{.app.spec.project}}"}]', groupingKey: '{{.app.metadata.name}}' },
        },
      },
      context: { url: 'https://acme.example' },
    });
    const moment = momentOf({}, { settings: own, subscriptions: [by('on-synced', 'a'), by('on-synced', 'b')] });
    const { value, problems } = await tell(moment);
    expect(problems).toEqual([]);
    expect(value.map(({ recipient }) => recipient)).toEqual(['a', 'b']);
    expect(value[0]).toMatchObject({
      application: 'shop',
      service: 'slack',
      message: {
        text: 'shop by slack to a: https://acme.example',
        attachments: '[{"title": "production"}]',
        groupingKey: 'shop',
      },
    });
  });

  it("uses Argo CD's triggers where the ConfigMap lacks them, and those of the ConfigMap where it has them", async () => {
    const subscriptions = [by('on-sync-succeeded'), by('on-sync-failed')];
    const first = await tell(momentOf({}, { subscriptions }));
    expect(first.value.map(({ message }) => message.text)).toEqual([
      ':white_check_mark: *shop* is synced at `4a8af6e`.',
    ]);
    const own = settings({ triggers: { 'on-sync-succeeded': [{ when: 'false', send: ['app-sync-succeeded'] }] } });
    expect((await tell(momentOf({}, { subscriptions, settings: own }))).value).toEqual([]);
  });

  it.each<[string, Parameters<typeof momentOf>[0], string[]]>([
    ['a sync that succeeded', {}, ['on-created', 'on-deployed', 'on-sync-succeeded']],
    ['a sync that failed', { operation: FAILED }, ['on-created', 'on-sync-failed']],
    [
      'a sync that runs',
      { operation: { ...SUCCEEDED, phase: 'Running', message: '' } },
      ['on-created', 'on-sync-running'],
    ],
    [
      'a degraded application',
      { status: { ...HEALTHY, health: { status: 'Degraded', message: 'web crashes' } } },
      ['on-created', 'on-health-degraded', 'on-sync-succeeded'],
    ],
    [
      'an application that could not be compared',
      { status: { ...HEALTHY, sync: 'Unknown', conditions: [{ type: 'ComparisonError', message: 'no chart' }] } },
      ['on-created', 'on-deployed', 'on-sync-status-unknown', 'on-sync-succeeded'],
    ],
    [
      'pods that were healthy before the end of the sync, but not since its begin',
      {
        status: { ...HEALTHY, healthSince: '2026-01-31T08:00:10.000Z' },
        operation: { ...SUCCEEDED, finishedAt: '2026-01-31T08:10:00.000Z' },
      },
      ['on-created', 'on-sync-succeeded'],
    ],
  ])("of Argo CD's triggers, %s fires the right ones", async (_, known, expected) => {
    const subscriptions = Object.keys(CATALOG_TRIGGERS).map((trigger) => by(trigger));
    const { value, problems } = await tell(momentOf(known, { subscriptions }));
    expect(problems).toEqual([]);
    expect(value.map(({ once }) => JSON.parse(once)[1]).sort()).toEqual(expected);
    for (const { message } of value) expect(message.text).toMatch(/\*shop\*(?!.*<no value>)/s);
  });

  it('tells nothing wrong of an application that nobody has looked at or synced yet', async () => {
    const subscriptions = Object.keys(CATALOG_TRIGGERS).map((trigger) => by(trigger));
    const facts = applicationFacts({ application: SHOP, history: [] });
    const { value, problems } = await tell(momentOf({}, { subscriptions, facts }));
    expect(problems).toEqual([]);
    expect(value.map(({ message }) => message.text)).toEqual(['*shop* is new, in project production.']);
  });

  it('gives the same name to the same message, and another once the revision is another', async () => {
    const subscriptions = [by('on-sync-succeeded')];
    const names = async (revision: string): Promise<string[]> => {
      const operation = { ...SUCCEEDED, id: revision, revisions: [revision] };
      return (await tell(momentOf({ operation }, { subscriptions }))).value.map(({ once }) => once);
    };
    expect(await names('a1')).toEqual(await names('a1'));
    expect(await names('a1')).not.toEqual(await names('b2'));
  });

  it('names what may be told again once a condition without oncePer is over', async () => {
    const triggers = { drift: [{ when: "app.status.sync.status == 'OutOfSync'", send: ['app-sync-failed'] }] };
    const more = { settings: settings({ triggers }), subscriptions: [by('drift')] };
    const drifted = await tell(momentOf({ status: { ...HEALTHY, sync: 'OutOfSync' } }, more));
    const repaired = await tell(momentOf({}, more));
    expect(repaired.value).toEqual([]);
    expect(repaired.over).toEqual(drifted.value.map(({ once }) => once));
  });

  it('merges several templates of one condition into one message', async () => {
    const own = settings({
      triggers: { t: [{ when: 'true', send: ['short', 'card'] }] },
      templates: { short: { message: 'text' }, card: { slack: { blocks: '[]' } } },
    });
    const { value } = await tell(momentOf({}, { settings: own, subscriptions: [by('t')] }));
    expect(value.map(({ message }) => message)).toEqual([{ text: 'text', blocks: '[]' }]);
  });

  it('tells what is broken by its key, and loses nothing else', async () => {
    const own = settings({
      triggers: {
        syntax: [{ when: 'app.status ==', send: ['fine'] }],
        type: [{ when: 'app.metadata.name', send: ['fine'] }],
        once: [{ when: 'true', oncePer: 'app.nothing.at.all', send: ['fine'] }],
        typo: [{ when: 'true', send: ['fyne'] }],
        text: [{ when: 'true', send: ['broken'] }],
        good: [{ when: 'true', send: ['fine'] }],
      },
      templates: { fine: { message: 'fine' }, broken: { message: '{{.app.metadata.name' } },
    });
    const triggers = [...Object.keys(own.triggers), 'on-sync-failled', 'constructor'];
    const { value, problems } = await tell(
      momentOf({}, { settings: own, subscriptions: triggers.map((trigger) => by(trigger)) }),
    );
    expect(value.map(({ once }) => JSON.parse(once)[1])).toEqual(['good']);
    const messages = problems.map(({ message }) => message);
    expect(messages).toHaveLength(7);
    expect(messages[0]).toBe(
      'somebody subscribes to trigger on-sync-failled, which is not defined: did you mean on-sync-failed?',
    );
    expect(messages[1]).toBe('somebody subscribes to trigger constructor, which is not defined');
    expect(messages[2]).toMatch(/^trigger\.syntax\[0\]\.when: ./);
    expect(messages[3]).toBe('trigger.type[0].when: must give true or false');
    expect(messages[4]).toMatch(/^trigger\.once\[0\]\.oncePer: ./);
    expect(messages[5]).toBe('trigger.typo sends template fyne, which is not defined: did you mean fine?');
    expect(messages[6]).toMatch(/^template\.broken: message: ./);
    for (const { where, fix } of problems) {
      expect(where.field).toMatch(/^data\["/);
      expect(fix).toBeDefined();
    }
  });

  it('names a service that can not be sent to, once', async () => {
    const subscriptions = [
      { ...by('on-sync-succeeded'), service: 'teams' },
      { ...by('on-created'), service: 'teams' },
      by('on-created'),
    ];
    const { value, problems } = await tell(momentOf({}, { subscriptions }));
    expect(value).toHaveLength(1);
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ['unsupported', 'somebody subscribes by teams: trimtab sends to slack only'],
    ]);
  });

  it('has a template for everything that its triggers send', () => {
    const sent = Object.values(CATALOG_TRIGGERS).flatMap((conditions) => conditions.flatMap(({ send }) => send));
    expect(sent.sort()).toEqual(Object.keys(CATALOG_TEMPLATES).sort());
  });

  const DEPLOYMENT = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
  const SEEN = { desired: '', since: '2026-01-31T07:57:00.000Z', seenAt: HEALTHY.observedAt, undone: 0 };
  const replicas = { path: 'spec.replicas', from: 5, to: 2, manager: 'kubectl-edit', at: '2026-01-31T09:00:00Z' };
  const fields = [
    replicas,
    { path: 'spec.paused', from: true, to: false, manager: 'trimtab' },
    { path: 'spec.minReadySeconds', from: undefined, to: 7 },
  ];
  const changed = (path: string, more: Partial<Drifted> = {}): Drifted => ({
    ...SEEN,
    resource: 'Deployment shop/web',
    is: 'changed',
    path,
    ...more,
  });
  const drifted = (all: readonly Drifted[], more: Partial<ApplicationStatus> = {}) => {
    const change = { key: DEPLOYMENT, action: 'update', fields, before: '', after: '', hook: false, wave: 0 } as const;
    const status = { ...HEALTHY, sync: 'OutOfSync', drift: [change], drifted: all, ...more } as const;
    return tell(momentOf({ status }, { subscriptions: [by('on-drift')] }));
  };
  const SCALED = changed('spec.replicas', { manager: 'kubectl-edit' });
  const texts = ({ value }: Awaited<ReturnType<typeof drifted>>) => value.map(({ message }) => message.text);

  it('tells drift with who changed which field, what is gone or was made, and not what only Git changed', async () => {
    const gone = { ...SEEN, resource: 'Service shop/web', is: 'gone' } as const;
    const made = { ...SEEN, resource: 'ConfigMap shop/copy', is: 'extra' } as const;
    const told = await drifted([SCALED, changed('spec.minReadySeconds'), gone, made]);
    expect(told.problems).toEqual([]);
    expect(texts(told)).toEqual([
      `:mag: *shop* drifted from Git
• Deployment shop/web \`spec.replicas\`: 5 in the cluster, 2 in Git (kubectl-edit, 2026-01-31T09:00:00Z)
• Deployment shop/web \`spec.minReadySeconds\`: nothing in the cluster, 7 in Git (since 2026-01-31T07:57:00.000Z)
• Service shop/web is gone from the cluster (since 2026-01-31T07:57:00.000Z)
• ConfigMap shop/copy is in the cluster, and not in Git (since 2026-01-31T07:57:00.000Z)`,
    ]);
    expect(texts(await drifted([changed('spec.paused', { manager: 'trimtab' })]))).toEqual([]);
    expect(texts(await drifted([{ ...SCALED, seenAt: '2026-01-31T07:57:00.000Z' }]))).toEqual([]);
  });

  it('counts what is too much for a message', async () => {
    const many = Array.from(
      { length: 30 },
      (_, nth) => ({ ...SEEN, resource: `Pod shop/${nth}`, is: 'gone' }) as const,
    );
    const [text = ''] = texts(await drifted(many));
    expect(text.split('\n')).toHaveLength(22);
    expect(text).toContain('\n… and 10 more');
  });

  it('tells a drift once: again when another one comes to it, and not when one of them goes', async () => {
    const later = changed('spec.minReadySeconds', { since: '2026-01-31T08:00:00.000Z' });
    const once = async (all: readonly Drifted[]) => (await drifted(all)).value.map((delivery) => delivery.once);
    const first = await once([SCALED]);
    expect(await once([SCALED, later])).not.toEqual(first);
    expect(await once([later])).toEqual(await once([SCALED, later]));
    expect(await once([{ ...SCALED, undone: 3 }])).toEqual(first);
  });

  it('tells a fight by its own, beside a drift that is none', async () => {
    const conditions = [{ type: 'SelfHealWarning', message: 'self-heal leaves it' }] as const;
    const fought = { ...SCALED, undone: 5, left: true };
    expect(texts(await drifted([fought], { conditions }))).toEqual([
      ':crossed_swords: *shop* is left as it is: self-heal leaves it',
    ]);
    expect(texts(await drifted([fought, changed('spec.minReadySeconds')], { conditions }))).toHaveLength(2);
  });

  it('tells of an application that is being deleted', async () => {
    const application = { ...SHOP, metadata: { ...SHOP.metadata, deletionTimestamp: '2026-01-31T08:00:00Z' } };
    const { value } = await tell(momentOf({ application }, { subscriptions: [by('on-deleted')] }));
    expect(value.map(({ message }) => message.text)).toEqual(['*shop* is being deleted.']);
  });
});
