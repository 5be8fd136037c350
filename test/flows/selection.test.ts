import { describe, expect, it } from 'vitest';
import { checkSelection } from '../../src/flows/selection.ts';
import { newOperation } from '../../src/flows/start-operation.ts';
import type { Application } from '../../src/spec/application.ts';
import { parseResourcePattern, type ResourcePattern } from '../../src/spec/resource-pattern.ts';
import { application, configMap, type Desk, startDesk } from './desk.ts';

/** https://argo-cd.readthedocs.io/en/stable/user-guide/selective_sync/ */

const only = (...texts: readonly string[]): readonly ResourcePattern[] =>
  texts.map((text) => parseResourcePattern(text) ?? expect.unreachable(text));

describe('what may be named', () => {
  const key = (kind: string, name: string) => ({ group: kind === 'Job' ? 'batch' : '', kind, namespace: 'shop', name });
  const HAS = [
    { key: key('ConfigMap', 'web'), hook: false },
    { key: key('ConfigMap', 'worker'), hook: false },
    { key: key('Job', 'migrate'), hook: true },
  ];

  it.each(['ConfigMap:shop/web', 'ConfigMap:web', 'ConfigMap:shop/w*', '*:shop/web'])('%s', (text) => {
    expect(() => checkSelection('shop', only(`:${text}`), HAS)).not.toThrow();
  });

  it.each([
    [[':ConfigMap:shop/wbe'], 'shop has no resource :ConfigMap:shop/wbe: did you mean :ConfigMap:shop/web?'],
    [[':ConfigMap:other/config'], 'shop has no resource :ConfigMap:other/config.'],
    [['apps:Deployment:shop/web'], 'shop has no resource apps:Deployment:shop/web.'],
    [[':ConfigMap:shop/web', ':Secret:shop/key'], 'shop has no resource :Secret:shop/key.'],
    [['batch:Job:shop/migrate'], 'batch:Job:shop/migrate is a hook of shop, and a sync of some resources runs none.'],
  ])('%s may not', (texts, message) => {
    expect(() => checkSelection('shop', only(...texts), HAS)).toThrow(message);
  });
});

describe('a selective sync that was not looked at before it began', () => {
  const SHOP = application('shop', { syncPolicy: { syncOptions: ['CreateNamespace=true'], retry: { limit: 3 } } });

  async function run(desk: Desk, ...texts: readonly string[]): Promise<void> {
    const wanted = {
      application: SHOP as Application,
      revisions: [`0000${'c'.repeat(36)}`],
      definition: `0000${'c'.repeat(36)}`,
      trigger: { kind: 'command', actor: 'bob' },
      prune: false,
      only: only(...texts),
    } as const;
    const operation = newOperation(wanted, '2026-11-24T10:00:00.000Z');
    await desk.store.operations.save(operation, 0);
    for (let look = 0; look < 10; look += 1) {
      await desk.work({ kind: 'sync', application: 'shop', operation: operation.id, look });
    }
  }

  const begin = () =>
    startDesk({ definitions: [SHOP], renders: { shop: [configMap('web', 'x'), configMap('worker', 'x')] } });

  it('ends with the reason, at once and with nothing applied, where the application has not what is named', async () => {
    const desk = await begin();
    await run(desk, ':ConfigMap:shop/web', ':ConfigMap:shop/wrker');
    expect(await desk.store.histories.list('shop', 5)).toMatchObject([
      {
        phase: 'Error',
        message: expect.stringContaining(
          'shop has no resource :ConfigMap:shop/wrker: did you mean :ConfigMap:shop/worker?',
        ),
      },
    ]);
    expect(desk.cluster.get('/api/v1/namespaces/shop')).toBeUndefined();
  });

  it('creates the namespace of CreateNamespace=true, as any sync does', async () => {
    const desk = await begin();
    await run(desk, ':ConfigMap:shop/web');
    const [entry] = await desk.store.histories.list('shop', 5);
    expect(entry).toMatchObject({ phase: 'Succeeded', only: only(':ConfigMap:shop/web') });
    expect(entry?.tasks.map(({ key }) => `${key.kind} ${key.name}`)).toEqual(['Namespace shop', 'ConfigMap web']);
    expect(desk.cluster.get('/api/v1/namespaces/shop/configmaps/worker')).toBeUndefined();
  });
});
