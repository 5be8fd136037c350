import { beforeAll, expect, it } from 'vitest';
import { widgets } from '../../fixtures/widgets.ts';
import { configMap, type Written } from './objects.ts';
import { eventually, type Stage, uniqueName, type Workshop } from './stage.ts';

/**
 * Workflows of Argo as hooks. Their controller is the test: it says of each, as the real one would, that it runs, and then how
 * it ended. https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/ (the example of a hook)
 */
export function workflowsContract(workshop: () => Workshop): void {
  const cluster = () => workshop().cluster;
  const API = '/apis/argoproj.io/v1alpha1';

  beforeAll(async () => {
    const { spec, ...definition } = widgets('argoproj.io');
    const [version] = (spec as { readonly versions: readonly object[] }).versions;
    await cluster().post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      ...definition,
      metadata: { name: 'workflows.argoproj.io' },
      spec: {
        ...(spec as object),
        names: { kind: 'Workflow', plural: 'workflows', singular: 'workflow' },
        versions: [{ ...version, name: 'v1alpha1' }],
      },
    });
    await eventually(async () => expect((await cluster().get(`${API}/workflows`)).code).toBe(200));
  });

  function workflow(generateName: string, phase: string, deletePolicy?: string): Written {
    return {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      metadata: {
        generateName,
        annotations: {
          'argocd.argoproj.io/hook': phase,
          ...(deletePolicy === undefined ? {} : { 'argocd.argoproj.io/hook-delete-policy': deletePolicy }),
        },
      },
      spec: { entrypoint: 'main', templates: [{ name: 'main', container: { image: 'busybox:1.37' } }] },
    };
  }

  /** Those of a name that are there, or were not yet deleted. */
  async function found(prefix: string): Promise<readonly { name: string; namespace: string; status?: object }[]> {
    const { items } = (await cluster().get(`${API}/workflows`)).json;
    const all = items as readonly { metadata: { name: string; namespace: string }; status?: object }[];
    return all
      .filter(({ metadata }) => metadata.name.startsWith(prefix))
      .map(({ metadata, ...rest }) => ({ ...rest, name: metadata.name, namespace: metadata.namespace }));
  }

  /** The controller runs the next one of a name; answers whether the application's ConfigMap was there before it ended. */
  async function control(stage: Stage, prefix: string, ends: string): Promise<boolean> {
    const waiting = async () => (await found(prefix)).find(({ status }) => status === undefined);
    await eventually(async () => expect(await waiting()).toBeDefined());
    const next = (await waiting()) ?? expect.unreachable();
    const path = `${API}/namespaces/${next.namespace}/workflows/${next.name}`;
    await cluster().merge(path, { status: { phase: 'Running', message: 'step 1 of 2' } });
    // A look has seen that it runs
    await eventually(async () =>
      expect((await stage.store.operations.load(next.namespace))?.value.tasks).toContainEqual(
        expect.objectContaining({ action: 'hook', status: 'Running', message: 'step 1 of 2' }),
      ),
    );
    const { code } = await cluster().get(`/api/v1/namespaces/${next.namespace}/configmaps/settings`);
    await cluster().merge(path, { status: { phase: ends, message: `it is ${ends.toLowerCase()}` } });
    return code === 200;
  }

  it('are waited for while they run, and come under a new name at each sync', async () => {
    const stage = await workshop().stage();
    const prefix = `${uniqueName('migrate')}-`;
    const [story, early] = await Promise.all([
      stage.deploy([workflow(prefix, 'PreSync'), configMap('settings', 'first')]),
      control(stage, prefix, 'Succeeded'),
    ]);
    expect(early).toBe(false);
    expect(await story.last()).toMatchObject({ phase: 'Succeeded' });
    expect(await story.get('v1/configmaps/settings')).toBeDefined();
    await Promise.all([
      story.push([workflow(prefix, 'PreSync'), configMap('settings', 'second')]),
      control(stage, prefix, 'Succeeded'),
    ]);
    expect((await story.get('v1/configmaps/settings')).data).toEqual({ value: 'second' });
    expect(new Set((await found(prefix)).map(({ name }) => name)).size).toBe(2);
    await story.until('Synced Healthy');
  });

  it.each(['Failed', 'Error'])('that end as %s keep the resources out, and SyncFail hooks run', async (ends) => {
    const stage = await workshop().stage();
    const [prefix, mourn] = [`${uniqueName('migrate')}-`, `${uniqueName('mourn')}-`];
    const [story] = await Promise.all([
      stage.deploy([workflow(prefix, 'PreSync'), workflow(mourn, 'SyncFail'), configMap('settings', 'first')]),
      control(stage, prefix, ends).then(() => control(stage, mourn, 'Succeeded')),
    ]);
    expect(await story.last()).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining(`it is ${ends.toLowerCase()}`),
    });
    expect((await story.tasks()).filter((line) => line.includes('Workflow')).map((line) => line.split(' ')[0])).toEqual(
      ['PreSync', 'SyncFail'],
    );
    expect(await story.get('v1/configmaps/settings')).toBeUndefined();
    expect(await found(prefix)).toHaveLength(1);
  });

  it.each([
    ['HookSucceeded', 'Succeeded', 0],
    ['HookSucceeded', 'Failed', 1],
    ['HookFailed', 'Failed', 0],
    ['HookFailed', 'Succeeded', 1],
  ])('with %s, ending as %s: so many stay', async (policy, ends, stay) => {
    const stage = await workshop().stage();
    const prefix = `${uniqueName('check')}-`;
    const [story] = await Promise.all([
      stage.deploy([workflow(prefix, 'PreSync', policy), configMap('settings', 'first')]),
      control(stage, prefix, ends),
    ]);
    expect((await story.last()).phase).toBe(ends === 'Succeeded' ? 'Succeeded' : 'Failed');
    await eventually(async () => expect(await found(prefix)).toHaveLength(stay));
  });
}
