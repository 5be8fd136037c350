import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLaptopStore } from '../../src/local/laptop-store.ts';

test('what a process held that is gone is free for the next one; beside it nobody else may have it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trimtab-laptop-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const first = await openLaptopStore(folder);
  const beside = await openLaptopStore(folder);
  expect(await first.store.leases.take('application:shop', 'one', 300)).toBe(true);
  expect(await beside.store.leases.take('application:shop', 'two', 300)).toBe(false);
  await beside.close();
  await first.close();
  const next = await openLaptopStore(folder);
  onTestFinished(next.close);
  expect(await next.store.leases.take('application:shop', 'three', 300)).toBe(true);
});
