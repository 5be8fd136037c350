import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { application, configMap, type Platform, REPO, startPlatform } from './platform.ts';

const URL = `https://github.com/${REPO}.git`;

/** A chart whose one template makes an Application of each name in its values. */
const CHART = {
  'bootstrap/Chart.yaml': 'apiVersion: v2\nname: bootstrap\nversion: 1.0.0\n',
  'bootstrap/templates/apps.yaml': `{{- range $name, $wave := .Values.apps }}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {{ $name }}
  namespace: argocd
  finalizers: [resources-finalizer.argocd.argoproj.io]
  annotations: {argocd.argoproj.io/sync-wave: {{ $wave | quote }}}
spec:
  project: default
  source: {repoURL: ${URL}, targetRevision: HEAD, path: apps/{{ $name }}}
  destination: {server: https://kubernetes.default.svc, namespace: {{ $name }}}
  syncPolicy: {automated: {prune: true}, syncOptions: [CreateNamespace=true], retry: {limit: 0}}
{{- end }}
`,
};

const values = (apps: string): string => `apps: {${apps}}\n`;

let trimtab: Platform;

beforeAll(async () => {
  trimtab = await startPlatform({
    'argocd/bootstrap.yaml': application('bootstrap', { path: 'bootstrap' }),
    ...CHART,
    'bootstrap/values.yaml': values('red: 0, blue: 1'),
    'apps/red/config.yaml': configMap('red', 'one'),
    'apps/blue/config.yaml': configMap('blue', 'one'),
    'apps/green/config.yaml': configMap('green', 'one'),
  });
});
afterAll(() => trimtab.close());

function deployed(name: string): unknown {
  return trimtab.cluster.get(`/api/v1/namespaces/${name}/configmaps/${name}`)?.['data'];
}

describe('an Application whose chart makes Applications', () => {
  test('has them deployed, though its cluster does not know what an Application is', async () => {
    await trimtab.schedule();
    expect(deployed('red')).toEqual({ value: 'one' });
    expect(deployed('blue')).toEqual({ value: 'one' });
    const status = await trimtab.store.statuses.load('bootstrap');
    expect(status).toMatchObject({ sync: 'Synced', health: { status: 'Healthy' }, conditions: [] });
    expect(status?.resources.map(({ key }) => `${key.kind} ${key.name}`)).toEqual([
      'Namespace bootstrap',
      'Application blue',
      'Application red',
    ]);
  });

  test('has the later wave wait until the earlier one is healthy', async () => {
    const [red] = await trimtab.store.histories.list('red', 1);
    const [blue] = await trimtab.store.histories.list('blue', 1);
    expect(blue?.startedAt.localeCompare(red?.finishedAt ?? '')).toBe(1);
  });

  test('a pull request that changes its values shows what comes, application by application', async () => {
    const { number } = await trimtab.propose({ 'bootstrap/values.yaml': values('red: 0, blue: 1, green: 0') });
    const comment = trimtab.preview(number);
    expect(comment).toContain('ConfigMap green/green');
    expect(comment).not.toContain('ConfigMap red/red');
    await trimtab.forge.merge(REPO, number, 'bob');
    await trimtab.settled();
    expect(deployed('green')).toEqual({ value: 'one' });
  });

  test('one that breaks the chart is told of, and loses nothing that is deployed', async () => {
    const { number } = await trimtab.propose({ 'bootstrap/values.yaml': 'apps: {red: 0, blue: [}\n' });
    expect(trimtab.check(number).conclusion).toBe('failure');
    await trimtab.forge.merge(REPO, number, 'bob');
    await trimtab.settled();
    await trimtab.schedule();
    expect(deployed('green')).toEqual({ value: 'one' });
    expect(await trimtab.store.statuses.load('green')).toBeDefined();
    await trimtab.push({ 'bootstrap/values.yaml': values('red: 0, blue: 1, green: 0') });
  });

  test('one that takes a child away says what goes with it, and so it goes', async () => {
    const { number } = await trimtab.propose({ 'bootstrap/values.yaml': values('red: 0, blue: 1') });
    expect(trimtab.preview(number)).toMatch(/green[\s\S]*delete/i);
    await trimtab.forge.merge(REPO, number, 'bob');
    await trimtab.settled();
    await trimtab.schedule();
    expect(deployed('green')).toBeUndefined();
    expect(deployed('red')).toEqual({ value: 'one' });
  });

  test('a command takes a child by its name', async () => {
    const { number } = await trimtab.propose({ 'apps/red/config.yaml': configMap('red', 'two') });
    await trimtab.forge.merge(REPO, number, 'bob');
    await trimtab.settled();
    const { text } = await trimtab.ask(number, 'bob', '/sync red');
    expect(text).toContain('red');
    expect(deployed('red')).toEqual({ value: 'two' });
  });

  test('a child that its parent would not prune stays, with what it deployed', async () => {
    await trimtab.push({
      'argocd/bootstrap.yaml': application('bootstrap', { path: 'bootstrap', automated: {} }),
      'bootstrap/values.yaml': values('red: 0'),
    });
    await trimtab.schedule();
    expect(deployed('blue')).toEqual({ value: 'one' });
    expect(await trimtab.store.statuses.load('blue')).toBeUndefined();
  });

  test('an ApplicationSet in the chart is shown before the merge with what it generates, and deployed after it', async () => {
    const set = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: colours, namespace: argocd}
spec:
  goTemplate: true
  generators: [{list: {elements: [{name: {{ "violet" | quote }}}]}}]
  template:
    metadata: {name: '{{\`{{ .name | lower }}\`}}'}
    spec:
      project: default
      source: {repoURL: ${URL}, targetRevision: HEAD, path: 'apps/{{\`{{ .name }}\`}}'}
      destination: {server: https://kubernetes.default.svc, namespace: '{{\`{{ .name }}\`}}'}
      syncPolicy: {automated: {}, syncOptions: [CreateNamespace=true]}
`;
    const { number } = await trimtab.propose({
      'bootstrap/templates/colours.yaml': set,
      'apps/violet/config.yaml': configMap('violet', 'one'),
    });
    expect(trimtab.preview(number)).toContain('ConfigMap violet/violet');
    await trimtab.forge.merge(REPO, number, 'bob');
    await trimtab.settled();
    expect(deployed('violet')).toEqual({ value: 'one' });
    expect((await trimtab.store.statuses.load('violet'))?.generated?.set).toBe('colours');
  });
});
