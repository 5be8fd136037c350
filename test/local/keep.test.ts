import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createKeep } from '../../src/local/keep.ts';

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'trimtab-keep-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test('an answer is there for the next process, under its key only', async () => {
  const dir = await folder();
  await createKeep(dir).put('commit 1', { rows: ['payments'] });
  expect(await createKeep(dir).get('commit 1')).toEqual({ rows: ['payments'] });
  expect(await createKeep(dir).get('commit 2')).toBeUndefined();
});

test('a file that was cut short or changed is no answer', async () => {
  const dir = await folder();
  const keep = createKeep(dir);
  await keep.put('commit 1', { rows: ['payments'] });
  const [name = ''] = await readdir(dir);
  const file = join(dir, name);
  const text = await readFile(file, 'utf8');
  for (const broken of ['', text.slice(0, -5), text.replace('payments', 'paymentz'), '\n{}']) {
    await writeFile(file, broken);
    expect(await keep.get('commit 1')).toBeUndefined();
  }
});

test('many processes that write the same answer leave it whole', async () => {
  const dir = await folder();
  const rows = Array.from({ length: 2000 }, (_, index) => `service-${index}`);
  await Promise.all(Array.from({ length: 20 }, () => createKeep(dir).put('commit 1', { rows })));
  expect(await createKeep(dir).get('commit 1')).toEqual({ rows });
  expect(await readdir(dir)).toHaveLength(1);
});

test('what was not used for longest goes first when there is too much', async () => {
  const dir = await folder();
  const keep = createKeep(dir, 3000);
  const answer = 'x'.repeat(1000);
  await keep.put('old', answer);
  await keep.put('used', answer);
  for (const name of await readdir(dir)) await utimes(join(dir, name), 1000, 1000);
  await keep.get('used');
  await keep.put('new', answer);
  expect(await keep.get('used')).toBe(answer);
  expect(await keep.get('old')).toBeUndefined();
});

test('a folder that cannot be written loses the answer, and stops nobody', async () => {
  const dir = await folder();
  await writeFile(join(dir, 'file'), '');
  const keep = createKeep(join(dir, 'file', 'keep'));
  await keep.put('commit 1', 1);
  expect(await keep.get('commit 1')).toBeUndefined();
});
