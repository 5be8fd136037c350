import { apiError, badRequest } from './api-error.ts';
import type { Catalog } from './catalog.ts';
import { readFieldValidation } from './decode.ts';
import { discover, VERSION } from './discovery.ts';
import { isObject, type Json, objectAt, textAt } from './json.ts';
import { includeOf, listObjects, notAcceptable, selected } from './lists.ts';
import { openApi } from './openapi.ts';
import { jsonPatch, mergePatch } from './patch.ts';
import type { Place, WriteOptions } from './place.ts';
import { deletedStatus, readDeleteOptions, removeObject } from './remove.ts';
import { type Answer, type ApiRequest, managerOf, readTarget, type Target, wantedForm } from './request.ts';
import { scaleOf, withScale } from './scale.ts';
import type { Store } from './store.ts';
import type { Allocator } from './strategy.ts';
import { partialOf, tableOf } from './tables.ts';
import { type Patch, type Registry, unknownFormat, type Written } from './write.ts';

/** All that answering needs. */
export interface ApiContext {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly registry: Registry;
  readonly allocator: Allocator;
  now(): number;
}

/** An answer, or a watch that the caller has to stream. */
export type Outcome = { readonly answer: Answer } | { readonly watch: Target };

/** Answers one request; throws an ApiError for what the server refuses. `warn` is called for each Warning header. */
export function answer(context: ApiContext, request: ApiRequest, warn: (message: string) => void): Outcome {
  const plain = plainPath(context, request);
  if (plain !== undefined) return { answer: plain };
  const target = readTarget(context.catalog, request.path);
  if (target === undefined) {
    const found = request.method === 'GET' ? discover(context.catalog, request) : undefined;
    return {
      answer: found ??
        reviewed(request) ?? { code: 404, body: '404 page not found\n', contentType: 'text/plain; charset=utf-8' },
    };
  }
  if (target.served.type === 'V1Endpoints')
    warn('v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice');
  const watching = ['1', 'true'].includes(request.query.get('watch') ?? '');
  if (request.method === 'GET' && watching && target.subresource === '') return { watch: target };
  return {
    answer:
      target.name === '' ? onCollection(context, request, target, warn) : onObject(context, request, target, warn),
  };
}

function plainPath(context: ApiContext, request: ApiRequest): Answer | undefined {
  switch (request.path) {
    case '/version':
    case '/version/':
      return { code: 200, body: VERSION };
    case '/healthz':
    case '/livez':
    case '/readyz':
      return { code: 200, body: 'ok', contentType: 'text/plain; charset=utf-8' };
    case '/':
      return {
        code: 200,
        body: { paths: ['/api', '/api/v1', '/apis', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version'] },
      };
    default:
      return openApi(context.catalog, request.path);
  }
}

/** Access reviews: whoever may speak to the embedded cluster may do everything. */
function reviewed(request: ApiRequest): Answer | undefined {
  if (request.method !== 'POST' || !isObject(request.body)) return undefined;
  if (request.path === '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews') {
    return { code: 201, body: { ...request.body, status: { allowed: true } } };
  }
  if (request.path === '/apis/authentication.k8s.io/v1/selfsubjectreviews') {
    const userInfo = { username: 'admin', groups: ['system:masters', 'system:authenticated'] };
    return { code: 201, body: { ...request.body, status: { userInfo } } };
  }
  return undefined;
}

function onCollection(
  context: ApiContext,
  request: ApiRequest,
  target: Target,
  warn: (message: string) => void,
): Answer {
  switch (request.method) {
    case 'GET':
      return listObjects(context.store, context.catalog, request, target, context.now());
    case 'POST': {
      if (target.served.namespaced && target.namespace === '') throw methodNotAllowed();
      const written = context.registry.create(place(target), bodyOf(request), optionsOf(request, target, warn));
      return shown(context, request, target, written);
    }
    case 'DELETE':
      return removeAll(context, request, target);
    default:
      throw methodNotAllowed();
  }
}

function removeAll(context: ApiContext, request: ApiRequest, target: Target): Answer {
  if (target.served.type === 'V1Namespace' || (target.served.namespaced && target.namespace === ''))
    throw methodNotAllowed();
  const options = readDeleteOptions(request.body, request.query);
  const list = listObjects(
    context.store,
    context.catalog,
    { ...request, accept: 'application/json' },
    target,
    context.now(),
  );
  for (const entry of selected(context.store, context.catalog, request, target)) {
    removeObject(
      context.store,
      context.catalog,
      context.allocator,
      { ...place(target), namespace: entry.namespace, name: entry.name },
      options,
    );
  }
  return list;
}

function onObject(context: ApiContext, request: ApiRequest, target: Target, warn: (message: string) => void): Answer {
  if (target.subresource === 'log')
    return { code: 200, body: logOf(context.registry.read(place(target))), contentType: 'text/plain' };
  const options = () => optionsOf(request, target, warn);
  switch (request.method) {
    case 'GET': {
      const object = context.registry.read(place(target));
      return shown(context, request, target, { object, created: false });
    }
    case 'PUT': {
      const body = bodyOf(request);
      const whole = target.subresource === 'scale' ? withScale(context.registry.read(place(target)), body) : body;
      return shown(context, request, target, context.registry.replace(place(target), whole, options()));
    }
    case 'PATCH':
      return shown(context, request, target, patched(context, request, target, options()));
    case 'DELETE': {
      if (target.subresource !== '') throw methodNotAllowed();
      const deleteOptions = readDeleteOptions(request.body, request.query);
      const removed = removeObject(context.store, context.catalog, context.allocator, place(target), deleteOptions);
      const asStatus = removed.gone && !ANSWERED_WITH_OBJECT.has(target.served.type ?? '');
      return { code: 200, body: asStatus ? deletedStatus(target.served, removed.object) : removed.object };
    }
    default:
      throw methodNotAllowed();
  }
}

/** Kinds whose deletion answers with the object itself, for old clients; all others answer with a Status. */
const ANSWERED_WITH_OBJECT = new Set([
  'V1CSIDriver',
  'V1CSINode',
  'V1PersistentVolume',
  'V1PersistentVolumeClaim',
  'V1Pod',
  'V1PodTemplate',
  'V1ResourceQuota',
  'V1Service',
  'V1ServiceAccount',
  'V1StorageClass',
  'V1VolumeAttachment',
]);

function patched(context: ApiContext, request: ApiRequest, target: Target, options: WriteOptions): Written {
  const patch = readPatch(request);
  if (patch.format === 'apply' && (request.query.get('fieldManager') ?? '') === '') {
    throw apiError(
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      {
        group: 'meta.k8s.io',
        kind: 'PatchOptions',
        causes: [
          {
            reason: 'FieldValueRequired',
            message: 'Required value: is required for apply patch',
            field: 'fieldManager',
          },
        ],
      },
    );
  }
  if (patch.format !== 'apply' && request.query.has('force')) {
    throw apiError(
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
      {
        group: 'meta.k8s.io',
        kind: 'PatchOptions',
        causes: [
          {
            reason: 'FieldValueForbidden',
            message: 'Forbidden: may not be specified for non-apply patch',
            field: 'force',
          },
        ],
      },
    );
  }
  if (target.subresource !== 'scale') return context.registry.patch(place(target), patch, options);
  const live = context.registry.read(place(target));
  const scale = scaleOf(live);
  const next = patch.format === 'json' ? jsonPatch(scale, patch.body) : mergePatch(scale, patch.body);
  if (!isObject(next)) throw badRequest('the patch does not leave an object');
  return context.registry.replace(place(target), withScale(live, next), options);
}

function readPatch(request: ApiRequest): Patch {
  const force = request.query.get('force') === 'true';
  switch (request.contentType.split(';')[0]?.trim()) {
    case 'application/json-patch+json':
      return { format: 'json', body: request.body, force };
    case 'application/merge-patch+json':
      return { format: 'merge', body: request.body, force };
    case 'application/strategic-merge-patch+json':
      return { format: 'strategic', body: request.body, force };
    case 'application/apply-patch+yaml':
      return { format: 'apply', body: request.body, force };
    default:
      throw unknownFormat();
  }
}

function place(target: Target): Place {
  return { served: target.served, namespace: target.namespace, name: target.name };
}

function bodyOf(request: ApiRequest): Json {
  if (isObject(request.body)) return request.body;
  throw badRequest(
    'the object provided is unrecognized (must be of type with kind and apiVersion): the body is no JSON object',
  );
}

function optionsOf(request: ApiRequest, target: Target, warn: (message: string) => void): WriteOptions {
  const dryRun = request.query.getAll('dryRun').filter((one) => one !== '');
  const wrong = dryRun.find((one) => one !== 'All');
  if (wrong !== undefined) {
    throw apiError(422, 'Invalid', `dryRun: Unsupported value: ["${wrong}"]: supported values: "All"`, { causes: [] });
  }
  return {
    manager: managerOf(request),
    subresource: target.subresource,
    dryRun: dryRun.length > 0,
    validation: readFieldValidation(request.query.get('fieldValidation')),
    warn,
  };
}

/** The object in the form that the client accepts. */
function shown(context: ApiContext, request: ApiRequest, target: Target, written: Written): Answer {
  const form = wantedForm(request.accept);
  if (form === 'none') throw notAcceptable();
  const code = written.created ? 201 : 200;
  const object = target.subresource === 'scale' ? scaleOf(written.object) : written.object;
  if (form === 'metadata') return { code, body: partialOf(object) };
  if (form === 'object' || target.subresource === 'scale') return { code, body: object };
  const metadata = { resourceVersion: textAt(object, 'metadata', 'resourceVersion') };
  return { code, body: tableOf(target.served, [object], metadata, includeOf(request), context.now()) };
}

function logOf(pod: Json): string {
  return `${textAt(pod, 'metadata', 'name')}: ${JSON.stringify(objectAt(pod, 'status')['phase'] ?? 'Pending')}\n`;
}

function methodNotAllowed(): Error {
  return apiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}
