import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createElsewhere } from '../../src/source/elsewhere.ts';
import { archiveOf, emptyFolder, problemOf } from './archive.ts';
import { type ChartServer, chartArchive, serve, sha256 } from './chart-server.ts';

const FILES = 'application/vnd.oci.image.layer.v1.tar+gzip';
const CHART = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';

interface Artifact {
  readonly config?: string;
  readonly layers: readonly { readonly type: string; readonly bytes: Uint8Array }[];
}

/** As `oras push` makes it of a folder, and `tar -C`, each in its own way to write paths. */
const manifests = archiveOf([
  { path: './', type: 'Directory' },
  { path: './base/one.yaml', text: 'kind: ConfigMap\n' },
  { path: 'kustomization.yaml', text: 'resources: [base/one.yaml]\n' },
  { path: 'out', type: 'SymbolicLink', linkpath: '/etc/passwd' },
]);

const ARTIFACTS: Readonly<Record<string, Artifact>> = {
  '1.2.0': { layers: [{ type: FILES, bytes: manifests }] },
  '1.10.0_build.7': { layers: [{ type: 'application/vnd.oci.image.layer.v1.tar', bytes: gunzipSync(manifests) }] },
  chart: {
    config: 'application/vnd.cncf.helm.config.v1+json',
    layers: [
      { type: 'application/vnd.cncf.helm.chart.provenance.v1.prov', bytes: Buffer.from('signed') },
      { type: CHART, bytes: chartArchive('shop', '1.2.0') },
    ],
  },
  signed: {
    layers: [
      { type: 'application/vnd.in-toto+json', bytes: Buffer.from('{}') },
      { type: FILES, bytes: manifests },
    ],
  },
  two: {
    layers: [
      { type: FILES, bytes: manifests },
      { type: FILES, bytes: manifests },
    ],
  },
  none: { layers: [{ type: 'text/plain', bytes: Buffer.from('hello') }] },
  docker: { layers: [{ type: 'application/vnd.docker.image.rootfs.diff.tar.gzip', bytes: manifests }] },
};

/** A registry with one repository, acme/shop. */
async function registry(change: { readonly blob?: Uint8Array; readonly latest?: () => string } = {}) {
  const blobs = new Map<string, Uint8Array>();
  const texts = new Map<string, string>();
  for (const [tag, { config = 'application/vnd.oci.empty.v1+json', layers }] of Object.entries(ARTIFACTS)) {
    const listed = layers.map(({ type, bytes }) => {
      const digest = `sha256:${sha256(bytes)}`;
      blobs.set(digest, bytes);
      return { mediaType: type, digest, size: bytes.length };
    });
    texts.set(tag, JSON.stringify({ schemaVersion: 2, config: { mediaType: config }, layers: listed }));
  }
  for (const text of [...texts.values()]) texts.set(`sha256:${sha256(Buffer.from(text))}`, text);
  const server: ChartServer = await serve((path) => {
    const [, kind, name = ''] = /^\/v2\/acme\/shop\/(tags|manifests|blobs)\/([^?]+)/.exec(path) ?? [];
    if (kind === 'tags') return { body: JSON.stringify({ tags: Object.keys(ARTIFACTS) }) };
    const body =
      kind === 'blobs'
        ? (change.blob ?? blobs.get(name))
        : texts.get(change.latest && name === 'latest' ? change.latest() : name);
    return body === undefined ? undefined : { body };
  });
  const digestOf = (tag: string): string => `sha256:${sha256(Buffer.from(texts.get(tag) ?? ''))}`;
  const access = async () => ({ privateHosts: true, http: true });
  const source = createElsewhere({ cacheDir: await emptyFolder(), access });
  return { asked: server.asked, repoURL: `oci://${server.host}/acme/shop`, digestOf, source };
}

describe('an OCI artifact', () => {
  it('has a digest as its revision, by tag, by digest, or by the newest of a range', async () => {
    const { repoURL, digestOf, source } = await registry();
    expect(await source.resolve(repoURL, '1.2.0')).toBe(digestOf('1.2.0'));
    expect(await source.resolve(repoURL, digestOf('1.2.0'))).toBe(digestOf('1.2.0'));
    expect(await source.resolve(repoURL, '^1.0')).toBe(digestOf('1.10.0_build.7'));
    expect(await source.resolve(repoURL, '1.10.0+build.7')).toBe(digestOf('1.10.0_build.7'));
    expect(await source.resolve(repoURL, '~1.2')).toBe(digestOf('1.2.0'));
  });

  it('whose tag is moved has another revision', async () => {
    let tag = '1.2.0';
    const { repoURL, digestOf, source } = await registry({ latest: () => tag });
    expect(await source.resolve(repoURL, 'latest')).toBe(digestOf('1.2.0'));
    tag = 'chart';
    expect(await source.resolve(repoURL, 'latest')).toBe(digestOf('chart'));
  });

  it.each(['1.2.0', '1.10.0_build.7', 'signed'])('gives the files of its layer, as a commit does: %s', async (tag) => {
    const { repoURL, digestOf, source } = await registry();
    const checkout = await source.checkout(repoURL, digestOf(tag));
    expect(checkout).toMatchObject({ repoURL, revision: digestOf(tag), links: ['out'] });
    expect((await readdir(checkout.dir)).sort()).toEqual(['base', 'kustomization.yaml']);
    expect(await readFile(join(checkout.dir, 'base/one.yaml'), 'utf8')).toBe('kind: ConfigMap\n');
    const tree = await source.tree(repoURL, digestOf(tag));
    expect([...tree.keys()].sort()).toEqual(['base/one.yaml', 'kustomization.yaml', 'out']);
  });

  it('that is a chart lies at its root', async () => {
    const { repoURL, digestOf, source } = await registry();
    const { dir } = await source.checkout(repoURL, digestOf('chart'));
    expect((await readdir(dir)).sort()).toEqual(['Chart.yaml', 'templates', 'values.yaml']);
  });

  it('is downloaded once for all who read it', async () => {
    const { asked, repoURL, digestOf, source } = await registry();
    await Promise.all([1, 2, 3].map(() => source.checkout(repoURL, digestOf('1.2.0'))));
    await source.checkout(repoURL, digestOf('1.2.0'));
    expect(asked.filter((path) => path.includes('/blobs/'))).toHaveLength(1);
  });

  it.each([
    ['two', 'must have one layer of files, and has 2'],
    ['none', 'must have one layer of files, and has none'],
    ['docker', 'is packed as application/vnd.docker.image.rootfs.diff.tar.gzip'],
  ])('of another kind is refused: %s', async (tag, message) => {
    const { repoURL, digestOf, source } = await registry();
    expect(await problemOf(source.checkout(repoURL, digestOf(tag)))).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining(message),
    });
  });

  it('that is not what its digest promises is not used', async () => {
    const { repoURL, digestOf, source } = await registry({ blob: manifests.subarray(0, -10) });
    expect(await problemOf(source.checkout(repoURL, digestOf('1.2.0')))).toMatchObject({ code: 'unavailable' });
    const other = await registry({ blob: chartArchive('other', '1.0.0') });
    const problem = await problemOf(other.source.checkout(other.repoURL, other.digestOf('1.2.0')));
    expect(problem.message).toContain('digest differs');
  });

  it('that is not there, or of which no version is named, is told so', async () => {
    const { repoURL, source } = await registry();
    const where = { field: 'spec.source.targetRevision' };
    expect(await problemOf(source.resolve(repoURL, '3.0.0'))).toMatchObject({ code: 'not-found', where });
    expect(await problemOf(source.resolve(repoURL, '^3'))).toMatchObject({ code: 'not-found', where });
    expect(await problemOf(source.resolve(repoURL, undefined))).toMatchObject({ code: 'invalid-manifest', where });
    expect(await problemOf(source.resolve('oci://Acme', '1'))).toMatchObject({ code: 'invalid-manifest' });
  });
});
