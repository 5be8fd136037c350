import type { ServerResponse } from 'node:http';
import { apiVersionOf } from '../../spec/manifest.ts';
import { apiError, isApiError } from './api-error.ts';
import type { Catalog } from './catalog.ts';
import type { Json } from './json.ts';
import { includeOf, notAcceptable, selected, selectorOf } from './lists.ts';
import { type ApiRequest, type Target, wantedForm } from './request.ts';
import type { Entry, Store, StoreEvent } from './store.ts';
import { partialOf, tableOf } from './tables.ts';

/**
 * Streams changes as lines of JSON until the client goes or `timeoutSeconds` are over. Without a `resourceVersion` (or with 0, or with
 * `sendInitialEvents`) it begins with what is there.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export function watchObjects(
  store: Store,
  catalog: Catalog,
  request: ApiRequest,
  target: Target,
  response: ServerResponse,
  now: () => number,
): void {
  const form = wantedForm(request.accept);
  if (form === 'none') throw notAcceptable();
  const selector = selectorOf(request, target);
  const storage = catalog.storageOf(target.served);
  const matches = (entry: Entry | undefined) =>
    entry !== undefined &&
    (target.namespace === '' || entry.namespace === target.namespace) &&
    (selector === undefined || selector(entry.object));

  function shown(object: Json): Json {
    const versioned = { ...object, apiVersion: apiVersionOf(target.served), kind: target.served.kind };
    if (form === 'metadata') return partialOf(versioned);
    if (form === 'object') return versioned;
    const metadata = { resourceVersion: String(store.revision()) };
    return tableOf(target.served, [versioned], metadata, includeOf(request), now());
  }

  function send(type: string, object: Json): void {
    response.write(`${JSON.stringify({ type, object })}\n`);
  }

  /** What an event means for a watch with a selector: an object may come into the selection, or leave it. */
  function forward(event: StoreEvent): void {
    if (event.resource !== storage) return;
    const was = matches(event.before);
    const is = event.type !== 'DELETED' && matches(event.entry);
    if (is) send(was ? 'MODIFIED' : 'ADDED', shown(event.entry.object));
    else if (was) send('DELETED', shown(event.entry.object));
  }

  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  const from = request.query.get('resourceVersion') ?? '';
  const initial = request.query.get('sendInitialEvents');
  if (initial === 'true' || (initial === null && (from === '' || from === '0'))) {
    for (const entry of selected(store, catalog, request, target)) send('ADDED', shown(entry.object));
    if (initial === 'true') send('BOOKMARK', bookmark(target, store.revision()));
  } else {
    const missed = store.since(Number(from === '' ? store.revision() : from));
    if (missed === undefined) {
      send('ERROR', expired(from, store.compacted()));
      response.end();
      return;
    }
    for (const event of missed) forward(event);
  }
  response.flushHeaders();
  const stop = store.subscribe(forward);
  const seconds = Number(request.query.get('timeoutSeconds') ?? '0');
  const timer = seconds > 0 ? setTimeout(() => response.end(), seconds * 1000) : undefined;
  response.on('close', () => {
    stop();
    clearTimeout(timer);
  });
}

function bookmark(target: Target, revision: number): Json {
  return {
    kind: target.served.kind,
    apiVersion: apiVersionOf(target.served),
    metadata: { resourceVersion: String(revision), annotations: { 'k8s.io/initial-events-end': 'true' } },
  };
}

function expired(from: string, oldest: number): Json {
  const error = apiError(410, 'Expired', `too old resource version: ${from} (${oldest})`);
  return isApiError(error) ? { ...error.status } : {};
}
