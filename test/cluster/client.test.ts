import { beforeAll, describe, expect, inject, it } from 'vitest';
import { createWritableClusters } from '../../src/cluster/writable.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import type { ApiKind, ClusterReader, ClusterWriter } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';
import { widgets } from '../fixtures/widgets.ts';
import { ask, registration, uniqueName } from './support.ts';

let reader: ClusterReader;
let writer: ClusterWriter;
let namespace: string;

beforeAll(async () => {
  const clusters = createWritableClusters({});
  reader = await clusters.reader(registration());
  writer = await clusters.writer(registration());
  namespace = uniqueName('client');
  await writer.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
});

function configMap(name: string, data: Readonly<Record<string, string>> = {}): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

function deployment(name: string, spec: Readonly<Record<string, unknown>> = {}): Manifest {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } },
      ...spec,
    },
  };
}

function configMapKey(name: string) {
  return { group: '', kind: 'ConfigMap', namespace, name } as const;
}

async function kindOf(kind: string): Promise<ApiKind> {
  const found = (await reader.kinds()).find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`the cluster serves no ${kind}`);
  return found;
}

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof Problem) return thrown;
  throw new Error('expected a Problem', { cause: thrown });
}

describe('discovery', () => {
  it('tells Helm the version and what is served', async () => {
    const { kubeVersion, apiVersions } = await reader.facts();
    expect(kubeVersion).toBe(inject('cluster').version);
    expect(apiVersions).toEqual(expect.arrayContaining(['v1', 'v1/Secret', 'apps/v1', 'apps/v1/Deployment']));
  });

  it('puts the preferred version of a group first, and knows what lives in namespaces', async () => {
    const kinds = await reader.kinds();
    expect(kinds.filter((one) => one.kind === 'HorizontalPodAutoscaler').map((one) => one.version)).toEqual([
      'v2',
      'v1',
    ]);
    expect(await kindOf('Namespace')).toMatchObject({ namespaced: false, plural: 'namespaces' });
    expect(await kindOf('Deployment')).toMatchObject({ namespaced: true, plural: 'deployments' });
  });

  it('finds a kind that was defined after it was done', async () => {
    const group = `${uniqueName('g')}.example.com`;
    await writer.apply(widgets(group));
    const widget = { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'one', namespace }, size: 3 };
    await expect
      .poll(async () => await writer.apply(widget).then(() => 'applied', String), { timeout: 15_000, interval: 200 })
      .toBe('applied');
    const key = { group, kind: 'Widget', namespace, name: 'one' };
    expect(await reader.get(`${group}/v1`, key)).toMatchObject({ size: 3 });
  });
});

describe('list', () => {
  it('brings every page, with kind and apiVersion, and selects by label', async () => {
    const many = uniqueName('many');
    await writer.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: many } });
    for (let index = 0; index < 510; index += 1) {
      const labels = { half: index % 2 === 0 ? 'even' : 'odd' };
      await writer.create({
        ...configMap(`map-${index}`),
        metadata: { name: `map-${index}`, namespace: many, labels },
      });
    }
    const kind = await kindOf('ConfigMap');
    const all = await reader.list(kind, { namespace: many });
    const own = all.filter((one) => (one.metadata.name ?? '').startsWith('map-'));
    expect(new Set(own.map((one) => one.metadata.name)).size).toBe(510);
    expect(own.every((one) => one.apiVersion === 'v1' && one.kind === 'ConfigMap')).toBe(true);
    expect(await reader.list(kind, { namespace: many, labelSelector: 'half=odd' })).toHaveLength(255);
  });
});

describe('apply', () => {
  it('says whether it created, changed or found everything as it should be', async () => {
    expect((await writer.apply(configMap('thrice', { a: '1' }))).action).toBe('created');
    expect((await writer.apply(configMap('thrice', { a: '1' }))).action).toBe('unchanged');
    const { action, manifest } = await writer.apply(configMap('thrice', { a: '2' }));
    expect(action).toBe('configured');
    expect(manifest.metadata.managedFields).toMatchObject([{ manager: 'trimtab', operation: 'Apply' }]);
  });

  it('takes over the fields of others, unless told not to', async () => {
    await writer.apply(deployment('shared'));
    await ask('PATCH', `/apis/apps/v1/namespaces/${namespace}/deployments/shared`, { spec: { replicas: 4 } });
    const refused = await problemOf(writer.apply(deployment('shared'), { force: false }));
    expect(refused).toMatchObject({ code: 'conflict', where: { resource: `Deployment ${namespace}/shared` } });
    expect(refused.message).toContain('kubectl-edit');
    expect(refused.message).toContain('.spec.replicas');
    expect((await writer.apply(deployment('shared'))).manifest['spec']).toMatchObject({ replicas: 1 });
  });

  it('refuses a field that the kind does not have, unless it replaces without validation', async () => {
    const typo = deployment('typo', { replicsa: 3 });
    for (const options of [{}, { replace: true }, { validate: 'Ignore' }] as const) {
      const refused = await problemOf(writer.apply(typo, options));
      expect(refused.code).toBe('cluster-refused');
      expect(refused.message).toContain('replicsa');
    }
    const { warnings } = await writer.apply(typo, { replace: true, validate: 'Warn' });
    expect(warnings.join('\n')).toContain('replicsa');
  });

  it("reports an immutable field with the resource and the server's own reason", async () => {
    await writer.apply(deployment('fixed'));
    const labels = { app: 'other' };
    const refused = await problemOf(
      writer.apply(
        deployment('fixed', {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } },
        }),
      ),
    );
    expect(refused).toMatchObject({ code: 'immutable-field', where: { resource: `Deployment ${namespace}/fixed` } });
    expect(refused.message).toContain('field is immutable');
  });

  it('replaces with Replace=true: what the manifest leaves out is gone', async () => {
    await writer.apply(configMap('replaced', { colour: 'green', size: 'L' }));
    const { action, manifest } = await writer.apply(configMap('replaced', { size: 'M' }), { replace: true });
    expect([action, manifest['data']]).toEqual(['configured', { size: 'M' }]);
  });

  it('tells that the namespace is missing', async () => {
    const nowhere = { ...configMap('lost'), metadata: { name: 'lost', namespace: 'nowhere-at-all' } };
    expect(await problemOf(writer.apply(nowhere))).toMatchObject({ code: 'not-found' });
  });

  it('repeats nothing of a Secret when the server refuses it', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login', namespace },
      data: { password: 'correct horse battery' },
    };
    const refused = await problemOf(writer.apply(secret));
    expect(refused.message).not.toContain('correct');
    expect(refused.message).not.toContain('battery');
  });
});

describe('dry run', () => {
  it('shows what the object would become, with defaults, and stores nothing', async () => {
    const { manifest } = await reader.dryRun(deployment('tried'));
    expect(manifest['spec']).toMatchObject({ revisionHistoryLimit: 10, strategy: { type: 'RollingUpdate' } });
    const key = { group: 'apps', kind: 'Deployment', namespace, name: 'tried' };
    expect(await reader.get('apps/v1', key)).toBeUndefined();
  });
});

describe('remove', () => {
  it('deletes only the object that was meant', async () => {
    const first = (await writer.apply(configMap('doomed'))).manifest.metadata.uid ?? '';
    await ask('DELETE', `/api/v1/namespaces/${namespace}/configmaps/doomed`);
    const second = (await writer.apply(configMap('doomed'))).manifest.metadata.uid ?? '';
    const key = configMapKey('doomed');
    expect(await writer.remove('v1', key, { uid: first, propagation: 'Background' })).toBe('gone');
    expect((await reader.get('v1', key))?.metadata.uid).toBe(second);
    expect(await writer.remove('v1', key, { uid: second, propagation: 'Background' })).toBe('deleted');
    expect(await writer.remove('v1', key, { uid: second, propagation: 'Background' })).toBe('gone');
  });

  it('takes what the object owns with it, or leaves it, as told', async () => {
    const [pods] = [`/api/v1/namespaces/${namespace}/pods`];
    const podsOf = async (name: string): Promise<number> =>
      (await ask('GET', `${pods}?labelSelector=app%3D${name}`)).items.length;
    const keyOf = (name: string) => ({ group: 'apps', kind: 'Deployment', namespace, name });
    for (const name of ['taken', 'left']) await writer.apply(deployment(name));
    for (const name of ['taken', 'left']) await expect.poll(() => podsOf(name), { timeout: 30_000 }).toBe(1);
    await writer.remove('apps/v1', keyOf('left'), { propagation: 'Orphan' });
    await writer.remove('apps/v1', keyOf('taken'), { propagation: 'Foreground' });
    await expect.poll(() => reader.get('apps/v1', keyOf('taken')), { timeout: 30_000 }).toBeUndefined();
    await expect.poll(() => reader.get('apps/v1', keyOf('left')), { timeout: 30_000 }).toBeUndefined();
    expect(await podsOf('taken')).toBe(0);
    expect(await podsOf('left')).toBe(1);
  });
});

it('is told of a token that the cluster does not know', async () => {
  const { config, ...rest } = registration();
  const stranger = { ...rest, config: { ...config, bearerToken: 'not-a-token' } };
  const other = await createWritableClusters({}).reader(stranger);
  expect(await problemOf(other.kinds())).toMatchObject({ code: 'unauthorized' });
});
