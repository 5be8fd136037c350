import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  clientsOf,
  configMap,
  deployment,
  problemOf,
  type Reply,
  registered,
  script,
  startCluster,
  status,
} from './support.ts';

const KEY = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' } as const;

/** Answers reads with "not there", and writes as told. */
async function writerAgainst(reply: Reply) {
  const { url, asked } = await script(({ method }) => (method === 'GET' ? { status: 404 } : reply));
  return { ...(await clientsOf(registered(url), { wait: async () => undefined })), asked };
}

describe('a refusal', () => {
  it("keeps the server's reason and its causes, and says which resource", async () => {
    const message = 'Deployment.apps "web" is invalid: spec.template.spec.containers[0].image: Required value';
    const causes = [
      { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.template.spec.containers[0].image' },
      { reason: 'FieldValueInvalid', message: 'Invalid value: -1', field: 'spec.replicas' },
    ];
    const { writer } = await writerAgainst(status(422, 'Invalid', message, { causes }));
    const problem = await problemOf(writer.apply(deployment()));
    expect(problem).toMatchObject({ code: 'cluster-refused', where: { resource: 'Deployment shop/web' } });
    expect(problem.message).toBe(
      `Cluster production could not apply Deployment shop/web: ${message} (spec.replicas: Invalid value: -1)`,
    );
  });

  it('that quotes a whole object still says what is wrong with it', async () => {
    const template = JSON.stringify({ labels: { app: 'a } in a text' }, spec: 'x'.repeat(4000) });
    const message = (quoted: string): string =>
      `Job.batch "once" is invalid: [spec.template: Invalid value: ${quoted}: field is immutable, spec.selector: Invalid value: {"a":1}: field is immutable]`;
    const { writer } = await writerAgainst(status(422, 'Invalid', message(template)));
    expect((await problemOf(writer.apply(deployment()))).message).toContain(message('{…}'));
    const open = await writerAgainst(status(422, 'Invalid', `Invalid value: {${'x'.repeat(300)}`));
    expect((await problemOf(open.writer.apply(deployment()))).message).toContain(`{${'x'.repeat(300)}`);
  });

  it.each([
    ['field is immutable', 'immutable-field'],
    ["updates to statefulset spec for fields other than 'replicas' are forbidden", 'immutable-field'],
    ['spec is immutable after creation except resources.requests', 'immutable-field'],
    ['pod updates may not change fields other than `spec.containers[*].image`', 'immutable-field'],
    ['cannot change roleRef', 'immutable-field'],
    ['may not be changed once set', 'immutable-field'],
    ['must be no more than 63 characters', 'cluster-refused'],
  ])('says with what to do that a field cannot change: %s', async (message, code) => {
    const causes = [{ reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field: 'spec' }];
    const { writer } = await writerAgainst(status(422, 'Invalid', `spec: Forbidden: ${message}`, { causes }));
    const problem = await problemOf(writer.apply(deployment()));
    expect(problem.code).toBe(code);
    expect(problem.fix?.includes('Force=true,Replace=true') === true).toBe(code === 'immutable-field');
  });

  it('tells a webhook that does not answer from a server that does not', async () => {
    const words = 'Internal error occurred: failed calling webhook "inject.example.com": connect: connection refused';
    const { writer } = await writerAgainst(status(500, 'InternalError', words));
    const problem = await problemOf(writer.apply(deployment()));
    expect(problem).toMatchObject({ code: 'webhook-failed', message: expect.stringContaining(words) });
    const other = await writerAgainst(status(500, 'InternalError', 'etcdserver: request timed out'));
    expect((await problemOf(other.writer.apply(deployment()))).code).toBe('unavailable');
  });

  it('does not offer to create anew what would be refused as well', async () => {
    const causes = ['field is immutable', 'Invalid value: -1'].map((message) => ({ message, field: 'spec' }));
    const { writer } = await writerAgainst(status(422, 'Invalid', 'invalid', { causes }));
    expect((await problemOf(writer.apply(deployment()))).code).toBe('cluster-refused');
  });

  it.each([
    [401, 'Unauthorized', 'unauthorized'],
    [403, 'Forbidden', 'forbidden'],
    [404, 'NotFound', 'not-found'],
    [409, 'Conflict', 'conflict'],
    [400, 'BadRequest', 'cluster-refused'],
    [413, 'RequestEntityTooLarge', 'cluster-refused'],
    [500, 'InternalError', 'unavailable'],
    [503, 'ServiceUnavailable', 'unavailable'],
  ])('of status %d (%s) is %s', async (code, reason, expected) => {
    const { writer, asked } = await writerAgainst(status(code, reason, 'said by the server'));
    const problem = await problemOf(writer.apply(deployment()));
    expect(problem.code).toBe(expected);
    expect(problem.message).toContain('said by the server');
    expect(asked.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });

  it('without a Status still says what came', async () => {
    const { writer } = await writerAgainst({ status: 502, body: '<html>Bad Gateway</html>' });
    expect((await problemOf(writer.apply(deployment()))).message).toMatch(/it answered 502\.$/);
  });
});

describe('a busy server', () => {
  it('is asked again when it says, also for a write, since it had not begun', async () => {
    const waited: number[] = [];
    const { url } = await script(({ method }, nth) => {
      if (method === 'GET') return { status: 404 };
      return nth < 4 ? { ...status(429, 'TooManyRequests', 'busy'), headers: { 'retry-after': '2' } } : { status: 201 };
    });
    const { writer } = await clientsOf(registered(url), { wait: async (ms) => waited.push(ms) });
    await writer.create(configMap('a'));
    expect(waited).toEqual([2000, 2000, 2000]);
  });

  it('that wants to be left alone for long is left to the caller', async () => {
    const { writer, asked } = await writerAgainst({
      ...status(429, 'TooManyRequests', 'busy'),
      headers: { 'retry-after': '60' },
    });
    expect(await problemOf(writer.create(configMap('a')))).toMatchObject({
      code: 'rate-limited',
      retryAfterSeconds: 60,
    });
    expect(asked).toHaveLength(1);
  });

  it('gives up in the end', async () => {
    const { writer, asked } = await writerAgainst(status(429, 'TooManyRequests', 'busy'));
    expect(await problemOf(writer.create(configMap('a')))).toMatchObject({ code: 'rate-limited' });
    expect(asked).toHaveLength(4);
  });
});

describe('a read', () => {
  it('is repeated after an error of the server, and after a cut connection', async () => {
    const { url } = await script((_, nth) => {
      if (nth === 1) return status(500, 'InternalError', 'etcdserver: leader changed');
      return nth === 2 ? { drop: true } : { body: deployment() };
    });
    const { reader } = await clientsOf(registered(url));
    expect(await reader.get('apps/v1', KEY)).toMatchObject({ kind: 'Deployment' });
  });

  it('is given up after some tries', async () => {
    const { url, asked } = await script(() => status(503, 'ServiceUnavailable', 'down'));
    const { reader } = await clientsOf(registered(url));
    expect(await problemOf(reader.get('apps/v1', KEY))).toMatchObject({ code: 'unavailable' });
    expect(asked).toHaveLength(4);
  });
});

describe('a write', () => {
  it('is not repeated after a cut connection, since it may have happened', async () => {
    const { writer, asked } = await writerAgainst({ drop: true });
    expect(await problemOf(writer.create(configMap('a')))).toMatchObject({ code: 'cluster-unreachable' });
    expect(asked).toHaveLength(1);
  });
});

describe('a cluster that is not reached', () => {
  it('refuses connections', async () => {
    const { cluster, reader } = await startCluster();
    await cluster.close();
    const problem = await problemOf(reader.kinds());
    expect(problem.code).toBe('cluster-unreachable');
    expect(problem.message).toBe(
      `Cluster production could not say what it serves: ${cluster.url}/ was not reached, nothing listens there.`,
    );
    expect(problem.fix).toContain('Is the API server up');
  });

  it('does not answer in time', async () => {
    const { url } = await script(() => ({ hang: true }));
    const { reader } = await clientsOf(registered(`${url}/slow`), { timeoutMs: 50 });
    const problem = await problemOf(reader.kinds());
    expect(problem.code).toBe('cluster-unreachable');
    expect(problem.message).toContain('did not answer in time');
  });

  it('is not an API server at all', async () => {
    const { url } = await script(() => ({ body: '<html>Log in</html>' }));
    const { reader } = await clientsOf(registered(`${url}/login`));
    const problem = await problemOf(reader.kinds());
    expect(problem.code).toBe('cluster-unreachable');
    expect(problem.message).toContain('not with JSON');
  });

  it('speaks plain http where https is expected', async () => {
    const { url } = await script(() => ({}));
    const { reader } = await clientsOf(registered(url.replace('http:', 'https:')));
    const problem = await problemOf(reader.kinds());
    expect(problem.code).toBe('cluster-unreachable');
    expect(problem.message).toContain('does not speak TLS');
  });
});

describe('TLS', () => {
  const file = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
  const [cert, key] = [file('server.crt'), file('server.key')];
  const caData = Buffer.from(cert).toString('base64');

  async function problemWith(tlsClientConfig: Readonly<Record<string, unknown>>) {
    const { url } = await script(() => ({ body: { gitVersion: 'v1.36.0' } }), { key, cert });
    const { reader } = await clientsOf(registered(url, { config: { tlsClientConfig } }));
    return await reader.facts().catch((error: unknown) => error);
  }

  it('is refused with a certificate that no known CA signed', async () => {
    expect(await problemWith({ serverName: 'api.shop.example' })).toMatchObject({
      code: 'cluster-unreachable',
      fix: expect.stringContaining('caData'),
    });
  });

  it('is refused with a certificate of another name', async () => {
    expect(await problemWith({ caData })).toMatchObject({
      code: 'cluster-unreachable',
      fix: expect.stringContaining('serverName'),
    });
  });

  it('is accepted with the CA and the name of the registration, and by choice with none', async () => {
    expect(await problemWith({ caData, serverName: 'api.shop.example' })).toMatchObject({ kubeVersion: 'v1.36.0' });
    expect(await problemWith({ caData: cert, serverName: 'api.shop.example' })).toMatchObject({
      kubeVersion: 'v1.36.0',
    });
    expect(await problemWith({ insecure: true })).toMatchObject({ kubeVersion: 'v1.36.0' });
  });
});
