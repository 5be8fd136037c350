import { apiVersionOf } from '../../spec/manifest.ts';
import type { Catalog, Served } from './catalog.ts';
import type { Json } from './json.ts';
import type { Answer, ApiRequest } from './request.ts';

/** The release whose API the embedded cluster plays. */
export const VERSION: Json = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.0',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-04-22T00:00:00Z',
  goVersion: 'go1.26.2',
  compiler: 'gc',
  platform: 'linux/amd64',
};

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/**
 * Answers discovery: `/api`, `/apis` (aggregated or classic, as the client accepts), `/apis/<group>` and the resource list of a version.
 * Undefined when the path is none of these.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
export function discover(catalog: Catalog, request: ApiRequest): Answer | undefined {
  const parts = request.path.split('/').filter((part) => part !== '');
  const core = parts[0] === 'api';
  if (!core && parts[0] !== 'apis') return undefined;
  const aggregated = /as=APIGroupDiscoveryList/.test(request.accept) && /v=v2(?:[;,\s]|$)/.test(request.accept);
  if (parts.length === 1) {
    if (aggregated) return { code: 200, body: aggregatedList(catalog, core), contentType: AGGREGATED };
    return { code: 200, body: core ? coreVersions() : groupList(catalog) };
  }
  const group = core ? '' : (parts[1] ?? '');
  if (!core && parts.length === 2) {
    const found = groupsOf(catalog).get(group);
    return found === undefined
      ? undefined
      : { code: 200, body: { kind: 'APIGroup', apiVersion: 'v1', ...groupBody(group, found) } };
  }
  if (parts.length !== (core ? 2 : 3)) return undefined;
  const version = (core ? parts[1] : parts[2]) ?? '';
  const served = catalog.all().filter((one) => one.group === group && one.version === version);
  const [first] = served;
  if (first === undefined) return undefined;
  const resources = served.flatMap(resourceEntries);
  return {
    code: 200,
    body: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf(first), resources },
  };
}

function coreVersions(): Json {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1' }],
  };
}

/** Versions by group, in the order in which they are served; the core group is ''. */
function groupsOf(catalog: Catalog): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const one of catalog.all()) {
    const versions = groups.get(one.group) ?? [];
    if (!versions.includes(one.version)) versions.push(one.version);
    groups.set(one.group, versions);
  }
  for (const versions of groups.values()) versions.sort(byVersion);
  return groups;
}

/** GA before beta before alpha, newer before older, as the server orders versions. */
function byVersion(a: string, b: string): number {
  const rank = (version: string): readonly number[] => {
    const found = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    if (found === null) return [0, 0, 0];
    const stage = found[2] === undefined ? 3 : found[2] === 'beta' ? 2 : 1;
    return [stage, Number(found[1]), Number(found[3] ?? 0)];
  };
  const [one, other] = [rank(a), rank(b)];
  for (const index of [0, 1, 2]) {
    const difference = (other[index] ?? 0) - (one[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : 1;
}

function groupBody(group: string, versions: readonly string[]): Json {
  const listed = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: listed, preferredVersion: listed[0] };
}

function groupList(catalog: Catalog): Json {
  const groups = [...groupsOf(catalog)].filter(([group]) => group !== '');
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.map(([group, versions]) => groupBody(group, versions)),
  };
}

/** The kind that a subresource answers with; scale is of another group than its resource. */
/**
 * The kind that a resource answers with. kube-apiserver leaves group and version out in the aggregated form where they are
 * those of the resource; the server of the custom kinds writes them.
 */
function responseKind(served: Served): {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
} {
  const own = served.openApi === undefined;
  return { group: own ? '' : served.group, version: own ? '' : served.version, kind: served.kind };
}

function subresourceKind(
  served: Served,
  subresource: string,
): { readonly group: string; readonly version: string; readonly kind: string } {
  if (subresource === 'scale') return { group: 'autoscaling', version: 'v1', kind: 'Scale' };
  return responseKind(served);
}

function subresourceVerbs(subresource: string): readonly string[] {
  if (subresource === 'log') return ['get'];
  return subresource === 'finalize' ? ['update'] : ['get', 'patch', 'update'];
}

function resourceEntries(served: Served): readonly Json[] {
  const entry: Json = {
    name: served.plural,
    singularName: served.singular,
    namespaced: served.namespaced,
    kind: served.kind,
    verbs: verbsOf(served),
    ...(served.shortNames.length === 0 ? {} : { shortNames: served.shortNames }),
    ...(served.categories.length === 0 ? {} : { categories: served.categories }),
    storageVersionHash: Buffer.from(`${served.group}/${served.kind}`).toString('base64').slice(0, 12),
  };
  const subresources = served.subresources.map((name): Json => {
    const { group, version, kind } = subresourceKind(served, name);
    return {
      name: `${served.plural}/${name}`,
      singularName: '',
      namespaced: served.namespaced,
      ...(name === 'scale' ? { group, version } : {}),
      kind,
      verbs: subresourceVerbs(name),
    };
  });
  return [entry, ...subresources];
}

/** Namespaces are deleted one by one. */
function verbsOf(served: Served): readonly string[] {
  return served.type === 'V1Namespace' ? VERBS.filter((verb) => verb !== 'deletecollection') : VERBS;
}

function aggregatedList(catalog: Catalog, core: boolean): Json {
  const items = [...groupsOf(catalog)]
    .filter(([group]) => (group === '') === core)
    .map(([group, versions]) => ({
      metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
      versions: versions.map((version) => ({
        version,
        resources: catalog
          .all()
          .filter((one) => one.group === group && one.version === version)
          .map(aggregatedEntry),
        freshness: 'Current',
      })),
    }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

function aggregatedEntry(served: Served): Json {
  return {
    resource: served.plural,
    responseKind: responseKind(served),
    scope: served.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: served.singular,
    verbs: verbsOf(served),
    ...(served.shortNames.length === 0 ? {} : { shortNames: served.shortNames }),
    ...(served.categories.length === 0 ? {} : { categories: served.categories }),
    ...(served.subresources.length === 0
      ? {}
      : {
          subresources: served.subresources.map((name) => ({
            subresource: name,
            responseKind: subresourceKind(served, name),
            verbs: subresourceVerbs(name),
          })),
        }),
  };
}
