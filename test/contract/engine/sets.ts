import { expect, it } from 'vitest';
import { configMap, deployment } from './objects.ts';
import { type Stage, uniqueName, type Workshop } from './stage.ts';

const TRACKING = 'argocd.argoproj.io/tracking-id';
const FINALIZER = 'resources-finalizer.argocd.argoproj.io';

/** What one commit moves from here to there keeps its resources: nothing of them is deleted and made again. */
export function setsContract(workshop: () => Workshop): void {
  interface Team {
    readonly stage: Stage;
    readonly name: string;
    /** The file of a set that gives applications of these names, all of the same folder and namespace. */
    set(of: string, names: readonly string[]): Readonly<Record<string, string>>;
    uid(): Promise<string>;
    owner(): Promise<string>;
  }

  async function begin(): Promise<Team> {
    const stage = await workshop().stage();
    const name = uniqueName('team');
    const web = `/apis/apps/v1/namespaces/${name}/deployments/web`;
    const metadata = async () => {
      const { code, json, text } = await workshop().cluster.get(web);
      if (code !== 200) throw new Error(text);
      expect(json.metadata.deletionTimestamp).toBeUndefined();
      return json.metadata;
    };
    stage.commit({
      [`${name}/all.yaml`]: [configMap('settings', 'x'), deployment('web')]
        .map((one) => JSON.stringify(one))
        .join('\n---\n'),
    });
    return {
      ...{ stage, name },
      set: (of, names) => ({ [`argocd/${of}.yaml`]: setText(of, names, name, stage.repository.url) }),
      uid: async () => (await metadata()).uid,
      owner: async () => (await metadata()).annotations[TRACKING].split(':')[0],
    };
  }

  it('from one ApplicationSet to another, under its name', async () => {
    const { stage, name, set, uid, owner } = await begin();
    stage.commit({ ...set('first', [name]), ...set('second', [`${name}-other`]) });
    await stage.look(name);
    const before = await uid();
    stage.commit({ ...set('first', []), ...set('second', [`${name}-other`, name]) });
    for (let looks = 0; looks < 3; looks += 1) await stage.look(name);
    expect([await uid(), await owner()]).toEqual([before, name]);
    expect(await stage.store.statuses.load(name)).toMatchObject({ sync: 'Synced' });
  });

  it('from one ApplicationSet to another, under a new name: that takes it over, and the old one is gone', async () => {
    const { stage, name, set, uid, owner } = await begin();
    const [old, renamed] = [`${name}-old`, `${name}-new`];
    stage.commit({ ...set('first', [old]), ...set('second', []) });
    await stage.look(old);
    expect(await owner()).toBe(old);
    const before = await uid();
    stage.commit({ ...set('first', []), ...set('second', [renamed]) });
    await stage.look(old, renamed);
    await stage.look(old, renamed);
    expect([await uid(), await owner()]).toEqual([before, renamed]);
    expect(await stage.store.statuses.load(renamed)).toMatchObject({ sync: 'Synced' });
    expect(await stage.store.statuses.load(old)).toBeUndefined();
  });

  it('out of an ApplicationSet into an Application of its own', async () => {
    const { stage, name, set, uid, owner } = await begin();
    stage.commit({ ...set('first', [name]) });
    await stage.look(name);
    const before = await uid();
    stage.commit({ ...set('first', []), [`apps/${name}.yaml`]: JSON.stringify(applicationOf(name, name, stage)) });
    for (let looks = 0; looks < 3; looks += 1) await stage.look(name);
    expect([await uid(), await owner()]).toEqual([before, name]);
    expect(await stage.store.statuses.load(name)).toMatchObject({ sync: 'Synced' });
  });
}

function applicationOf(name: string, folder: string, { repository }: Stage): object {
  return {
    ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application' },
    metadata: { name, namespace: 'argocd', finalizers: [FINALIZER] },
    spec: specOf(folder, repository.url),
  };
}

function specOf(folder: string, repoURL: string): object {
  return {
    project: 'default',
    source: { repoURL, targetRevision: 'HEAD', path: folder },
    destination: { server: 'https://kubernetes.default.svc', namespace: folder },
    syncPolicy: {
      automated: { prune: true, selfHeal: true },
      syncOptions: ['CreateNamespace=true'],
      retry: { limit: 0 },
    },
  };
}

function setText(of: string, names: readonly string[], folder: string, repoURL: string): string {
  return JSON.stringify({
    ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', metadata: { name: of, namespace: 'argocd' } },
    spec: {
      goTemplate: true,
      generators: [{ list: { elements: names.map((name) => ({ name })) } }],
      template: { metadata: { name: '{{.name}}', finalizers: [FINALIZER] }, spec: specOf(folder, repoURL) },
    },
  });
}
