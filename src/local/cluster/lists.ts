import { apiVersionOf } from '../../spec/manifest.ts';
import { apiError, badRequest } from './api-error.ts';
import type { Catalog } from './catalog.ts';
import { isObject, type Json } from './json.ts';
import type { Answer, ApiRequest, Target } from './request.ts';
import { wantedForm } from './request.ts';
import { both, fieldSelector, labelSelector, type Selector } from './selectors.ts';
import type { Entry, Store } from './store.ts';
import { type IncludeObject, partialOf, tableOf } from './tables.ts';

/** The selector of a request: labels and fields together. */
export function selectorOf(request: ApiRequest, target: Target): Selector | undefined {
  const labels = labelSelector(request.query.get('labelSelector') ?? '');
  const fields = fieldSelector(request.query.get('fieldSelector') ?? '', target.served.kind);
  const byName: Selector | undefined =
    target.name === ''
      ? undefined
      : (object) => isObject(object['metadata']) && object['metadata']['name'] === target.name;
  return both(both(labels, fields), byName);
}

/** The objects that a collection request means, without paging. */
export function selected(store: Store, catalog: Catalog, request: ApiRequest, target: Target): readonly Entry[] {
  const all = store.list(catalog.storageOf(target.served), target.namespace);
  const selector = selectorOf(request, target);
  return selector === undefined ? all : all.filter((entry) => selector(entry.object));
}

/**
 * A list, in pages when `limit` is given.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export function listObjects(store: Store, catalog: Catalog, request: ApiRequest, target: Target, now: number): Answer {
  const limit = readLimit(request.query.get('limit'));
  const start = readContinue(store, request.query.get('continue') ?? '');
  checkRevision(store, request.query.get('resourceVersion') ?? '');
  const matching = selected(store, catalog, request, target);
  const rest = start === undefined ? matching : matching.filter((entry) => keyOf(entry) > start.after);
  const page = limit === 0 ? rest : rest.slice(0, limit);
  const revision = start?.revision ?? store.revision();
  const last = page.at(-1);
  const left = rest.length - page.length;
  const narrowed =
    (request.query.get('labelSelector') ?? '') !== '' || (request.query.get('fieldSelector') ?? '') !== '';
  const metadata: Json = {
    resourceVersion: String(revision),
    ...(left > 0 && last !== undefined ? { continue: writeContinue(revision, last) } : {}),
    ...(left > 0 && !narrowed ? { remainingItemCount: left } : {}),
  };
  return render(request, target, page, metadata, now);
}

function render(request: ApiRequest, target: Target, page: readonly Entry[], metadata: Json, now: number): Answer {
  const form = wantedForm(request.accept);
  const { served } = target;
  if (form === 'none') throw notAcceptable();
  const objects = () => page.map((entry) => entry.object);
  if (form === 'table') return { code: 200, body: tableOf(served, objects(), metadata, includeOf(request), now) };
  if (form === 'metadata') {
    const items = objects().map(partialOf);
    return { code: 200, body: { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items } };
  }
  const apiVersion = apiVersionOf(served);
  const head = JSON.stringify({ kind: `${served.kind}List`, apiVersion, metadata });
  // Items of built-in kinds carry neither kind nor apiVersion; those of custom kinds do. Clients have to cope with both.
  const prefix =
    served.custom === undefined
      ? '{'
      : `{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(served.kind)},`;
  const items = page.map((entry) => prefix + entry.text().slice(1)).join(',');
  return { code: 200, body: `${head.slice(0, -1)},"items":[${items}]}` };
}

/** `?includeObject=` of a table request; the default is the metadata. */
export function includeOf(request: ApiRequest): IncludeObject {
  const given = request.query.get('includeObject');
  return given === 'None' || given === 'Object' ? given : 'Metadata';
}

/** 406 in the server's words. */
export function notAcceptable(): Error {
  return apiError(
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  );
}

function keyOf(entry: Entry): string {
  return `${entry.namespace}/${entry.name}`;
}

function readLimit(given: string | null): number {
  if (given === null || given === '') return 0;
  const limit = Number(given);
  if (!Number.isInteger(limit) || limit < 0) throw badRequest(`strconv.ParseInt: parsing "${given}": invalid syntax`);
  return limit;
}

function writeContinue(revision: number, last: Entry): string {
  const token = { v: 'meta.k8s.io/v1', rv: revision, start: keyOf(last) };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function readContinue(store: Store, token: string): { readonly revision: number; readonly after: string } | undefined {
  if (token === '') return undefined;
  const read = parse(Buffer.from(token, 'base64url').toString('utf8'));
  const revision = isObject(read) ? read['rv'] : undefined;
  const after = isObject(read) ? read['start'] : undefined;
  if (typeof revision !== 'number' || typeof after !== 'string') {
    throw badRequest('continue key is not valid: the token does not decode');
  }
  if (revision < store.compacted()) {
    throw apiError(
      410,
      'Expired',
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
    );
  }
  return { revision, after };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkRevision(store: Store, given: string): void {
  if (given === '' || given === '0') return;
  if (!/^\d+$/.test(given)) {
    throw badRequest(
      `resourceVersion: Invalid value: "${given}": strconv.ParseUint: parsing "${given}": invalid syntax`,
    );
  }
  if (Number(given) <= store.revision()) return;
  throw apiError(504, 'Timeout', `Too large resource version: ${given}, current: ${store.revision()}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
