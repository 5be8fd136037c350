import type { Catalog, Served } from './catalog.ts';
import type { Json } from './json.ts';

/** A request as the verbs see it, already parsed. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly contentType: string;
  readonly userAgent: string;
  /** The parsed body; undefined when there is none. */
  readonly body: unknown;
}

/** What a request under /api or /apis is about. */
export interface Target {
  readonly served: Served;
  readonly namespace: string;
  /** '' for a collection. */
  readonly name: string;
  readonly subresource: string;
}

/** A complete answer; streams are written elsewhere. */
export interface Answer {
  readonly code: number;
  /** JSON, or text that is sent as it is. */
  readonly body: Json | string;
  readonly contentType?: string;
}

/**
 * Reads the path of a resource: `/apis/apps/v1/namespaces/shop/deployments/web/scale`. Undefined when nothing is served there.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
 */
export function readTarget(catalog: Catalog, path: string): Target | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(path)) return undefined;
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const core = parts[0] === 'api';
  if (!core && parts[0] !== 'apis') return undefined;
  const group = core ? '' : (parts[1] ?? '');
  const version = (core ? parts[1] : parts[2]) ?? '';
  const rest = parts.slice(core ? 2 : 3);
  const inNamespace =
    rest[0] === 'namespaces' && rest.length > 2 && catalog.find(group, version, rest[2] ?? '') !== undefined;
  const [plural = '', name = '', subresource = '', ...more] = inNamespace ? rest.slice(2) : rest;
  const served = catalog.find(group, version, plural);
  if (served === undefined || more.length > 0) return undefined;
  if (inNamespace && !served.namespaced) return undefined;
  if (!inNamespace && served.namespaced && name !== '') return undefined;
  if (subresource !== '' && !served.subresources.includes(subresource)) return undefined;
  return { served, namespace: inNamespace ? (rest[1] ?? '') : '', name, subresource };
}

/** What the client would like to read: objects, tables or metadata only. The first that is known wins. */
export function wantedForm(accept: string): 'object' | 'table' | 'metadata' | 'none' {
  for (const part of accept === '' ? ['*/*'] : accept.split(',')) {
    const [type = '', ...parameters] = part.split(';').map((one) => one.trim());
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue;
    const as = parameters.find((one) => one.startsWith('as='))?.slice(3);
    if (as === undefined) return 'object';
    if (!parameters.includes('v=v1')) continue;
    if (as === 'Table') return 'table';
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'metadata';
  }
  return 'none';
}

/** Field manager of a request: the query, or the product in the user agent, as the server takes it. */
export function managerOf(request: ApiRequest): string {
  const given = request.query.get('fieldManager') ?? '';
  return given !== '' ? given : (request.userAgent.split('/')[0] ?? '').slice(0, 128) || 'unknown';
}
