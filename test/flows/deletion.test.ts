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
    await expect(remove(desk, away)).rejects.toThrow('GitHub does not answer.');
    expect((await last(desk)).end).toMatch(/^Running/);
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
