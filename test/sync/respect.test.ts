import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/spec/manifest.ts';
import { respecting } from '../../src/sync/index.ts';

function deployment(spec: object, metadata: object = {}): Manifest {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop', ...metadata }, spec };
}

describe('RespectIgnoreDifferences=true', () => {
  it('keeps the live value of an ignored field, beside what is desired', () => {
    const kept = respecting({
      wanted: deployment({ paused: true }),
      live: {
        ...deployment({ replicas: 7, paused: false }, { uid: 'u1', resourceVersion: '5' }),
        status: { replicas: 7 },
      },
      compared: { ...deployment({ paused: false }, { uid: 'u1', resourceVersion: '5' }), status: { replicas: 7 } },
    });
    expect(kept).toEqual(deployment({ replicas: 7, paused: true }));
  });

  it('leaves a field out that is ignored and not there', () => {
    const live = deployment({ paused: true });
    expect(respecting({ wanted: deployment({ paused: true }), live, compared: live })).toEqual(live);
  });

  it('finds list items by their names, and keeps those that are ignored as a whole', () => {
    const kept = respecting({
      wanted: deployment({ containers: [{ name: 'web', env: [] }] }),
      live: deployment({ containers: [{ name: 'web', image: 'web:live', env: [] }] }),
      compared: deployment({ containers: [{ name: 'web', env: [] }] }),
    });
    expect(kept['spec']).toEqual({ containers: [{ name: 'web', image: 'web:live', env: [] }] });
    const sidecar = { name: 'proxy', image: 'proxy:1' };
    const injected = respecting({
      wanted: deployment({ containers: [{ name: 'web' }] }),
      live: deployment({ containers: [{ name: 'web' }, sidecar] }),
      compared: deployment({ containers: [{ name: 'web' }] }),
    });
    expect(injected['spec']).toEqual({ containers: [{ name: 'web' }, sidecar] });
  });

  it('keeps an ignored annotation where none is desired', () => {
    const kept = respecting({
      wanted: deployment({}),
      live: deployment({}, { annotations: { 'acme.io/by-hand': 'yes', other: 'x' } }),
      compared: deployment({}, { annotations: { other: 'x' } }),
    });
    expect(kept.metadata.annotations).toEqual({ 'acme.io/by-hand': 'yes' });
  });
});
