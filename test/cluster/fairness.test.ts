import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../contract/cluster/client.ts';
import { configMap, type Written } from '../contract/engine/objects.ts';
import {
  eventually,
  openWorkshop,
  type Stage,
  type Story,
  uniqueName,
  type Workshop,
} from '../contract/engine/stage.ts';
import { engineCluster, kubeconfig } from './support.ts';

/**
 * A cluster whose API Priority and Fairness lets trimtab do little: 429 with Retry-After, as on a busy cluster.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
 */
const API = 'flowcontrol.apiserver.k8s.io/v1';
const ROOT = `/apis/${API}`;

let free: Workshop;
const opened: Workshop[] = [];

beforeAll(() => {
  free = openWorkshop(engineCluster());
});
afterAll(async () => {
  for (const workshop of [...opened, free]) await workshop.close();
});

async function create(path: string, object: object): Promise<void> {
  const { code, text } = await free.cluster.post(path, object);
  if (code !== 201) throw new Error(`${path} was refused: ${text}`);
}

interface Limited {
  readonly workshop: Workshop;
  /** How many requests the server refused so far. */
  refused(): Promise<number>;
}

/** The same cluster for an account of its own, which gets one request at a time; what is more is refused at once. */
async function limited(): Promise<Limited> {
  const name = uniqueName('limited');
  const account = `system:serviceaccount:default:${name}`;
  await create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name } },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
  });
  await create(`${ROOT}/prioritylevelconfigurations`, {
    ...{ apiVersion: API, kind: 'PriorityLevelConfiguration', metadata: { name } },
    spec: {
      type: 'Limited',
      limited: {
        ...{ nominalConcurrencyShares: 0, lendablePercent: 0, borrowingLimitPercent: 0 },
        limitResponse: { type: 'Reject' },
      },
    },
  });
  const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true };
  await create(`${ROOT}/flowschemas`, {
    ...{ apiVersion: API, kind: 'FlowSchema', metadata: { name } },
    spec: {
      ...{ matchingPrecedence: 10, priorityLevelConfiguration: { name } },
      rules: [
        {
          subjects: [{ kind: 'ServiceAccount', serviceAccount: { name, namespace: 'default' } }],
          resourceRules: [everything],
          nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        },
      ],
    },
  });
  const config = JSON.parse(kubeconfig());
  config.users[0].user.as = account;
  const server = engineCluster();
  const same = createClient({ ...server, headers: { ...server.headers, 'Impersonate-User': account } });
  const workshop = openWorkshop({ ...server, kubeconfig: JSON.stringify(config) });
  opened.push(workshop);
  const { uid } = (await free.cluster.get(`${ROOT}/flowschemas/${name}`)).json.metadata;
  await eventually(async () => {
    const { headers } = await same.get('/api/v1/namespaces/default');
    expect(headers['x-kubernetes-pf-flowschema-uid']).toBe(uid);
  });
  return {
    workshop,
    refused: async () => {
      const { text } = await free.cluster.get('/metrics');
      const lines = text.split('\n').filter((line) => line.startsWith('apiserver_flowcontrol_rejected_requests_total'));
      const own = lines.filter((line) => line.includes(`"${name}"`));
      return own.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    },
  };
}

const MANY = 40;

function settings(value: string): readonly Written[] {
  return Array.from({ length: MANY }, (_, nth) => configMap(`settings-${nth}`, value));
}

async function values(story: Story): Promise<ReadonlySet<string>> {
  const { json } = await free.cluster.get(story.path('v1/configmaps'));
  const ours = json.items.filter(({ metadata }: { metadata: { name: string } }) => /^settings-/.test(metadata.name));
  expect(ours).toHaveLength(MANY);
  return new Set(ours.map(({ data }: { data: { value: string } }) => data.value));
}

async function syncs(stage: Stage, name: string): Promise<readonly string[]> {
  return (await stage.store.histories.list(name, 10)).map(({ phase }) => phase);
}

describe('a cluster that answers 429', () => {
  it('gets the whole sync all the same, in one operation, and a look finds nothing amiss', async () => {
    const { workshop, refused } = await limited();
    const story = await workshop.deploy(settings('x'));
    expect(await syncs(story.stage, story.name)).toEqual(['Succeeded']);
    expect(await values(story)).toEqual(new Set(['x']));
    await story.until('Synced Healthy');
    await story.push(settings('y'));
    expect(await syncs(story.stage, story.name)).toEqual(['Succeeded', 'Succeeded']);
    expect(await values(story)).toEqual(new Set(['y']));
    expect(await story.status()).toMatchObject({ sync: 'Synced', drift: [], conditions: [] });
    // It was busy indeed, and was not asked for more than it does again and again
    const busy = await refused();
    expect(busy).toBeGreaterThan(0);
    expect(busy).toBeLessThan(2 * MANY);
  });
});
