import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createCommand } from '../../handlers/command.ts';
import { createNotify } from '../../handlers/notify.ts';
import { createPreview } from '../../handlers/preview.ts';
import { createRefresh } from '../../handlers/refresh.ts';
import { createSync } from '../../handlers/sync.ts';
import { createWebhook } from '../../handlers/webhook.ts';
import { cacheFolder } from '../../src/local/cache-folder.ts';
import { createLocalCluster } from '../../src/local/cluster/index.ts';
import { createLocalForge } from '../../src/local/forge/index.ts';
import { createGateway } from '../../src/local/gateway.ts';
import { createLocalQueue } from '../../src/local/queue/index.ts';
import { createLocalSlack } from '../../src/local/slack/index.ts';
import { createLocalStore } from '../../src/local/store/index.ts';
import { locateTools } from '../../src/render/index.ts';
import type { Variables } from '../../src/spec/environment.ts';
import { createStore } from '../../src/state/index.ts';
import { type Recorder, record } from './recorder.ts';
import { environmentOf, leadingKeys, resourceName, stack, statements } from './stack.ts';

/**
 * A day of an installation in which each function has only the variables that `serverless.yml` gives it, and what it asks
 * of the table and the queues is written down: the roles must allow exactly that.
 */
const REPO = 'acme/platform';
const names = Object.keys(stack.functions);
const recorders = new Map<string, { readonly table: Recorder; readonly queue: Recorder }>();

/** Kinds of queue, as the embedded one names them, by their logical ids in `deploy/resources.yml`. */
const QUEUES: Readonly<Record<string, string>> = Object.fromEntries(
  ['preview', 'command', 'sync', 'refresh', 'notify'].map((kind) => [
    `trimtab-${kind}`,
    `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Queue`,
  ]),
);

function application(name: string, automated: boolean): string {
  return stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      annotations: {
        'notifications.argoproj.io/subscribe.on-synced.slack': 'deploys',
        'notifications.argoproj.io/subscribe.on-deployed.slack': 'deploys',
        'notifications.argoproj.io/subscribe.on-degraded.slack': 'deploys',
      },
    },
    spec: {
      project: 'default',
      source: { repoURL: `https://github.com/${REPO}.git`, targetRevision: 'HEAD', path: `apps/${name}` },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'default' },
      syncPolicy: automated ? { automated: { prune: true, selfHeal: true } } : {},
    },
  });
}

function configMap(name: string, value: string): string {
  return stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } });
}

const NOTIFICATIONS = stringify({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'argocd-notifications-cm' },
  data: {
    'trigger.on-synced': stringify([
      {
        when: "app.status.operationState != nil and app.status.operationState.phase == 'Succeeded'",
        oncePer: 'app.status.operationState?.syncResult?.revision',
        send: ['synced'],
      },
    ]),
    // A second message at once to one channel, which Slack does not take
    'trigger.on-deployed': stringify([
      {
        when: "app.status.operationState != nil and app.status.operationState.phase == 'Succeeded'",
        oncePer: 'app.status.operationState?.syncResult?.revision',
        send: ['deployed'],
      },
    ]),
    'trigger.on-degraded': stringify([{ when: "app.status.health.status == 'Degraded'", send: ['degraded'] }]),
    'template.synced': 'message: "{{.app.metadata.name}} is synced"',
    'template.deployed': 'message: "{{.app.metadata.name}} is deployed"',
    'template.degraded': 'message: "{{.app.metadata.name}} is degraded"',
  },
});

/** What it gives depends on what it gave before, so whoever reads the control repository asks for that. */
const NONE = stringify({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'ApplicationSet',
  metadata: { name: 'none' },
  spec: {
    generators: [{ list: { elements: [] } }],
    syncPolicy: { applicationsSync: 'create-only' },
    template: { metadata: { name: 'none' }, spec: {} },
  },
});

/** The variables of one function, those of `serverless.yml` only, with AWS behind its own recorders. */
async function variablesOf(name: string, all: Variables): Promise<Variables> {
  const [table, queue] = await Promise.all([
    record(all['AWS_ENDPOINT_URL_DYNAMODB'] ?? ''),
    record(all['AWS_ENDPOINT_URL_SQS'] ?? ''),
  ]);
  recorders.set(name, { table, queue });
  const given = Object.keys(environmentOf(name)).filter((variable) => all[variable] !== undefined);
  const secrets = given
    .filter((variable) => variable.endsWith('_REF'))
    .map((one) => (all[one] ?? '').slice('env:'.length));
  return {
    ...Object.fromEntries([...given, ...secrets].map((variable) => [variable, all[variable]])),
    // A function of the cloud talks to the real Slack, and keeps its checkouts in /tmp.
    TRIMTAB_SLACK_API: all['TRIMTAB_SLACK_API'],
    TRIMTAB_CACHE: all['TRIMTAB_CACHE'],
    AWS_REGION: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: table.url,
    AWS_ENDPOINT_URL_SQS: queue.url,
  };
}

beforeAll(async () => {
  const work = await mkdtemp(join(tmpdir(), 'trimtab-roles-'));
  // Slack takes one message a second in a channel; its seconds pass as fast as those of the queues.
  const SCALE = 0.05;
  const [forge, cluster, slack, table, queue, tools] = await Promise.all([
    createLocalForge(),
    createLocalCluster(),
    createLocalSlack({
      channels: [{ name: 'deploys' }],
      token: 'xoxb-1',
      rateLimit: true,
      now: () => performance.now() / SCALE,
    }),
    createLocalStore(),
    createLocalQueue({ delayScale: SCALE, report: () => {} }),
    locateTools({ cacheDir: cacheFolder() }),
  ]);
  const all: Variables = {
    TRIMTAB_CONTROL_REPOSITORY: REPO,
    TRIMTAB_APP_ID: String(forge.app.id),
    TRIMTAB_PRIVATE_KEY_REF: 'env:PRIVATE_KEY',
    PRIVATE_KEY: forge.app.privateKey,
    TRIMTAB_WEBHOOK_SECRET_REF: 'env:WEBHOOK_SECRET',
    WEBHOOK_SECRET: forge.app.webhookSecret,
    TRIMTAB_GITHUB_API: forge.apiUrl,
    TRIMTAB_GITHUB_HOST: 'github.com',
    TRIMTAB_TABLE: table.table,
    TRIMTAB_QUEUE_PREVIEW: queue.urls.preview,
    TRIMTAB_QUEUE_COMMAND: queue.urls.command,
    TRIMTAB_QUEUE_REFRESH: queue.urls.refresh,
    TRIMTAB_QUEUE_SYNC: queue.urls.sync,
    TRIMTAB_QUEUE_NOTIFY: queue.urls.notify,
    TRIMTAB_KUBECONFIG_REF: 'env:KUBECONFIG_TEXT',
    KUBECONFIG_TEXT: cluster.kubeconfig(),
    TRIMTAB_SLACK_TOKEN_REF: 'env:SLACK_TOKEN',
    SLACK_TOKEN: 'xoxb-1',
    TRIMTAB_SLACK_API: slack.url,
    TRIMTAB_MARK_KEY_REF: 'env:MARK_KEY',
    MARK_KEY: 'k'.repeat(64),
    TRIMTAB_SYNC_WAVE_DELAY: '0',
    TRIMTAB_CACHE: work,
    TRIMTAB_HELM: tools.helm.path,
    TRIMTAB_KUBECTL: tools.kubectl.path,
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
  };
  const webhook = createWebhook(await variablesOf('webhook', all));
  const refresh = await createRefresh(await variablesOf('refresh', all));
  queue.consume('preview', await createPreview(await variablesOf('preview', all)));
  queue.consume('command', await createCommand(await variablesOf('command', all)));
  queue.consume('sync', await createSync(await variablesOf('sync', all)));
  queue.consume('refresh', refresh);
  queue.consume('notify', await createNotify(await variablesOf('notify', all)));
  const gateway = await createGateway(webhook);
  forge.setWebhookUrl(gateway.url);
  const settled = async (): Promise<void> => {
    for (let round = 0; round < 2; round += 1) {
      await forge.idle();
      await queue.settled({ withinSeconds: 20 });
    }
  };
  const store = createStore({ aws: table.aws, table: table.table });
  const look = async (): Promise<void> => {
    await refresh({ kind: 'refresh', scope: { of: 'all' } });
    await settled();
  };
  const at = '2026-11-24T12:00:00.000Z';
  for (let old = 0; old < 10; old += 1) {
    await store.histories.append(
      {
        operation: `old-${old}`,
        revisions: ['c0ffee'],
        definition: 'c0ffee',
        trigger: { kind: 'push' },
        phase: 'Succeeded',
        message: '',
        startedAt: at,
        finishedAt: at,
        tasks: [],
      },
      'web',
      10,
    );
  }

  await forge.createRepository({
    owner: 'acme',
    name: 'platform',
    files: {
      'argocd/web.yaml': application('web', true),
      'argocd/shop.yaml': application('shop', true),
      'argocd/tool.yaml': application('tool', false),
      'argocd/old.yaml': application('old', false),
      'argocd/notifications.yaml': NOTIFICATIONS,
      'apps/web/config.yaml': configMap('web', 'before'),
      'apps/shop/config.yaml': configMap('shop', 'before'),
      'apps/tool/config.yaml': configMap('tool', 'before'),
      'apps/old/config.yaml': configMap('old', 'before'),
      'apps/web/gone.yaml': configMap('gone', 'before'),
      'argocd/none.yaml': NONE,
      'apps/tool/moved.yaml': configMap('moved', 'before'),
      // Whoever reads the control repository renders what may define applications, as the cluster of it has been seen.
      'argocd/parent.yaml': application('parent', true),
      'apps/parent/Chart.yaml': stringify({ apiVersion: 'v2', name: 'parent', version: '1.0.0' }),
      'apps/parent/templates/child.yaml': application('child', true).replace(
        '  name: child',
        '  name: child\n  namespace: argocd',
      ),
      'apps/child/config.yaml': configMap('child', 'before'),
    },
  });
  await look();
  await forge.commit(REPO, {
    branch: 'change',
    from: 'main',
    message: 'Change',
    changes: {
      'apps/web/config.yaml': configMap('web', 'after'),
      'apps/web/gone.yaml': null,
      'argocd/old.yaml': null,
    },
  });
  const { number } = await forge.openPull(REPO, { title: 'Change', head: 'change' });
  await settled();
  await forge.merge(REPO, number, 'bob');
  await settled();
  for (const text of ['/preview', '/history web', '/diff tool', '/sync tool']) {
    await forge.comment(REPO, number, 'bob', text);
    await settled();
  }
  await look();
  // What moves to another application leaves the inventory of the one that nobody syncs
  await forge.commit(REPO, {
    branch: 'main',
    message: 'Move',
    changes: { 'apps/tool/moved.yaml': null, 'apps/shop/moved.yaml': configMap('moved', 'before') },
  });
  await settled();
  await look();
  // Drift, and drift again right after each repair: the next one waits for a while
  for (const value of ['drifted', 'again', 'and again', 'and again and again']) {
    await fetch(`${cluster.url}/api/v1/namespaces/default/configmaps/shop?fieldManager=kubectl-edit`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ data: { value } }),
    });
    await look();
  }
  // What the day brought, so that a story that goes wrong does not pass for a role that needs little.
  const statuses = await store.statuses.all();
  expect(statuses.map((one) => [one.application, one.sync]).sort()).toEqual([
    ['child', 'Synced'],
    ['parent', 'Synced'],
    // Its next repair waits for its time
    ['shop', 'OutOfSync'],
    ['tool', 'Synced'],
    ['web', 'Synced'],
  ]);
  expect(slack.requests().map(({ answer }) => answer)).toContain('ratelimited');
  // A repair is told as any other sync is
  expect(unique(slack.messages().map(({ text }) => text))).toEqual([
    'child is deployed',
    'child is synced',
    'shop is deployed',
    'shop is synced',
    'tool is deployed',
    'tool is synced',
    'web is deployed',
    'web is synced',
  ]);
  for (const kind of ['preview', 'command', 'sync', 'refresh', 'notify'] as const) {
    expect(await queue.deadLetters(kind)).toEqual([]);
  }

  forge.setWebhookUrl(undefined);
  await gateway.close();
  await queue.close();
  await Promise.all([forge.close(), cluster.close(), slack.close(), table.close()]);
  await rm(work, { recursive: true, force: true });
}, 60_000);

afterAll(async () => {
  await Promise.all([...recorders.values()].flatMap(({ table, queue }) => [table.close(), queue.close()]));
});

/** What a function asked of the table: an action and the head of a partition key a line. */
function askedOfTable(name: string): readonly string[] {
  const asked = recorders.get(name)?.table.asked ?? [];
  return unique(asked.map(({ action, subject }) => `${action} ${subject.replace(/#.*$/, '#*')}`));
}

function unique(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)].sort();
}

describe('the role of a function, beside what it did in a day', () => {
  it.each(names)('%s may do with items what it does, with items of its kinds, and nothing else', (name) => {
    const allowed = statements(name).flatMap((statement) =>
      [statement.Action]
        .flat()
        .filter((action) => action.startsWith('dynamodb:'))
        .flatMap((action) => leadingKeys(statement).map((pattern) => `${action} ${pattern}`)),
    );
    expect(unique(allowed)).toEqual(askedOfTable(name));
  });

  it.each(names)('%s may send to the queues that it sends to, and to no other', (name) => {
    const asked = recorders.get(name)?.queue.asked ?? [];
    const sent = asked.filter(({ action }) => action === 'sqs:SendMessage').map(({ subject }) => QUEUES[subject] ?? '');
    const allowed = statements(name)
      .filter(({ Action }) => [Action].flat().includes('sqs:SendMessage'))
      .flatMap(({ Resource }) => [Resource].flat().map(resourceName));
    expect(unique(allowed)).toEqual(unique(sent));
  });

  it('what failed was postponed by the function that it failed in, as its role allows', () => {
    for (const name of names) {
      for (const { action, subject } of recorders.get(name)?.queue.asked ?? []) {
        const resource = QUEUES[subject] ?? '';
        const allowing = statements(name).filter(
          (one) =>
            [one.Action].flat().includes(action) &&
            [one.Resource].flat().some((each) => resourceName(each) === resource),
        );
        expect(allowing, `${name}: ${action} ${resource}`).not.toEqual([]);
      }
    }
    const notify = recorders.get('notify')?.queue.asked ?? [];
    expect(notify.map(({ action }) => action)).toContain('sqs:ChangeMessageVisibility');
  });
});
