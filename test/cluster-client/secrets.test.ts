import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerProblem } from '../../src/cluster/errors.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import { clientsOf, problemOf, registered, SHOP, script, startCluster, status } from './support.ts';

/** CVE-2025-23216: the API server quotes the values of a Secret that it refuses. */
describe('a Secret that the server refuses', () => {
  const canary = 'c4n4ry-hunter2';

  it.each([
    ['a number', { stringData: { password: 8172635 } }, '8172635'],
    ['a list', { stringData: { password: [canary] } }, canary],
    ['text that is not base64', { data: { password: canary } }, canary],
    ['a boolean beside a value', { stringData: { on: true, password: canary } }, canary],
  ])('with %s does not show its values', async (_, content, value) => {
    const { writer } = await startCluster();
    await writer.apply(SHOP);
    const secret: Manifest = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', namespace: 'shop' },
      ...content,
    };
    const ways = [writer.apply, writer.create, (manifest: Manifest) => writer.apply(manifest, { replace: true })];
    for (const write of ways) {
      const problem = await problemOf(write(secret));
      expect(inspect(problem, { depth: 10 })).not.toContain(value);
      expect(problem.where).toMatchObject({ resource: 'Secret shop/db' });
      expect(problem.message).toContain('Its words are not shown');
    }
  });

  it('is told by status, reason and field', async () => {
    const causes = [{ message: `Invalid value: "${canary}"`, field: 'data[tls.crt]' }];
    const { url } = await script(({ method }) =>
      method === 'GET' ? { status: 404 } : status(422, 'Invalid', `Secret "db" is invalid: ${canary}`, { causes }),
    );
    const { writer } = await clientsOf(registered(url));
    const secret: Manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop' } };
    const problem = await problemOf(writer.apply(secret));
    expect(problem.message).toContain('it answered 422 (Invalid) at data[tls.crt].');
    expect(inspect(problem, { depth: 10 })).not.toContain(canary);
  });

  it('never shows a word of the message, whatever it is', () => {
    const words = fc.string({ minLength: 12 }).map((text) => `«${text}»`);
    fc.assert(
      fc.property(words, words, fc.integer({ min: 400, max: 599 }), (message, cause, code) => {
        const body = { message, reason: 'Invalid', details: { causes: [{ field: 'data', message: cause }] } };
        const problem = answerProblem(
          { cluster: 'production', url: 'https://api.example' },
          { doing: 'apply Secret shop/db', resource: 'Secret shop/db', secret: true },
          { status: code, body, retryAfter: undefined },
        );
        const shown = inspect(problem, { depth: 10 });
        expect(shown).not.toContain(message);
        expect(shown).not.toContain(cause);
      }),
    );
  });

  it('is read with the words of the server, since nothing was sent', async () => {
    const { url } = await script(() => status(403, 'Forbidden', 'User "trimtab" cannot get resource "secrets"'));
    const { reader } = await clientsOf(registered(url));
    const key = { group: '', kind: 'Secret', namespace: 'shop', name: 'db' };
    expect((await problemOf(reader.get('v1', key))).message).toContain('User "trimtab" cannot get');
  });
});

it("does not hand on a warning that quotes a Secret's value", async () => {
  const { url } = await script(({ method }) =>
    method === 'GET'
      ? { status: 404 }
      : {
          status: 201,
          headers: { warning: '299 - "the password hunter22 is \\"weak\\"", 299 - "use v2"' },
          body: { metadata: { resourceVersion: '1' } },
        },
  );
  const { writer } = await clientsOf(registered(url));
  const secret: Manifest = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db', namespace: 'shop' },
    data: { password: Buffer.from('hunter22').toString('base64') },
  };
  const { warnings } = await writer.apply(secret);
  expect(warnings).toEqual(['a warning that is not shown, since it quotes the Secret', 'use v2']);
});
