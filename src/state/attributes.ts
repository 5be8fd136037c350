/** A value of an item: what trimtab keeps is text, numbers and bytes. */
export type Value = string | number | Uint8Array;

/** A value in DynamoDB's JSON: numbers travel as text, bytes in base64. */
type Attribute = { readonly S: string } | { readonly N: string } | { readonly B: string };

/**
 * Values by name, as DynamoDB's JSON has them; what is undefined is left out.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html#Programming.LowLevelAPI.DataTypeDescriptors
 */
export function toAttributes(values: Readonly<Record<string, unknown>>): Readonly<Record<string, Attribute>> {
  const kept = Object.entries(values).filter((entry): entry is [string, Value] => entry[1] !== undefined);
  return Object.fromEntries(kept.map(([name, value]) => [name, toAttribute(value)]));
}

function toAttribute(value: Value): Attribute {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  return { B: Buffer.from(value).toString('base64') };
}

/** The opposite of `toAttributes`. */
export function fromAttributes(attributes: Readonly<Record<string, Attribute>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, fromAttribute(attribute)]));
}

function fromAttribute(attribute: Attribute): Value {
  if ('S' in attribute) return attribute.S;
  if ('N' in attribute) return Number(attribute.N);
  return Buffer.from(attribute.B, 'base64');
}
