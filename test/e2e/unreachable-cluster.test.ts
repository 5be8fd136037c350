import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { application, configMap, type Platform, startPlatform } from './platform.ts';

let trimtab: Platform;
let server: string;

/** An address of this machine at which nobody listens. */
async function closedPort(): Promise<number> {
  const listening = createServer();
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  await new Promise<void>((resolve) => listening.close(() => resolve()));
  return port;
}

beforeAll(async () => {
  vi.spyOn(console, 'error').mockReturnValue(undefined);
  server = `https://127.0.0.1:${await closedPort()}`;
  trimtab = await startPlatform({
    'argocd/clusters.yaml': stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'branch', namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
      stringData: { name: 'branch', server, config: '{"tlsClientConfig":{"insecure":true}}' },
    }),
    'argocd/near.yaml': application('near'),
    'apps/near/config.yaml': configMap('near', 'first'),
    'argocd/far.yaml': application('far', { server }),
    'apps/far/config.yaml': configMap('far', 'first'),
  });
  await trimtab.schedule();
});
afterAll(() => trimtab.close());

describe('a cluster that refuses connections', () => {
  test('makes its applications Unknown, with the reason, and no other', async () => {
    const far = await trimtab.store.statuses.load('far');
    expect(far).toMatchObject({ sync: 'Unknown', health: { status: 'Unknown' } });
    expect(far?.conditions).toEqual([{ type: 'ComparisonError', message: expect.stringContaining(server) }]);
    expect(await trimtab.store.statuses.load('near')).toMatchObject({ sync: 'Synced', health: { status: 'Healthy' } });
    expect(trimtab.cluster.get('/api/v1/namespaces/near/configmaps/near')).toMatchObject({ data: { value: 'first' } });
  });

  test('does not keep a pull request from its preview, nor the other application from its sync', async () => {
    const { number } = await trimtab.propose({
      'apps/near/config.yaml': configMap('near', 'second'),
      'apps/far/config.yaml': configMap('far', 'second'),
    });
    const comment = trimtab.preview(number);
    expect(comment).toContain('ConfigMap near/near');
    expect(comment).toContain('ConfigMap far/far');
    await trimtab.forge.merge('acme/platform', number, 'bob');
    await trimtab.settled();
    expect(trimtab.cluster.get('/api/v1/namespaces/near/configmaps/near')).toMatchObject({ data: { value: 'second' } });
    expect(await trimtab.store.statuses.load('far')).toMatchObject({ sync: 'Unknown' });
  });

  test('is named by /diff', async () => {
    const { number } = await trimtab.propose({ 'apps/far/config.yaml': configMap('far', 'third') });
    const { text } = await trimtab.ask(number, 'carol', '/diff far');
    expect(text).toContain('Unknown');
    expect(text).toContain(server);
    expect(text).not.toContain('The cluster is as Git says');
  });
});
