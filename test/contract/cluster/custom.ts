import { expect, it } from 'vitest';
import type { Client } from './client.ts';
import { makeNamespace, uniqueName } from './fixtures.ts';

const SCHEMA = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1 },
        mode: { type: 'string', enum: ['fast', 'safe'], default: 'safe' },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' }, port: { type: 'integer' } },
          },
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: { type: 'object', properties: { phase: { type: 'string' } } },
  },
};

/** Kinds that a CustomResourceDefinition brings. */
export function customContract(client: () => Client): void {
  /** Makes a kind of its own; returns the collection of it in a new namespace, once it is served. */
  async function define(): Promise<{ readonly collection: string; readonly apiVersion: string; readonly crd: string }> {
    const group = `${uniqueName('g')}.example.com`;
    const crd = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${group}`;
    const created = await client().post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `widgets.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: SCHEMA },
            subresources: { status: {} },
            additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
          },
        ],
      },
    });
    expect(created.code).toBe(201);
    const namespace = await makeNamespace(client());
    const collection = `/apis/${group}/v1/namespaces/${namespace}/widgets`;
    await expect.poll(async () => (await client().get(collection)).code, { timeout: 10_000 }).toBe(200);
    return { collection, apiVersion: `${group}/v1`, crd };
  }
  const widget = (apiVersion: string, spec: Readonly<Record<string, unknown>>) => ({
    apiVersion,
    kind: 'Widget',
    metadata: { name: 'one' },
    spec,
  });

  it('serves the kind, with its defaults, and keeps only what the schema knows', async () => {
    const { collection, apiVersion } = await define();
    const { code, json } = await client().post(
      collection,
      widget(apiVersion, { size: 3, unknown: true, free: { any: ['thing'] } }),
    );
    expect(code).toBe(201);
    expect(json.spec).toEqual({ size: 3, mode: 'safe', free: { any: ['thing'] } });
    expect(json.metadata.generation).toBe(1);
    const list = (await client().get(collection)).json;
    expect(list.kind).toBe('WidgetList');
    expect(list.items[0]).toMatchObject({ apiVersion, kind: 'Widget' });
  });

  it('tells discovery of it', async () => {
    const { apiVersion } = await define();
    await expect
      .poll(async () => (await client().get(`/apis/${apiVersion}`)).json?.resources?.length ?? 0)
      .toBeGreaterThan(0);
    const { json } = await client().get(`/apis/${apiVersion}`);
    expect(json.resources.map((one: { name: string }) => one.name)).toEqual(
      expect.arrayContaining(['widgets', 'widgets/status']),
    );
  });

  it('judges it by its schema', async () => {
    const { collection, apiVersion } = await define();
    const wrong = await client().post(collection, widget(apiVersion, { size: 'big' }));
    expect([wrong.code, wrong.json.reason]).toEqual([422, 'Invalid']);
    expect(wrong.json.message).toContain(
      'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
    );
    const missing = await client().post(collection, widget(apiVersion, {}));
    expect(missing.json.message).toContain('spec.size: Required value');
    const other = await client().post(collection, widget(apiVersion, { size: 1, mode: 'loose' }));
    expect(other.json.message).toContain('spec.mode: Unsupported value: "loose": supported values: "fast", "safe"');
    const strict = await client().post(`${collection}?fieldValidation=Strict`, widget(apiVersion, { size: 1, foo: 1 }));
    expect(strict.code).toBe(400);
    expect(strict.json.message).toContain('strict decoding error: unknown field "spec.foo"');
  });

  it('merges its lists by their keys in an apply', async () => {
    const { collection, apiVersion } = await define();
    await client().apply(
      `${collection}/one`,
      'first',
      widget(apiVersion, { size: 1, ports: [{ name: 'http', port: 80 }] }),
    );
    const second = await client().apply(
      `${collection}/one`,
      'second',
      widget(apiVersion, { size: 1, ports: [{ name: 'grpc', port: 90 }] }),
    );
    expect(second.json.spec.ports).toEqual(
      expect.arrayContaining([
        { name: 'http', port: 80 },
        { name: 'grpc', port: 90 },
      ]),
    );
    const gone = await client().apply(`${collection}/one`, 'first', widget(apiVersion, { size: 1 }));
    expect(gone.json.spec.ports).toEqual([{ name: 'grpc', port: 90 }]);
  });

  it('wants to be told which version a PUT replaces', async () => {
    const { collection, apiVersion } = await define();
    await client().post(collection, widget(apiVersion, { size: 1 }));
    const { code, json } = await client().put(`${collection}/one`, widget(apiVersion, { size: 2 }));
    expect(code).toBe(422);
    expect(json.message).toMatch(/metadata\.resourceVersion: Invalid value: \S+: must be specified for an update/);
  });

  it('knows no strategic merge patch', async () => {
    const { collection, apiVersion } = await define();
    await client().post(collection, widget(apiVersion, { size: 1 }));
    expect((await client().strategic(`${collection}/one`, { spec: { size: 2 } })).code).toBe(415);
  });

  it('shows the columns that it asks for', async () => {
    const { collection, apiVersion } = await define();
    await client().post(collection, widget(apiVersion, { size: 7 }));
    const { json } = await client().get(collection, 'application/json;as=Table;v=v1;g=meta.k8s.io');
    expect(json.columnDefinitions.map((column: { name: string }) => column.name)).toEqual(['Name', 'Size']);
    expect(json.rows[0].cells).toEqual(['one', 7]);
  });
}
