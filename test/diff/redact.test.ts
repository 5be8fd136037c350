import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { compareLive, createMarks } from '../../src/diff/index.ts';
import type { Manifest } from '../../src/spec/manifest.ts';

const marks = createMarks('key of this installation');
const PASSWORD = 'p&ss word/canary';

function secret(kind: string, annotations: Readonly<Record<string, string>> = {}): Manifest {
  const metadata = { name: 'login', namespace: 'shop', annotations };
  return { apiVersion: 'v1', kind, metadata, stringData: { password: PASSWORD } };
}

function told(manifest: Manifest): string {
  return JSON.stringify([compareLive([manifest], [], { marks }), compareLive([], [manifest], { marks })]);
}

it('masks what the API server will refuse because its kind is written small', () => {
  expect(told(secret('secret'))).not.toContain('canary');
});

it('masks a value where an annotation holds it as a URL does', () => {
  const text = told(secret('Secret', { 'acme.io/dsn': `postgres://shop:${encodeURIComponent(PASSWORD)}@db/shop` }));
  expect(text).not.toContain('canary');
  expect(text).toContain('acme.io/dsn');
});

it('masks what tools keep of a Secret in compressed form', () => {
  const packed = gzipSync(JSON.stringify({ stringData: { password: PASSWORD } })).toString('base64');
  expect(told(secret('Secret', { 'objectset.rio.cattle.io/applied': packed }))).not.toContain(packed.slice(0, 12));
});

it('leaves what people write about a Secret', () => {
  expect(told(secret('Secret', { 'acme.io/owner': 'the team that runs the shop' }))).toContain('the team that runs');
});
