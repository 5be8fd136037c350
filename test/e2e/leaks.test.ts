import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { application, configMap, type Platform, REPO, startPlatform } from './platform.ts';

/** Values that stand nowhere else: whatever of them is found anywhere has leaked. */
const SECRETS = [
  'zebra-orbit-41',
  'quartz-lantern-72',
  'walnut-glacier-88',
  'saffron-piston-19',
  'cobalt-thicket-56',
] as const;
const [FIRST, SECOND, BY_HAND, INVALID, IN_CHART] = SECRETS;

let trimtab: Platform;
const printed: string[] = [];
const stored: string[] = [];

function secret(value: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'vault',
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":"${value}"}` },
    },
    stringData: { password: value, url: `postgres://app:${value}@db/app` },
  });
}

/** A hook of the deletion, which a sync records. */
const goodbye = `apiVersion: v1
kind: Secret
metadata:
  name: goodbye
  annotations: {argocd.argoproj.io/hook: PreDelete}
stringData:
  url: postgres://app:{{ .Values.password }}@db/app
`;

beforeAll(async () => {
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => {
      printed.push(
        words.map((word) => (word instanceof Error ? `${word.stack} ${JSON.stringify(word)}` : String(word))).join(' '),
      );
    });
  }
  trimtab = await startPlatform({
    'argocd/vault.yaml': application('vault'),
    'apps/vault/secret.yaml': secret(FIRST),
    'apps/vault/config.yaml': configMap('vault', 'plain'),
    'argocd/shop.yaml': application('shop', { path: 'charts/shop' }),
    'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'charts/shop/values.yaml': `password: ${FIRST}\n`,
    'charts/shop/templates/secret.yaml':
      'apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop\ndata:\n  password: {{ .Values.password | b64enc }}\n',
    'charts/shop/templates/goodbye.yaml': goodbye,
  });
}, 60_000);
afterAll(() => trimtab.close());

/** Every form in which a value could get out. */
function forms(value: string): readonly string[] {
  return [
    value,
    ...[0, 1, 2].map((shift) =>
      Buffer.from(`${'x'.repeat(shift)}${value}`)
        .toString('base64')
        .slice(shift + 1, -4),
    ),
  ];
}

/** The forge holds the repository, values and all: what trimtab reads of it is no leak, what it writes would be one. */
function written(): readonly string[] {
  return trimtab.forge
    .exchanges()
    .map(({ path, query, requestBody }) => `${path} ${query} ${JSON.stringify(requestBody)}`);
}

test('no value of a Secret is in any comment, check, Slack message, stored item or line of a log after a whole story', async () => {
  const { forge, cluster, store, slack } = trimtab;
  await trimtab.schedule();
  expect(cluster.get('/api/v1/namespaces/vault/secrets/vault')).toBeDefined();
  // A preview of a changed value, its merge, drift by hand, its repair, and what commands say of it.
  const { number } = await trimtab.propose({
    'apps/vault/secret.yaml': secret(SECOND),
    'charts/shop/values.yaml': `password: ${IN_CHART}\n`,
  });
  expect(trimtab.preview(number)).toMatch(/password: •\w+•/);
  await forge.merge(REPO, number, 'bob');
  await trimtab.settled();
  await trimtab.edit('/api/v1/namespaces/vault/secrets/vault', {
    data: { password: Buffer.from(BY_HAND).toString('base64') },
  });
  await trimtab.schedule();
  for (const command of ['/diff vault', '/history vault', '/rollback', '/sync vault'])
    await trimtab.ask(number, 'bob', command);
  // Secrets that are wrong: their values must not be in the errors either.
  for (const broken of [
    { data: { password: INVALID } },
    { stringData: { password: { nested: INVALID } } },
    { data: { password: [INVALID] } },
    { stringData: INVALID },
  ]) {
    const file = stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'vault' }, ...broken });
    await trimtab.propose({ 'apps/vault/secret.yaml': file });
    await trimtab.push({ 'apps/vault/secret.yaml': file });
  }
  await trimtab.propose({
    'charts/shop/templates/secret.yaml': 'kind: Secret\ndata: {{ fail (printf "no: %s" .Values.other) }}\n',
    'apps/vault/secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata:\n  name: vault\nstringData:\n  password: "${INVALID}\n`,
  });
  await trimtab.schedule();

  for (const status of await store.statuses.all()) stored.push(JSON.stringify(status));
  for (const name of ['vault', 'shop']) {
    stored.push(
      JSON.stringify(await store.operations.load(name)),
      JSON.stringify(await store.histories.list(name, 50)),
    );
    stored.push(JSON.stringify(await store.inventories.load(name)), JSON.stringify(await store.deletions.load(name)));
  }
  const places = {
    'a request to GitHub': written(),
    'a request to Slack': slack.requests().map((request) => JSON.stringify(request)),
    'the store': stored,
    'a line of the log': printed,
    'a request to the cluster by its address': cluster.requests.map(({ path, query }) => `${path} ${query}`),
  };
  expect(places['a request to GitHub'].length).toBeGreaterThan(50);
  expect(places['a request to Slack'].length).toBeGreaterThan(2);
  const leaks = Object.entries(places).flatMap(([place, texts]) =>
    SECRETS.flatMap((value) =>
      forms(value).flatMap((form) =>
        texts.filter((text) => text.includes(form)).map((text) => `${place}: ${around(text, form)}`),
      ),
    ),
  );
  expect(leaks).toEqual([]);
}, 180_000);

function around(text: string, part: string): string {
  const at = text.indexOf(part);
  return text.slice(Math.max(0, at - 200), at + 100);
}
