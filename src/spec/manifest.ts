/** One entry of `metadata.managedFields`: who owns which fields, and since when. */
export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: 'Apply' | 'Update';
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
  readonly subresource?: string;
}

/** The part of ObjectMeta that trimtab looks at; everything else passes through untouched. */
export interface ObjectMeta {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly { readonly uid: string; readonly kind: string; readonly name: string }[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
  readonly [field: string]: unknown;
}

/** Any Kubernetes object, as raw JSON: no field is ever lost on its way through trimtab. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** What names a resource in one cluster, whatever version it is written in. Namespace is '' for cluster-scoped kinds. */
export interface ResourceKey {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** API group of an apiVersion: `apps/v1` → `apps`, `v1` → ''. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** The other way: `apps/v1`, or `v1` for the core group. */
export function apiVersionOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The key of a manifest. `namespace` is what the manifest says ('' if it says nothing). */
export function keyOf(manifest: Manifest): ResourceKey {
  return {
    group: groupOf(manifest.apiVersion),
    kind: manifest.kind,
    namespace: manifest.metadata.namespace ?? '',
    name: manifest.metadata.name ?? '',
  };
}

/** `group/Kind:namespace/name`, unique in a cluster: the form of Argo CD's tracking id without its application. */
export function keyText(key: ResourceKey): string {
  return `${key.group}/${key.kind}:${key.namespace}/${key.name}`;
}

/** The opposite of `keyText`; undefined when the text is not of that form. */
export function parseKey(text: string): ResourceKey | undefined {
  const found = /^([^/:]*)\/([^/:]+):([^/:]*)\/(.+)$/.exec(text);
  if (found === null) return undefined;
  const [, group = '', kind = '', namespace = '', name = ''] = found;
  return { group, kind, namespace, name };
}

/** A resource as people name it: `Deployment shop/web`, `ClusterRole admin`. */
export function resourceText(key: ResourceKey): string {
  return `${key.kind} ${key.namespace === '' ? '' : `${key.namespace}/`}${key.name}`;
}
