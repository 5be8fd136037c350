import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/spec/manifest.ts';
import { Problem } from '../../src/spec/problem.ts';
import { application, configMap, type Desk, type DeskOptions, startDesk } from './desk.ts';

/** The deletion of an application that is gone from Git. https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/ */
const FINALIZER = 'resources-finalizer.argocd.argoproj.io';
const HOOK = 'argocd.argoproj.io/hook';

function cascading(name: string, spec = {}, annotations = {}): object {
  const made = application(name, spec, annotations) as { metadata: object };
  return { ...made, metadata: { ...made.metadata, finalizers: [FINALIZER] } };
}

function job(name: string, phase: string, more: Readonly<Record<string, unknown>> = {}): Manifest {
  const container = { name: 'main', image: 'busybox:1.37', command: ['true'], ...more };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, annotations: { [HOOK]: phase } },
    spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers: [container] } } },
  };
}

const settings = configMap('settings', 'x');
const bystander = application('other');

/** `web` beside an application that stays, both synced. */
async function deployed(
  manifests: readonly Manifest[],
  more: Partial<DeskOptions> & { readonly web?: object } = {},
): Promise<Desk> {
  const desk = await startDesk({
    definitions: [more.web ?? cascading('web'), bystander],
    renders: { web: manifests, other: [configMap('own', 'x')] },
    ...more,
  });
  await desk.look();
  return desk;
}

const broken = (): never => {
  throw new Problem('not-found', 'The repository https://github.com/acme/web does not exist.');
};

/** Git defines it no more; by then its source may be broken. */
async function remove(desk: Desk, source?: () => never): Promise<void> {
  const { renders } = desk.git;
  desk.commit({ definitions: [bystander], renders: source === undefined ? renders : { ...renders, web: source } });
  await desk.look();
}

/** One look, and one step of the deletion: one that waits would come back for ever. */
async function step(desk: Desk): Promise<void> {
  await desk.work({ kind: 'refresh', scope: { of: 'all' } });
  const next = desk.sent.findLast(({ job: one }) => one.kind === 'sync' && one.application === 'web');
  if (next !== undefined) await desk.work(next.job);
}

const jobs = '/apis/batch/v1/namespaces/web/jobs';
const configMaps = '/api/v1/namespaces/web/configmaps';

async function last(desk: Desk): Promise<{ readonly end: string; readonly tasks: readonly string[] }> {
  const operation = (await desk.store.operations.load('web'))?.value;
  const tasks = operation?.tasks ?? [];
  return {
    end: `${operation?.phase}: ${operation?.message}`,
    tasks: tasks.map(({ phase, action, key, status }) => `${phase} ${action} ${key.name} ${status}`),
  };
}

describe('an application whose source is gone', () => {
  it('is deleted without a render where it never had hooks for that', async () => {
    const desk = await deployed([settings, job('migrate', 'PreSync')]);
    await remove(desk, broken);
    expect(await last(desk)).toEqual({
      end: 'Succeeded: successfully synced (all tasks run)',
      tasks: ['Sync prune settings Succeeded', 'Sync prune migrate Succeeded'],
    });
    expect(desk.cluster.get(`${configMaps}/settings`)).toBeUndefined();
    expect(await desk.store.statuses.load('web')).toBeUndefined();
  });

  it('runs the hooks that its last sync recorded, and says so', async () => {
    const desk = await deployed([settings, job('backup', 'PreDelete'), job('report', 'PostDelete')]);
    await remove(desk, broken);
    const { end, tasks } = await last(desk);
    expect(tasks).toEqual([
      'PreDelete hook backup Succeeded',
      'Sync prune settings Succeeded',
      'PostDelete hook report Succeeded',
    ]);
    expect(end).toMatch(/^Succeeded: .*hooks are those that its last sync recorded.*acme\/web does not exist/);
    expect(desk.cluster.get(`${configMaps}/settings`)).toBeUndefined();
  });

  it('keeps everything where nothing is recorded, and says how to go on', async () => {
    const desk = await deployed([settings]);
    desk.forget('web');
    await remove(desk, broken);
    expect((await last(desk)).end).toMatch(/^Error: Nothing is deleted, since no sync has recorded .*does not exist/);
    expect(desk.cluster.get(`${configMaps}/settings`)).toBeDefined();
  });

  const secret: Manifest = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login' },
    stringData: { password: 'walnut-glacier-88' },
  };
  it.each([
    ['is a Secret', { ...secret, metadata: { name: 'login', annotations: { [HOOK]: 'PreDelete' } } }, 'Secret login'],
    [
      'holds a value of a Secret',
      job('backup', 'PreDelete', { args: ['postgres://app:walnut-glacier-88@db'] }),
      'Job backup',
    ],
    ['holds one encoded', job('backup', 'PreDelete', { args: [btoa('walnut-glacier-88')] }), 'Job backup'],
  ])('keeps everything where a hook %s, which is never stored', async (_what, hook, named) => {
    const desk = await deployed([secret, settings, hook]);
    const stored = JSON.stringify(await desk.store.deletions.load('web'));
    expect(stored).not.toContain('walnut-glacier-88');
    expect(stored).not.toContain(btoa('walnut-glacier-88'));
    await remove(desk, broken);
    const { end } = await last(desk);
    expect(end).toMatch(/^Error: Nothing is deleted, since not all/);
    expect(end).toContain(`${named} holds a value of a Secret`);
    expect(desk.cluster.get(`${configMaps}/settings`)).toBeDefined();
  });

  it('keeps everything where a hook comes out of an encrypted file', async () => {
    const desk = await deployed([settings, job('backup', 'PreDelete')], { decrypted: () => true });
    await remove(desk, broken);
    expect((await last(desk)).end).toContain('Job backup comes out of an encrypted file');
  });

  it('waits where its repository does not answer, and what is recorded is of another commit', async () => {
    const desk = await deployed([settings, job('backup', 'PreDelete')]);
    const known = await desk.store.deletions.load('web');
    if (known !== undefined) await desk.store.deletions.save('web', { ...known, revisions: ['older'] });
    const away = (): never => {
      throw new Problem('unavailable', 'GitHub does not answer.');
    };
    desk.commit({ definitions: [bystander], renders: { ...desk.git.renders, web: away } });
    await step(desk);
    expect((await last(desk)).end).toBe('Running: waiting: GitHub does not answer.');
  });
});

describe('a deletion that can not be decided on now', () => {
  const set = (name: string, generators: readonly object[]): object => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name },
    spec: { generators, template: cascading('{{name}}', { destination: { name: 'in-cluster', namespace: 'web' } }) },
  });
  const elements = (...names: readonly string[]) => [{ list: { elements: names.map((name) => ({ name })) } }];
  const fleet = set('fleet', [{ git: { repoURL: 'https://github.com/acme/fleet', directories: [{ path: '*' }] } }]);

  /** `web` is of a set that gives it no more, while nobody can say what another set gives. */
  async function hidden(code: 'not-found' | 'unavailable') {
    let isDown = false;
    const tree = async () => {
      if (isDown) throw new Problem(code, 'https://github.com/acme/fleet: 404');
      return new Map();
    };
    const desk = await startDesk({
      definitions: [set('front', elements('web', 'api')), fleet, bystander],
      renders: { web: [settings], api: [configMap('api', 'x')], other: [configMap('own', 'x')] },
      source: { tree },
    });
    await desk.look();
    isDown = true;
    desk.commit({ definitions: [set('front', elements('api')), fleet, bystander] });
    await step(desk);
    return { desk, mend: () => (isDown = false) };
  }

  it.each(['not-found', 'unavailable'] as const)(
    'waits for a set that can not be expanded (%s), for however long',
    async (code) => {
      const { desk, mend } = await hidden(code);
      expect((await last(desk)).end).toMatch(/^Running: waiting: .*acme\/fleet: 404/);
      for (let hours = 0; hours < 5; hours += 1) {
        desk.pass(3600);
        await step(desk);
      }
      expect((await last(desk)).end).toMatch(/^Running: waiting: /);
      expect(desk.cluster.get(`${configMaps}/settings`)).toBeDefined();
      mend();
      await desk.look();
      expect((await last(desk)).end).toMatch(/^Succeeded/);
      expect(desk.cluster.get(`${configMaps}/settings`)).toBeUndefined();
      expect(desk.cluster.get(`${configMaps}/api`)).toBeDefined();
    },
  );

  it('is called off where Git defines the application again, and begins anew where it is gone once more', async () => {
    const { desk, mend } = await hidden('not-found');
    mend();
    desk.commit({ definitions: [set('front', elements('web', 'api')), fleet, bystander] });
    await desk.look();
    expect((await last(desk)).end).toBe('Error: Git defines web again: nothing of it is deleted.');
    expect(desk.cluster.get(`${configMaps}/settings`)).toBeDefined();
    desk.commit({ definitions: [set('front', elements('api')), fleet, bystander] });
    await desk.look();
    expect(desk.cluster.get(`${configMaps}/settings`)).toBeUndefined();
  });

  it('waits for an application in its namespace that does not render, and says which', async () => {
    const near = application('near', { destination: { name: 'in-cluster', namespace: 'web' } });
    const desk = await deployed([settings], {
      definitions: [cascading('web'), bystander, near],
      renders: { web: [settings], other: [configMap('own', 'x')], near: broken },
    });
    desk.commit({ definitions: [bystander, near] });
    await step(desk);
    expect((await last(desk)).end).toMatch(/^Running: waiting: .*near may have it, too, and does not render now/);
    expect(desk.cluster.get(`${configMaps}/settings`)).toBeDefined();
    desk.commit({ renders: { ...desk.git.renders, near: [configMap('near', 'x')] } });
    await desk.look();
    expect(desk.cluster.get(`${configMaps}/settings`)).toBeUndefined();
  });

  it('holds up no sync: what can not be pruned now says why', async () => {
    const near = application('near', { destination: { name: 'in-cluster', namespace: 'web' } });
    const desk = await deployed([settings], {
      definitions: [cascading('web'), bystander, near],
      renders: { web: [settings, configMap('old', 'x')], other: [configMap('own', 'x')], near: broken },
    });
    desk.commit({ renders: { ...desk.git.renders, web: [configMap('settings', 'y')] } });
    await desk.look();
    const operation = (await desk.store.operations.load('web'))?.value;
    expect(operation?.phase).toBe('Succeeded');
    const task = operation?.tasks?.find(({ key }) => key.name === 'old');
    expect(task).toMatchObject({ status: 'Skipped', message: expect.stringMatching(/^left alone for now: near may/) });
  });
});

describe('a deletion that asks for a confirmation', () => {
  const data = configMap('data', 'x', { annotations: { 'argocd.argoproj.io/sync-options': 'Delete=confirm' } });
  const approved = { 'argocd.argoproj.io/deletion-approved': '2026-11-24T10:00:00Z' };

  it('deletes nothing without, and all of it after it was given, though nothing was left to sync', async () => {
    const desk = await deployed([settings, data]);
    await remove(desk);
    expect((await last(desk)).end).toMatch(/^Error: Deleting ConfigMap web\/data asks for a confirmation/);
    expect(desk.cluster.get(`${configMaps}/settings`)).toBeDefined();
    desk.pass(60);
    desk.commit({ definitions: [cascading('web', {}, approved), bystander] });
    await desk.look();
    desk.pass(60);
    await remove(desk);
    expect((await last(desk)).end).toMatch(/^Succeeded/);
    expect(desk.cluster.get(`${configMaps}/data`)).toBeUndefined();
  });

  it('sees one that was given after the last sync', async () => {
    const desk = await deployed([settings, data]);
    desk.commit({ definitions: [cascading('web', {}, approved), bystander] });
    await desk.look();
    await remove(desk);
    expect((await last(desk)).end).toMatch(/^Succeeded/);
    expect(desk.cluster.get(`${configMaps}/data`)).toBeUndefined();
  });
});

describe('what hooks of syncs left', () => {
  it('goes with the application, also what Git has no more', async () => {
    const desk = await deployed([settings, job('migrate', 'PreSync'), job('seed', 'PostSync')]);
    desk.commit({ renders: { ...desk.git.renders, web: [configMap('settings', 'y'), job('migrate', 'PreSync')] } });
    await desk.look();
    // As in Argo CD: a sync prunes no hook
    expect(desk.cluster.get(`${jobs}/seed`)).toBeDefined();
    expect((await desk.status('web')).sync).toBe('Synced');
    await remove(desk);
    for (const name of ['migrate', 'seed']) expect(desk.cluster.get(`${jobs}/${name}`)).toBeUndefined();
  });

  it('goes, under whatever names it was created', async () => {
    const { metadata, ...rest } = job('x', 'PostSync');
    const generated = { ...rest, metadata: { annotations: metadata.annotations ?? {}, generateName: 'seed-' } };
    const desk = await deployed([settings, generated]);
    desk.commit({ renders: { ...desk.git.renders, web: [configMap('settings', 'y'), generated] } });
    await desk.look();
    expect(desk.cluster.all('Job')).toHaveLength(2);
    await remove(desk, broken);
    expect(desk.cluster.all('Job')).toEqual([]);
  });

  it('stays without the finalizer', async () => {
    const desk = await deployed([settings, job('migrate', 'PreSync')], { web: application('web') });
    await remove(desk);
    expect(desk.cluster.get(`${jobs}/migrate`)).toBeDefined();
  });

  it('stays where it does not carry the tracking id of the application any more', async () => {
    const desk = await deployed([settings, job('migrate', 'PreSync')]);
    const id = 'argocd.argoproj.io/tracking-id';
    await desk.edit(`${jobs}/migrate`, { metadata: { annotations: { [id]: 'else:batch/Job:web/migrate' } } });
    await remove(desk);
    expect(desk.cluster.get(`${jobs}/migrate`)).toBeDefined();
    expect(desk.cluster.get(`${configMaps}/settings`)).toBeUndefined();
  });

  it('stays where another application runs a hook of that name there', async () => {
    const desk = await deployed([settings, job('migrate', 'PreSync')]);
    const renders = { other: desk.git.renders['other'] ?? [], renamed: [job('migrate', 'PreSync')] };
    const renamed = application('renamed', { destination: { name: 'in-cluster', namespace: 'web' } });
    const { uid } = (desk.cluster.get(`${jobs}/migrate`) as Manifest).metadata;
    desk.commit({ definitions: [bystander, renamed], renders });
    await desk.work({ kind: 'refresh', scope: { of: 'all' } });
    for (const { job: step } of desk.sent.filter(({ job: one }) => one.kind === 'sync' && one.application === 'web')) {
      await desk.work(step);
    }
    expect(desk.cluster.get(`${configMaps}/settings`)).toBeUndefined();
    expect((desk.cluster.get(`${jobs}/migrate`) as Manifest | undefined)?.metadata.uid).toBe(uid);
  });

  it('is known where it was created before anybody recorded it', async () => {
    const desk = await deployed([settings, job('migrate', 'PreSync')]);
    desk.forget('web');
    await remove(desk);
    expect(desk.cluster.get(`${jobs}/migrate`)).toBeUndefined();
  });

  it('goes after the PreDelete hooks, which go at last, too; PostDelete hooks go by their policies', async () => {
    const desk = await deployed([settings, job('backup', 'PreDelete'), job('report', 'PostDelete')]);
    await remove(desk);
    expect(desk.cluster.get(`${jobs}/backup`)).toBeUndefined();
    expect(desk.cluster.get(`${jobs}/report`)).toBeDefined();
  });
});
