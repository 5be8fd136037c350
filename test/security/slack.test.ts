import { expect, test } from 'vitest';
import { HEALTHY, momentOf, SUCCEEDED, tell } from '../notify/moments.ts';

const SHOUT = '<!channel> <@U012AB3CD> <https://evil.example|Approve here> a && b';
const PLAIN = '&lt;!channel&gt; &lt;@U012AB3CD&gt; &lt;https://evil.example|Approve here&gt; a &amp;&amp; b';

const subscriptions = ['on-sync-failed', 'on-health-degraded', 'on-sync-status-unknown', 'on-drift'].map((trigger) => ({
  trigger,
  service: 'slack',
  recipient: 'deploys',
}));

async function texts(known: Parameters<typeof momentOf>[0]): Promise<string> {
  const { value, problems } = await tell(momentOf(known, { subscriptions }));
  expect(problems).toEqual([]);
  expect(value.length).toBeGreaterThan(0);
  return value.map(({ message }) => message.text).join('\n');
}

test('a message of a chart or of the cluster calls no channel and makes no link in Slack', async () => {
  expect(await texts({ operation: { ...SUCCEEDED, phase: 'Failed', message: SHOUT } })).toContain(PLAIN);
  const degraded = { status: 'Degraded', message: SHOUT } as const;
  expect(await texts({ status: { ...HEALTHY, health: degraded } })).toContain(PLAIN);
  const conditions = [{ type: 'ComparisonError', message: SHOUT }] as const;
  expect(await texts({ status: { ...HEALTHY, sync: 'Unknown', conditions } })).toContain(PLAIN);
});

test('nor does a value, or a field manager, that somebody wrote into the cluster by hand', async () => {
  const field = { path: SHOUT, from: SHOUT, to: 1, manager: SHOUT, at: '' };
  const key = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'shop' };
  const change = { key, action: 'update', hook: false, wave: 0, fields: [field], before: '', after: '' } as const;
  const seen = { desired: '', since: HEALTHY.observedAt, seenAt: HEALTHY.observedAt, undone: 0 };
  const drifted = [{ ...seen, resource: 'ConfigMap shop/shop', is: 'changed', path: SHOUT, manager: SHOUT }] as const;
  const text = await texts({ status: { ...HEALTHY, drift: [change], drifted } });
  expect(text).not.toMatch(/<!|<@|<https/);
  expect(text).toContain(PLAIN);
});
