import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromFieldsV1, toFieldsV1 } from '../../../src/local/cluster/field-set.ts';
import type { Json } from '../../../src/local/cluster/json.ts';
import { applyTyped, trackUpdate, type Writer } from '../../../src/local/cluster/managed-fields.ts';
import { ANY, builtInSchema, type ObjectSchema } from '../../../src/local/cluster/schema.ts';
import { fieldsOf } from '../../../src/local/cluster/typed.ts';
import { at } from './api.ts';

const found = builtInSchema('V1ConfigMap');
if (found === undefined) throw new Error('the schema table lacks ConfigMap');
const schema: ObjectSchema = found;

const writer = (manager: string, operation: Writer['operation'] = 'Apply'): Writer => ({
  manager,
  operation,
  subresource: '',
  apiVersion: 'v1',
  time: '2026-11-24T12:00:00Z',
});
const config = (data: Json): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data });
const data = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', '__proto__'), fc.constantFrom('1', '2', '3'));

it('applying the same again changes nothing', () => {
  fc.assert(
    fc.property(data, data, (mine, theirs) => {
      const base = applyTyped(undefined, config(theirs), schema, writer('other'), true);
      const once = applyTyped(base, config(mine), schema, writer('me'), true);
      expect(applyTyped(once, config(mine), schema, writer('me'), false)).toEqual(once);
    }),
  );
});

it('what is applied by force is there, and what only its manager owned goes with it', () => {
  fc.assert(
    fc.property(data, data, data, (theirs, first, second) => {
      const base = applyTyped(undefined, config(theirs), schema, writer('other'), true);
      const once = applyTyped(base, config(first), schema, writer('me'), true);
      const twice = applyTyped(once, config(second), schema, writer('me'), true);
      const kept = new Map(
        Object.entries(theirs).filter(([key, value]) => !Object.hasOwn(first, key) || first[key] === value),
      );
      const expected = new Map([...kept, ...Object.entries(second)]);
      expect(new Map(Object.entries(at(twice, 'data') ?? {}))).toEqual(expected);
    }),
  );
});

it('without force, an apply either conflicts or leaves what others own as it was', () => {
  fc.assert(
    fc.property(data, data, (theirs, mine) => {
      const live = trackUpdate(undefined, config(theirs), schema, writer('kubectl-edit', 'Update'));
      const clashes = Object.entries(mine).filter(
        ([key, value]) => Object.hasOwn(theirs, key) && theirs[key] !== value,
      );
      const apply = () => applyTyped(live, config(mine), schema, writer('me'), false);
      if (clashes.length > 0)
        expect(apply).toThrow(/^Apply failed with \d+ conflicts?: conflicts? with "kubectl-edit" using v1:/);
      else expect(at(apply(), 'data')).toEqual({ ...theirs, ...mine });
    }),
  );
});

it('fieldsV1 is read back as it was written', () => {
  const value = fc.dictionary(fc.string({ minLength: 1 }), fc.dictionary(fc.string({ minLength: 1 }), fc.string()));
  fc.assert(
    fc.property(value, (object) => {
      const fields = toFieldsV1(fieldsOf(object, ANY));
      expect(toFieldsV1(fromFieldsV1(fields))).toEqual(fields);
    }),
  );
});
