import pMap from 'p-map';
import { apiVersionOf } from '../spec/manifest.ts';
import type { ApiKind } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import type { Connection } from './connection.ts';
import { record, text } from './json.ts';

/** What a server serves, at one moment. */
interface Discovered {
  /** Each kind in each version; a group's preferred version comes first. */
  readonly kinds: readonly ApiKind[];
  /** Group versions whose kinds the server itself could not find out: an aggregated API that is down. */
  readonly stale: ReadonlySet<string>;
}

export interface Discovery {
  all(): Promise<Discovered>;
  /**
   * Looks once more if the kind is not there: its definition may have been applied a moment ago. Undefined when the
   * server has no such kind; throws Problem `unavailable` when that cannot be known.
   */
  find(apiVersion: string, kind: string): Promise<ApiKind | undefined>;
  /** The next question goes to the server, which answers 304 while nothing has changed. */
  renew(): void;
}

/**
 * Asks an API server what it serves: two requests by aggregated discovery (Kubernetes 1.26), else one for each group
 * version. https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
export function createDiscovery(connection: Connection): Discovery {
  const remembered = new Map<string, { readonly etag: string; readonly body: unknown }>();
  let current: Promise<Discovered> | undefined;

  function all(): Promise<Discovered> {
    if (current === undefined) {
      const asked = discover(connection, remembered);
      current = asked;
      asked.catch(() => {
        if (current === asked) current = undefined;
      });
    }
    return current;
  }

  return {
    all,
    find: async (apiVersion, kind) => {
      const known = findIn(await all(), apiVersion, kind);
      if (known !== undefined) return known;
      current = undefined;
      const discovered = await all();
      const found = findIn(discovered, apiVersion, kind);
      if (found === undefined && discovered.stale.has(apiVersion)) {
        throw new Problem('unavailable', `Cluster ${connection.cluster} does not know now what ${apiVersion} serves.`, {
          fix: `Look at the APIService of ${apiVersion}: kubectl get apiservices.`,
        });
      }
      return found;
    },
    renew: () => {
      current = undefined;
    },
  };
}

function findIn({ kinds }: Discovered, apiVersion: string, kind: string): ApiKind | undefined {
  return kinds.find((each) => each.kind === kind && apiVersionOf(each) === apiVersion);
}

/** A server that knows none of the aggregated forms answers with the classic one. */
const AGGREGATED = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',');

type Remembered = Map<string, { readonly etag: string; readonly body: unknown }>;

async function discover(connection: Connection, remembered: Remembered): Promise<Discovered> {
  const [core, groups] = await Promise.all(
    ['/api', '/apis'].map((path) => ask(connection, path, remembered, AGGREGATED)),
  );
  const lists = [core, groups].map(record);
  if (lists.every((list) => list['kind'] === 'APIGroupDiscoveryList')) {
    return merged(lists.flatMap((list) => array(list['items'])).flatMap((group) => aggregatedVersions(group)));
  }
  return await classic(connection, remembered);
}

interface Version {
  readonly apiVersion: string;
  readonly kinds: readonly ApiKind[];
  readonly stale: boolean;
}

function merged(versions: readonly Version[]): Discovered {
  return {
    kinds: versions.flatMap((version) => version.kinds),
    stale: new Set(versions.filter((version) => version.stale).map((version) => version.apiVersion)),
  };
}

/** The versions of a group come in the order of preference. */
function aggregatedVersions(item: unknown): readonly Version[] {
  const group = text(record(record(item)['metadata'])['name']);
  return array(record(item)['versions']).map((each) => {
    const version = text(record(each)['version']);
    const resources = array(record(each)['resources']).map(record);
    return {
      apiVersion: apiVersionOf({ group, version }),
      stale: record(each)['freshness'] === 'Stale',
      kinds: resources.flatMap((resource) =>
        asKind(group, version, {
          kind: text(record(resource['responseKind'])['kind']),
          plural: text(resource['resource']),
          namespaced: resource['scope'] === 'Namespaced',
          verbs: resource['verbs'],
        }),
      ),
    };
  });
}

async function classic(connection: Connection, remembered: Remembered): Promise<Discovered> {
  const [core, groups] = await Promise.all(['/api', '/apis'].map((path) => ask(connection, path, remembered)));
  const paths = [
    ...array(record(core)['versions']).map((version) => ({ group: '', version: text(version) })),
    ...array(record(groups)['groups']).flatMap((group) => preferredFirst(record(group))),
  ];
  return merged(await pMap(paths, (path) => classicVersion(connection, path, remembered), { concurrency: 8 }));
}

function preferredFirst(group: Readonly<Record<string, unknown>>): readonly GroupVersion[] {
  const name = text(group['name']);
  const preferred = text(record(group['preferredVersion'])['version']);
  const versions = array(group['versions']).map((each) => text(record(each)['version']));
  const ordered = [preferred, ...versions.filter((version) => version !== preferred)];
  return ordered.filter((version) => version !== '').map((version) => ({ group: name, version }));
}

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

async function classicVersion(
  connection: Connection,
  { group, version }: GroupVersion,
  remembered: Remembered,
): Promise<Version> {
  const apiVersion = apiVersionOf({ group, version });
  const body = await ask(connection, `${group === '' ? '/api' : '/apis'}/${apiVersion}`, remembered).catch(
    (error: unknown) => {
      // The server behind an aggregated API may be down; the others are there all the same.
      if (error instanceof Problem && (error.code === 'unavailable' || error.code === 'not-found')) return undefined;
      throw error;
    },
  );
  const resources = array(record(body)['resources']).map(record);
  return {
    apiVersion,
    stale: body === undefined,
    // A name with a slash is a subresource.
    kinds: resources
      .filter((resource) => !text(resource['name']).includes('/'))
      .flatMap((resource) =>
        asKind(group, version, {
          kind: text(resource['kind']),
          plural: text(resource['name']),
          namespaced: resource['namespaced'] === true,
          verbs: resource['verbs'],
        }),
      ),
  };
}

async function ask(connection: Connection, path: string, remembered: Remembered, accept?: string): Promise<unknown> {
  const key = `${path} ${accept ?? ''}`;
  const known = remembered.get(key);
  const answer = await connection.send({
    method: 'GET',
    path,
    ...(accept === undefined ? {} : { accept }),
    ...(known === undefined ? {} : { etag: known.etag, expect: [304] }),
    subject: { doing: 'say what it serves' },
  });
  if (answer.status === 304) return known?.body;
  if (answer.etag !== undefined) remembered.set(key, { etag: answer.etag, body: answer.body });
  return answer.body;
}

function asKind(
  group: string,
  version: string,
  entry: { readonly kind: string; readonly plural: string; readonly namespaced: boolean; readonly verbs: unknown },
): readonly ApiKind[] {
  const { kind, plural, namespaced } = entry;
  if (kind === '' || plural === '') return [];
  return [{ group, version, kind, plural, namespaced, verbs: array(entry.verbs).map(text) }];
}

function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
