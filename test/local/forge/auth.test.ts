import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { appToken, asker, installationToken, startShop } from './support.ts';

describe('authentication at the embedded forge', () => {
  test('takes a web token that the app signed, by its id or client id', async () => {
    const { forge, asApp } = await startShop();
    expect((await asApp('GET /app')).body).toMatchObject({ slug: 'trimtab', id: forge.app.id });
    const byClient = asker(forge, appToken(forge.app, { iss: forge.app.clientId }));
    expect((await byClient('GET /app')).status).toBe(200);
  });

  test.each([
    ['is over', { exp: Math.floor(Date.now() / 1000) - 10 }],
    ['lives longer than ten minutes', { exp: Math.floor(Date.now() / 1000) + 1000 }],
    ['was issued in the future', { iat: Math.floor(Date.now() / 1000) + 500 }],
    ['names another app', { iss: 1 }],
  ])('refuses a web token that %s', async (_, claims) => {
    const { forge } = await startShop();
    expect((await asker(forge, appToken(forge.app, claims))('GET /app')).status).toBe(401);
  });

  test('refuses a web token that another key signed', async () => {
    const { forge } = await startShop();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const foreign = appToken({
      id: forge.app.id,
      privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    });
    expect((await asker(forge, foreign)('GET /app')).status).toBe(401);
  });

  test('asks who it is, does not take an invented token, and not the app where an installation is due', async () => {
    const { forge, asApp, ask } = await startShop();
    expect((await asker(forge, '')('GET /repos/acme/shop')).status).toBe(401);
    const invented = await asker(forge, 'ghs_invented')('GET /repos/acme/shop');
    expect([invented.status, invented.body['message']]).toEqual([401, 'Bad credentials']);
    expect((await asApp('GET /repos/acme/shop')).status).toBe(403);
    expect((await ask('GET /app')).status).toBe(401);
  });

  test('lets a token into the repositories of its installation only, as if the others were not there', async () => {
    const { forge, ask, asApp } = await startShop();
    await forge.createRepository({ owner: 'acme', name: 'secret', installed: false });
    await forge.createRepository({ owner: 'acme', name: 'open', installed: false, visibility: 'public' });
    await forge.createRepository({ owner: 'other', name: 'shop' });
    expect((await ask('GET /repos/acme/secret')).status).toBe(404);
    expect((await ask('GET /repos/other/shop')).status).toBe(404);
    expect((await asApp('GET /repos/acme/secret/installation')).status).toBe(404);
    expect((await ask('GET /repos/acme/open')).status).toBe(200);
    expect((await ask('POST /repos/acme/open/git/blobs', { content: 'x' })).status).toBe(403);
  });

  test('gives a token less than the installation has, and never more', async () => {
    const { forge, asApp } = await startShop();
    await forge.createRepository({ owner: 'acme', name: 'control' });
    const narrow = asker(
      forge,
      await installationToken(asApp, 'acme/shop', { repositories: ['shop'], permissions: { contents: 'read' } }),
    );
    expect((await narrow('GET /repos/acme/shop/commits/main')).status).toBe(200);
    expect((await narrow('GET /repos/acme/control')).status).toBe(404);
    const refused = await narrow('POST /repos/acme/shop/git/blobs', { content: 'x' });
    expect([refused.status, refused.body['message']]).toEqual([403, 'Resource not accessible by integration']);
    const { body } = await asApp('GET /repos/acme/shop/installation');
    const more = await asApp(`POST /app/installations/${String(body['id'])}/access_tokens`, {
      permissions: { administration: 'write' },
    });
    expect(more.status).toBe(422);
  });

  test('ends a token after an hour', async () => {
    let now = new Date();
    const { ask } = await startShop({ now: () => now });
    expect((await ask('GET /repos/acme/shop')).status).toBe(200);
    now = new Date(now.getTime() + 3_600_001);
    expect((await ask('GET /repos/acme/shop')).status).toBe(401);
  });

  test('registers an app from a manifest, whose secrets are given once', async () => {
    const { forge } = await startShop();
    const manifest = {
      name: 'My GitOps',
      url: 'https://example.com',
      redirect_url: 'http://127.0.0.1:3000/setup',
      default_events: ['push'],
    };
    const sent = await fetch(`${forge.url}/settings/apps/new?state=xyz`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ manifest: JSON.stringify(manifest) }),
    });
    const back = new URL(sent.headers.get('location') ?? '');
    expect([back.origin, back.pathname, back.searchParams.get('state')]).toEqual([
      'http://127.0.0.1:3000',
      '/setup',
      'xyz',
    ]);
    const ask = asker(forge, '');
    const app = await ask(`POST /app-manifests/${back.searchParams.get('code')}/conversions`);
    expect(app.body).toMatchObject({ slug: 'my-gitops', events: ['push'] });
    const asNew = asker(forge, appToken({ id: Number(app.body['id']), privateKey: String(app.body['pem']) }));
    expect((await asNew('GET /app')).body['slug']).toBe('my-gitops');
    expect((await ask(`POST /app-manifests/${back.searchParams.get('code')}/conversions`)).status).toBe(404);
  });
});
