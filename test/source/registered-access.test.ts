import { describe, expect, it } from 'vitest';
import { repositoryAccess } from '../../src/catalog/repository-access.ts';
import { createCharts } from '../../src/source/charts.ts';
import { createRegisteredAccess } from '../../src/source/registered-access.ts';
import type { SourceScope } from '../../src/spec/ports.ts';
import type { RepositoryRegistration } from '../../src/spec/settings.ts';
import { emptyFolder, problemOf } from './archive.ts';
import { chartRepository, serve } from './chart-server.ts';

async function charts() {
  const access = createRegisteredAccess(async (reference) => `what ${reference} holds`);
  return createCharts({ cacheDir: await emptyFolder(), access });
}

function scope(repositories: readonly RepositoryRegistration[], permits = true): SourceScope {
  return { accessTo: (url) => repositoryAccess(url, 'shop', { repositories }), permits: () => permits };
}

describe('a chart repository on a private address', () => {
  it('is read where it is registered, with the credentials that are named there', async () => {
    const { host, asked } = await serve((path, request) => {
      const password = Buffer.from(request.headers.authorization?.split(' ')[1] ?? '', 'base64').toString();
      return password === 'reader:what ssm:charts holds' ? chartRepository('shop', ['1.2.0'])(path) : { status: 401 };
    });
    const repoURL = `http://${host}/stable`;
    const registered = scope([{ url: repoURL, covers: 'one', username: 'reader', password: 'ssm:charts' }]);
    const source = await charts();
    const version = await source.chartVersion({ repoURL, chart: 'shop' }, '^1', registered);
    expect(await source.chart({ repoURL, chart: 'shop' }, version, registered)).toMatchObject({ revision: '1.2.0' });
    expect(asked).toEqual([
      '/stable/index.yaml as reader',
      '/stable/index.yaml as reader',
      '/stable/shop-1.2.0.tgz as reader',
    ]);
  });

  it('is not asked where it is not, or where the project does not permit it', async () => {
    const { host, asked } = await serve(chartRepository('shop', ['1.2.0']));
    const shop = { repoURL: `http://${host}/stable`, chart: 'shop' };
    const source = await charts();
    const registered = [{ url: shop.repoURL, covers: 'one' as const }];
    for (const [given, version] of [
      [scope([]), '^1'],
      [scope(registered, false), '^1'],
      [scope(registered, false), '1.2.0'],
    ] as const) {
      expect(await problemOf(source.chartVersion(shop, version, given))).toMatchObject({ code: 'forbidden' });
    }
    expect(await problemOf(source.chart(shop, '1.2.0', scope(registered, false)))).toMatchObject({ code: 'forbidden' });
    expect(asked).toEqual([]);
  });

  it('is not reached by a redirect of one that is registered', async () => {
    const inside = await serve(chartRepository('shop', ['1.2.0']));
    const to = `http://localhost:${inside.host.split(':')[1]}/index.yaml`;
    const { host } = await serve(() => ({ status: 302, headers: { location: to } }));
    const repoURL = `http://${host}`;
    const source = await charts();
    const registered = scope([{ url: repoURL, covers: 'one', username: 'reader', password: 'ssm:charts' }]);
    expect(await problemOf(source.chartVersion({ repoURL, chart: 'shop' }, '^1', registered))).toMatchObject({
      code: 'forbidden',
    });
    expect(inside.asked).toEqual([]);
  });
});

describe('a token service that a registry names', () => {
  const token = { body: JSON.stringify({ token: 'abc' }) };

  /** A registry whose token service is at another name of this machine. */
  async function registry(services: readonly RepositoryRegistration[]) {
    const service = await serve(() => token);
    const address = `http://localhost:${service.host.split(':')[1]}/token`;
    const { host } = await serve((path, { headers }) =>
      headers.authorization === 'Bearer abc' && path.startsWith('/v2/acme/shop/tags/')
        ? { body: JSON.stringify({ tags: ['1.2.0'] }) }
        : { status: 401, headers: { 'www-authenticate': `Bearer realm="${address}",service="acme"` } },
    );
    const own = { url: `oci://${host}/acme`, covers: 'prefix', username: 'reader', password: 'ssm:registry' } as const;
    const known = services.map((one) => ({ ...one, url: one.url.replace('SERVICE', new URL(address).origin) }));
    const shop = { repoURL: `oci://${host}/acme`, chart: 'shop' };
    const source = await charts();
    const version = () => source.chartVersion(shop, '^1', scope([{ ...own, http: true, covers: 'one' }, ...known]));
    return { asked: service.asked, version };
  }

  it('gets the credentials that are registered for itself, and never those of the registry', async () => {
    const { asked, version } = await registry([
      { url: 'SERVICE', covers: 'prefix', username: 'tokens', password: 'ssm:t' },
    ]);
    expect(await version()).toBe('1.2.0');
    expect(asked).toEqual(['/token?service=acme&scope=repository%3Aacme%2Fshop%3Apull as tokens']);
  });

  it('is not asked where nothing is registered, and it is in a private network', async () => {
    const { asked, version } = await registry([]);
    expect(await problemOf(version())).toMatchObject({ code: 'forbidden' });
    expect(asked).toEqual([]);
  });
});
