import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLocalStore } from '../../../src/local/store/index.ts';
import { createStore } from '../../../src/state/index.ts';

it('the embedded store keeps what it was told over a restart, when it is given a folder', async () => {
  const path = await mkdtemp(join(tmpdir(), 'trimtab-store-'));
  try {
    const facts = { kubeVersion: 'v1.36.0', apiVersions: ['v1'] };
    const before = await createLocalStore({ path });
    await createStore(before).facts.save('https://kubernetes.default.svc', facts);
    await before.close();
    const after = await createLocalStore({ path });
    expect(await createStore(after).facts.load('https://kubernetes.default.svc')).toEqual(facts);
    await after.close();
  } finally {
    await rm(path, { recursive: true });
  }
});

it('two embedded stores at once do not know of each other', async () => {
  const [one, other] = await Promise.all([createLocalStore(), createLocalStore()]);
  expect(await createStore(one).once('delivery/1', 60)).toBe(true);
  expect(await createStore(other).once('delivery/1', 60)).toBe(true);
  await Promise.all([one.close(), other.close()]);
});
