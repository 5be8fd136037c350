import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SourceAccess } from '../../src/source/access.ts';
import { createCharts } from '../../src/source/charts.ts';
import { emptyFolder, problemOf } from './archive.ts';
import { chartArchive, chartRepository, serve, sha256 } from './chart-server.ts';

async function charts(access: SourceAccess = {}) {
  return createCharts({
    cacheDir: await emptyFolder(),
    access: async () => ({ privateHosts: true, http: true, ...access }),
  });
}

describe('a chart repository', () => {
  it('gives the newest version of a range, and the chart of it', async () => {
    const { host } = await serve(chartRepository('shop', ['1.0.0', '1.2.0', '2.0.0']));
    const source = await charts();
    const shop = { repoURL: `http://${host}/stable`, chart: 'shop' };
    expect(await source.chartVersion(shop, '1.x')).toBe('1.2.0');
    const checkout = await source.chart(shop, '1.2.0');
    expect(checkout).toMatchObject({ repoURL: shop.repoURL, revision: '1.2.0' });
    expect(await readFile(join(checkout.dir, 'Chart.yaml'), 'utf8')).toContain('version: 1.2.0');
  });

  it('is asked for its index each time, and sends it only when it is another one', async () => {
    let versions = ['1.0.0'];
    const sent: number[] = [];
    const { host, asked } = await serve((path, { headers }) => {
      const etag = `"${versions.length}"`;
      if (headers['if-none-match'] === etag) return { status: 304 };
      sent.push(versions.length);
      return { ...chartRepository('shop', versions)(path), headers: { etag } };
    });
    const source = await charts();
    const shop = { repoURL: `http://${host}`, chart: 'shop' };
    for (let look = 0; look < 3; look += 1) expect(await source.chartVersion(shop, '1.x')).toBe('1.0.0');
    expect([asked.length, sent]).toEqual([3, [1]]);
    versions = ['1.0.0', '1.1.0'];
    expect(await source.chartVersion(shop, '1.x')).toBe('1.1.0');
    expect(sent).toEqual([1, 2]);
  });

  it('is asked for an archive once, however many read it', async () => {
    const { host, asked } = await serve(chartRepository('shop', ['1.0.0']));
    const source = await charts();
    const shop = { repoURL: `http://${host}/stable/`, chart: 'shop' };
    await Promise.all([1, 2, 3].map(() => source.chart(shop, '1.0.0')));
    await source.chart(shop, '1.0.0');
    expect(asked.filter((path) => path.endsWith('.tgz'))).toEqual(['/stable/shop-1.0.0.tgz']);
  });

  it('that has no such chart, or no version that fits, is told with what there is', async () => {
    const { host } = await serve(chartRepository('shop', ['1.0.0']));
    const source = await charts();
    const repoURL = `http://${host}/stable`;
    expect(await problemOf(source.chartVersion({ repoURL, chart: 'shopp' }, '*'))).toMatchObject({
      code: 'not-found',
      where: { field: 'spec.source.chart' },
    });
    const { message } = await problemOf(source.chartVersion({ repoURL, chart: 'shop' }, '^2'));
    expect(message).toBe(`${repoURL} has no version ^2 of the chart shop. The newest is 1.0.0.`);
  });

  it('whose archive is not what its index promises is not used', async () => {
    const { host } = await serve(chartRepository('shop', ['1.0.0'], { digest: 'a'.repeat(64) }));
    const source = await charts();
    const problem = await problemOf(source.chart({ repoURL: `http://${host}`, chart: 'shop' }, '1.0.0'));
    expect(problem.message).toContain('digest differs');
  });

  it('is given the registered credentials, and a host that its index names is not (CVE-2021-32690), unless passCredentials says so', async () => {
    const elsewhere = await serve(chartRepository('shop', ['1.0.0']));
    const url = (version: string): string => `http://localhost:${elsewhere.host.split(':')[1]}/shop-${version}.tgz`;
    const { host, asked } = await serve(chartRepository('shop', ['1.0.0'], { url }));
    const shop = { repoURL: `http://${host}`, chart: 'shop' };
    const source = await charts({ username: 'reader', password: 'hunter2' });
    await source.chart(shop, '1.0.0');
    expect(asked).toEqual(['/index.yaml as reader']);
    expect(elsewhere.asked).toEqual(['/shop-1.0.0.tgz']);
    const passing = await charts({ username: 'reader', password: 'hunter2' });
    await passing.chart({ ...shop, passCredentials: true }, '1.0.0');
    expect(elsewhere.asked.at(-1)).toBe('/shop-1.0.0.tgz as reader');
  });

  it('that wants credentials says so, and they are in no message', async () => {
    const { host } = await serve(() => ({ status: 401 }));
    const source = await charts({ username: 'reader', password: 'hunter2' });
    const problem = await problemOf(source.chartVersion({ repoURL: `http://${host}`, chart: 'shop' }, '*'));
    expect(problem).toMatchObject({ code: 'forbidden', fix: expect.stringContaining('secret-type: repository') });
    expect(JSON.stringify([problem.message, problem.fix])).not.toContain('hunter2');
  });

  it.each(['http://127.0.0.1:1', 'http://localhost:1', 'http://[::1]:1', 'http://169.254.169.254', 'http://10.0.0.1'])(
    'at %s is not asked, unless somebody registered it',
    async (repoURL) => {
      const source = createCharts({ cacheDir: await emptyFolder() });
      expect(await problemOf(source.chartVersion({ repoURL, chart: 'shop' }, '*'))).toMatchObject({
        code: 'forbidden',
      });
    },
  );

  it('with an index without end is left (CVE-2024-29893)', async () => {
    const { host } = await serve(() => ({ body: Buffer.alloc(65 * 1024 * 1024, 'a') }));
    const source = await charts();
    const problem = await problemOf(source.chartVersion({ repoURL: `http://${host}`, chart: 'shop' }, '*'));
    expect(problem.code).toBe('limit-exceeded');
  });
});

describe('an OCI registry', () => {
  const archive = chartArchive('shop', '1.2.0+build.7');
  const digest = `sha256:${sha256(archive)}`;
  const layer = { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', digest, size: archive.length };

  function registry(path: string): { body?: string | Uint8Array; headers?: Record<string, string> } | undefined {
    if (path === '/v2/acme/charts/shop/tags/list?n=1000') {
      return {
        body: JSON.stringify({ tags: ['1.0.0', 'latest'] }),
        headers: { link: '</v2/acme/charts/shop/tags/list?n=1000&last=latest>; rel="next"' },
      };
    }
    if (path.endsWith('last=latest')) return { body: JSON.stringify({ tags: ['1.2.0_build.7'] }) };
    if (path === '/v2/acme/charts/shop/manifests/1.2.0_build.7') return { body: JSON.stringify({ layers: [layer] }) };
    if (path === '/v2/acme/charts/shop/manifests/1.0.0')
      return { body: JSON.stringify({ layers: [{ ...layer, mediaType: 'text/plain' }] }) };
    if (path === `/v2/acme/charts/shop/blobs/${digest}`) return { body: archive };
    return undefined;
  }

  it('gives versions from its tags, all pages of them, and the chart of a tag', async () => {
    const { host } = await serve(registry);
    const source = await charts();
    const shop = { repoURL: `oci://${host}/acme/charts`, chart: 'shop' };
    expect(await source.chartVersion(shop, '1.x')).toBe('1.2.0+build.7');
    const checkout = await source.chart(shop, '1.2.0+build.7');
    expect(await readFile(join(checkout.dir, 'Chart.yaml'), 'utf8')).toContain('name: shop');
  });

  it('may be written without oci://, as Argo CD has it', async () => {
    const { host } = await serve(registry);
    const source = await charts();
    expect(await source.chartVersion({ repoURL: `${host}/acme/charts`, chart: 'shop' }, '1.0.0')).toBe('1.0.0');
  });

  it('that asks for a token gets one from its own service, with the registered credentials', async () => {
    const { host, asked } = await serve((path, { headers }) => {
      if (path.startsWith('/token')) return { body: JSON.stringify({ token: 'abc' }) };
      if (headers.authorization === 'Bearer abc') return registry(path);
      const challenge = `Bearer realm="http://${headers.host}/token",service="registry",scope="repository:acme/charts/shop:pull"`;
      return { status: 401, headers: { 'www-authenticate': challenge } };
    });
    const source = await charts({ username: 'reader', password: 'hunter2' });
    const shop = { repoURL: `oci://${host}/acme/charts`, chart: 'shop' };
    expect(await source.chartVersion(shop, '^1')).toBe('1.2.0+build.7');
    expect(asked).toContain('/token?service=registry&scope=repository%3Aacme%2Fcharts%2Fshop%3Apull as reader');
  });

  it('does not get credentials for a service of somebody else', async () => {
    const thief = await serve(() => ({ body: JSON.stringify({ token: 'abc' }) }));
    const realm = `http://localhost:${thief.host.split(':')[1]}/token`;
    const { host } = await serve((path, { headers }) =>
      headers.authorization === undefined
        ? { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}"` } }
        : registry(path),
    );
    const source = await charts({ username: 'reader', password: 'hunter2' });
    // Nobody registered that host, so on a private address it is not even asked.
    const problem = await problemOf(source.chartVersion({ repoURL: `oci://${host}/acme/charts`, chart: 'shop' }, '^1'));
    expect(problem.code).toBe('forbidden');
    expect(thief.asked).toEqual([]);
  });

  it('whose tag is no chart is told so', async () => {
    const { host } = await serve(registry);
    const source = await charts();
    const problem = await problemOf(source.chart({ repoURL: `oci://${host}/acme/charts`, chart: 'shop' }, '1.0.0'));
    expect(problem).toMatchObject({ code: 'not-found', message: expect.stringContaining('is no Helm chart') });
  });
});
