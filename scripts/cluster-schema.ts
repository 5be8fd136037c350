/**
 * Writes src/local/cluster/schema.generated.json: the fields of every built-in kind that the embedded cluster serves, one
 * compact line a type (`replicas:int32,selector:V1LabelSelector,…`). It is cut out of the type maps of `@kubernetes/client-node`, which
 * are made from the OpenAPI description of the same release as the embedded cluster plays. Run it again when that package moves on.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { builtInResources } from '../src/local/cluster/kinds.ts';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

const models = new URL('../node_modules/@kubernetes/client-node/dist/gen/models/', import.meta.url);
const known = new Set(
  readdirSync(models)
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -3)),
);
const types: Record<string, string> = {};

for (const resource of builtInResources()) if (resource.type !== undefined) await visit(resource.type);
await visit('V1DeleteOptions');
await visit('V1Scale');

const sorted = Object.fromEntries(Object.entries(types).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(
  new URL('../src/local/cluster/schema.generated.json', import.meta.url),
  `${JSON.stringify(sorted, null, 1)}\n`,
);

async function visit(type: string): Promise<void> {
  if (types[type] !== undefined || !known.has(type)) return;
  types[type] = '';
  const attributes = await attributesOf(type);
  const required = requiredOf(type);
  types[type] = attributes
    .map((one) => `${one.baseName}${required.has(one.baseName) ? '!' : ''}:${compact(one)}`)
    .join(',');
  for (const one of attributes) for (const inner of one.type.matchAll(/\w+/g)) await visit(inner[0]);
}

async function attributesOf(type: string): Promise<readonly Attribute[]> {
  const module: unknown = await import(new URL(`${type}.js`, models).href);
  const holder = (module as Record<string, { readonly attributeTypeMap: readonly Attribute[] } | undefined>)[type];
  return holder?.attributeTypeMap ?? [];
}

/** What the declarations name without a question mark is required by the API. */
function requiredOf(type: string): ReadonlySet<string> {
  const text = readFileSync(new URL(`${type}.d.ts`, models), 'utf8');
  return new Set([...text.matchAll(/^ {4}'(\w+)': /gm)].map((found) => found[1] ?? ''));
}

function compact(attribute: Attribute): string {
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(attribute.type);
  if (map !== null) return `{${scalar(map[1] ?? '', attribute.format)}}`;
  return scalar(attribute.type, attribute.format);
}

function scalar(type: string, format: string): string {
  const list = /^Array<(.*)>$/.exec(type);
  if (list !== null) return `[${scalar(list[1] ?? '', format)}]`;
  if (type === 'number') return format === 'double' ? 'double' : format === '' ? 'int64' : format;
  if (type === 'IntOrString') return 'intstr';
  if (type === 'Date') return 'time';
  if (type === 'string' && format === 'byte') return 'byte';
  if (type === 'V1MicroTime') return 'time';
  return type;
}
