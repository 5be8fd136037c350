import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { writeEnvFile } from '../../src/local/env-file.ts';

function envFile(text?: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'trimtab-env-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, '.env');
  if (text !== undefined) writeFileSync(path, text);
  return path;
}

test('what is written, Node reads back, a key of many lines too', async () => {
  const path = envFile();
  const key = '-----BEGIN RSA PRIVATE KEY-----\nMIIE+a/b==\n-----END RSA PRIVATE KEY-----\n';
  await writeEnvFile(path, { APP_ID: '12', PRIVATE_KEY: key });
  expect(parseEnv(readFileSync(path, 'utf8'))).toEqual({ APP_ID: '12', PRIVATE_KEY: key.trim() });
});

test('other lines and comments stay; a variable that is there is replaced, whatever its spelling', async () => {
  const path = envFile('# mine\nSLACK_TOKEN=xoxb-1\nexport APP_ID=1\n APP_ID = 2\n\n');
  await writeEnvFile(path, { APP_ID: '3' });
  expect(readFileSync(path, 'utf8')).toBe('# mine\nSLACK_TOKEN=xoxb-1\nAPP_ID="3"\n');
});

test('afterwards only its owner may read it', async () => {
  const path = envFile('A=1\n');
  chmodSync(path, 0o644);
  await writeEnvFile(path, { B: '2' });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});
