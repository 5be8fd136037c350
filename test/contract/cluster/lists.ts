import { expect, it } from 'vitest';
import type { Client } from './client.ts';
import { configMap, makeNamespace } from './fixtures.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** Lists: selectors, pages, forms. */
export function listsContract(client: () => Client): void {
  async function threeMaps(): Promise<string> {
    const namespace = await makeNamespace(client());
    const collection = `/api/v1/namespaces/${namespace}/configmaps`;
    await client().post(collection, configMap('c', {}, { tier: 'back', owner: 'contract' }));
    await client().post(collection, configMap('a', {}, { tier: 'front', owner: 'contract' }));
    await client().post(collection, configMap('b', {}, { owner: 'contract' }));
    return collection;
  }
  const names = (json: { readonly items: readonly { readonly metadata: { readonly name: string } }[] }) =>
    json.items.map((item) => item.metadata.name);

  it('lists a namespace in the order of names, without the kind on the items', async () => {
    const collection = await threeMaps();
    const { json } = await client().get(`${collection}?labelSelector=owner%3Dcontract`);
    expect(json).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(names(json)).toEqual(['a', 'b', 'c']);
    expect(json.items[0].kind).toBeUndefined();
    expect(json.metadata.resourceVersion).toMatch(/^\d+$/);
  });

  it.each([
    ['tier=front', ['a']],
    ['tier!=front,owner=contract', ['b', 'c']],
    ['tier in (front, back)', ['a', 'c']],
    ['tier notin (front),owner', ['b', 'c']],
    ['owner,!tier', ['b']],
  ])('selects by labels: %s', async (selector, expected) => {
    const collection = await threeMaps();
    const { json } = await client().get(`${collection}?labelSelector=${encodeURIComponent(selector)}`);
    expect(names(json)).toEqual(expected);
  });

  it('selects by name and namespace, across namespaces too', async () => {
    const collection = await threeMaps();
    const namespace = collection.split('/')[4];
    expect(names((await client().get(`${collection}?fieldSelector=metadata.name%3Db`)).json)).toEqual(['b']);
    const everywhere = await client().get(
      `/api/v1/configmaps?fieldSelector=metadata.namespace%3D${namespace}&labelSelector=owner`,
    );
    expect(names(everywhere.json)).toEqual(['a', 'b', 'c']);
  });

  it('refuses to select by a field that the kind cannot be selected by', async () => {
    const collection = await threeMaps();
    const { code, json } = await client().get(`${collection}?fieldSelector=data.a%3D1`);
    expect([code, json.reason]).toEqual([400, 'BadRequest']);
    expect(json.message).toContain(
      '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
    );
  });

  it('gives a long list in pages', async () => {
    const collection = await threeMaps();
    const query = 'fieldSelector=metadata.name!%3Dkube-root-ca.crt&limit=2';
    const first = (await client().get(`${collection}?${query}`)).json;
    expect(names(first)).toEqual(['a', 'b']);
    const second = (await client().get(`${collection}?${query}&continue=${first.metadata.continue}`)).json;
    expect(names(second)).toEqual(['c']);
    expect(second.metadata.continue ?? '').toBe('');
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  it('says how much is left of an unselected list', async () => {
    const collection = await threeMaps();
    const all = (await client().get(collection)).json.items.length;
    expect((await client().get(`${collection}?limit=1`)).json.metadata.remainingItemCount).toBe(all - 1);
  });

  it('refuses a page token that is none', async () => {
    const collection = await threeMaps();
    const { code, json } = await client().get(`${collection}?limit=1&continue=nonsense`);
    expect(code).toBe(400);
    expect(json.message).toContain('continue key is not valid');
  });

  it('gives tables to those who accept them', async () => {
    const collection = await threeMaps();
    const { json } = await client().get(`${collection}?labelSelector=owner`, TABLE);
    expect(json.kind).toBe('Table');
    expect(json.columnDefinitions.map((column: { name: string }) => column.name)).toEqual(['Name', 'Data', 'Age']);
    expect(json.rows.map((row: { cells: readonly unknown[] }) => row.cells.slice(0, 2))).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 0],
    ]);
    expect(json.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } });
  });

  it('gives metadata alone to those who accept it', async () => {
    const collection = await threeMaps();
    const { json } = await client().get(
      `${collection}/a`,
      'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
    );
    expect(json).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'a' },
    });
    expect(json.data).toBeUndefined();
  });
}
