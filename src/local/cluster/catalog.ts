import { isObject, listAt, objectAt, textAt, valueAt } from './json.ts';
import { builtInResources, type Resource } from './kinds.ts';
import { ANY, builtInSchema, customSchema, type ObjectSchema } from './schema.ts';
import type { Store } from './store.ts';

/** A served resource together with its schema. */
export interface Served extends Resource {
  readonly schema: ObjectSchema;
  /** Columns that a CustomResourceDefinition asks for in tables. */
  readonly columns: readonly { readonly name: string; readonly type: string; readonly jsonPath: string }[];
  /** The CustomResourceDefinition's openAPIV3Schema, for defaults; undefined for built-in kinds. */
  readonly openApi: unknown;
}

/** What the server serves at the moment: the built-in kinds and those of the CustomResourceDefinitions. */
export interface Catalog {
  all(): readonly Served[];
  find(group: string, version: string, plural: string): Served | undefined;
  byKind(apiVersion: string, kind: string): Served | undefined;
  /** Under which name the store keeps objects of a resource, whatever version they are read in. */
  storageOf(resource: Resource): string;
  /** Any served version of what is stored under a name. */
  byStorage(storage: string): Served | undefined;
}

const UNKNOWN: ObjectSchema = {
  shape: 'object',
  typeName: '',
  fields: () => new Map(),
  rest: ANY,
  atomic: false,
  required: [],
};

const CRDS = 'apiextensions.k8s.io/customresourcedefinitions';

/** The catalog over a store; custom kinds follow what the store holds. */
export function createCatalog(store: Store): Catalog {
  const builtIn = builtInResources().map((resource): Served => {
    const schema = resource.type === undefined ? undefined : builtInSchema(resource.type);
    return { ...resource, schema: schema ?? UNKNOWN, columns: [], openApi: undefined };
  });
  let served: readonly Served[] = builtIn;
  let index = indexOf(served);
  store.subscribe((event) => {
    if (event.resource !== CRDS) return;
    served = [...builtIn, ...store.list(CRDS).flatMap((entry) => customResources(entry.object))];
    index = indexOf(served);
  });
  const storageOf = (resource: Resource) => `${resource.group}/${resource.plural}`;
  return {
    all: () => served,
    find: (group, version, plural) => index.get(`${group}/${version}/${plural}`),
    byKind: (apiVersion, kind) => {
      const slash = apiVersion.indexOf('/');
      const group = slash < 0 ? '' : apiVersion.slice(0, slash);
      const version = apiVersion.slice(slash + 1);
      return served.find((one) => one.kind === kind && one.group === group && one.version === version);
    },
    storageOf,
    byStorage: (storage) => index.get(storage),
  };
}

function indexOf(served: readonly Served[]): ReadonlyMap<string, Served> {
  const index = new Map<string, Served>();
  for (const one of served) {
    index.set(`${one.group}/${one.version}/${one.plural}`, one);
    if (!index.has(`${one.group}/${one.plural}`)) index.set(`${one.group}/${one.plural}`, one);
  }
  return index;
}

/** The resources that an established CustomResourceDefinition brings: one a served version, the storage version first. */
function customResources(crd: unknown): readonly Served[] {
  const names = objectAt(crd, 'spec', 'names');
  const established = listAt(crd, 'status', 'conditions').some(
    (one) => textAt(one, 'type') === 'Established' && textAt(one, 'status') === 'True',
  );
  if (!established) return [];
  const kind = textAt(names, 'kind');
  const plural = textAt(names, 'plural');
  return listAt(crd, 'spec', 'versions')
    .filter((version) => valueAt(version, 'served') === true)
    .map((version): Served => {
      const openApi = valueAt(version, 'schema', 'openAPIV3Schema');
      const subresources = objectAt(version, 'subresources');
      return {
        group: textAt(crd, 'spec', 'group'),
        version: textAt(version, 'name'),
        kind,
        plural,
        singular: textAt(names, 'singular') || kind.toLowerCase(),
        namespaced: textAt(crd, 'spec', 'scope') === 'Namespaced',
        shortNames: listAt(names, 'shortNames').map(String),
        categories: listAt(names, 'categories').map(String),
        subresources: ['status', 'scale'].filter((name) => isObject(subresources[name])),
        type: undefined,
        generation: true,
        custom: `${plural}.${textAt(crd, 'spec', 'group')}`,
        schema: customSchema(openApi, kind),
        columns: listAt(version, 'additionalPrinterColumns').map((column) => ({
          name: textAt(column, 'name'),
          type: textAt(column, 'type'),
          jsonPath: textAt(column, 'jsonPath'),
        })),
        openApi,
      };
    });
}
