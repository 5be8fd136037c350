import { randomBytes } from 'node:crypto';
import { alreadyExists, apiError, badRequest, conflict, invalid, notFound } from './api-error.ts';
import type { Catalog, Served } from './catalog.ts';
import { invalidValue } from './causes.ts';
import { decode, type FieldValidation } from './decode.ts';
import { applyDefaults } from './defaults.ts';
import { clone, ensureObject, isObject, type Json, listAt, objectAt, same, textAt, valueAt } from './json.ts';
import { apiVersionOf } from './kinds.ts';
import { applyTyped, trackUpdate, type Writer } from './managed-fields.ts';
import { jsonPatch, mergePatch, strategicMergePatch } from './patch.ts';
import type { Store } from './store.ts';
import { type Allocator, foldStringData, prepareCreate, prepareUpdate, refuseTerminating } from './strategy.ts';
import { validate } from './validate.ts';

/** Who writes, and how: what the query of a request says. */
export interface WriteOptions {
  readonly manager: string;
  readonly subresource: string;
  readonly dryRun: boolean;
  readonly validation: FieldValidation;
  /** Called for each Warning header. */
  warn(message: string): void;
}

/** Where an object stands. Namespace is '' for cluster-scoped kinds. */
export interface Place {
  readonly served: Served;
  readonly namespace: string;
  readonly name: string;
}

/** A patch as it came: its format and its body. */
export interface Patch {
  readonly format: 'json' | 'merge' | 'strategic' | 'apply';
  readonly body: unknown;
  /** Apply only: take over what others own. */
  readonly force: boolean;
}

/** What a write led to. */
export interface Written {
  readonly object: Json;
  readonly created: boolean;
}

/** The writing verbs of the API, over a store. */
export interface Registry {
  read(place: Place): Json;
  create(place: Place, body: Json, options: WriteOptions): Written;
  replace(place: Place, body: Json, options: WriteOptions): Written;
  patch(place: Place, patch: Patch, options: WriteOptions): Written;
}

const NAME_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** Five letters as the server hangs them onto `generateName`. */
export function randomSuffix(): string {
  return [...randomBytes(5)].map((byte) => NAME_LETTERS[byte % NAME_LETTERS.length] ?? 'b').join('');
}

/** The registry over a store and the kinds that are served. */
export function createRegistry(store: Store, catalog: Catalog, allocator: Allocator): Registry {
  function find(place: Place): Json | undefined {
    const entry = store.get(catalog.storageOf(place.served), place.namespace, place.name);
    return entry === undefined ? undefined : inVersion(entry.object, place.served);
  }

  function read(place: Place): Json {
    const found = find(place);
    if (found === undefined) throw notFound(place.served, place.name);
    return found;
  }

  function create(place: Place, body: Json, options: WriteOptions): Written {
    const named = nameIt(place, body);
    const object = normalise(named.served, named.body, options);
    checkNamespace(place.served, place.namespace, named.name);
    const tracked = track(undefined, object, place.served, options);
    return insert({ ...place, name: named.name }, tracked, options);
  }

  /** Metadata that addresses the object: checked against the URL, made up where `generateName` asks for it. */
  function nameIt(place: Place, body: Json): { readonly served: Served; readonly name: string; readonly body: Json } {
    const metadata: Json = { ...objectAt(body, 'metadata') };
    const prefix = textAt(metadata, 'generateName');
    if (textAt(metadata, 'name') === '' && prefix !== '') metadata['name'] = `${prefix}${randomSuffix()}`;
    const address = addressed(place, metadata);
    return {
      served: place.served,
      name: textAt(address, 'name'),
      body: typed(place.served, { ...body, metadata: address }),
    };
  }

  function checkNamespace(served: Served, namespace: string, name: string): void {
    if (!served.namespaced) return;
    const found = store.get('/namespaces', '', namespace);
    if (found === undefined) throw notFound({ group: '', plural: 'namespaces', kind: 'Namespace' }, namespace);
    refuseTerminating(served, name, found.object);
  }

  function insert(place: Place, tracked: Json, options: WriteOptions): Written {
    const object = clone(tracked);
    prepareCreate(place.served, object, allocator);
    validate(place.served, object, undefined);
    if (find(place) !== undefined) throw alreadyExists(place.served, place.name);
    if (options.dryRun) return { object, created: true };
    return { object: store.put(catalog.storageOf(place.served), object).object, created: true };
  }

  function track(live: Json | undefined, object: Json, served: Served, options: WriteOptions): Json {
    return trackUpdate(live, object, served.schema, writer(served, 'Update', options));
  }

  function writer(served: Served, operation: Writer['operation'], options: WriteOptions): Writer {
    const { manager, subresource } = options;
    return { manager, operation, subresource, apiVersion: apiVersionOf(served), time: allocator.time() };
  }

  function replace(place: Place, body: Json, options: WriteOptions): Written {
    const live = read(place);
    const metadata = addressed(place, { ...objectAt(body, 'metadata') });
    const object = normalise(place.served, typed(place.served, { ...body, metadata }), options);
    return update(place, live, object, options);
  }

  /** Lock, track, prepare, validate, store: the way of every change to an object that is there. */
  function update(place: Place, live: Json, object: Json, options: WriteOptions): Written {
    checkLock(place, live, object);
    const reset: Json = clone(object);
    prepareUpdate(place.served, live, reset, options.subresource, allocator);
    const tracked = track(live, reset, place.served, options);
    return store_(place, live, tracked, options);
  }

  function checkLock(place: Place, live: Json, object: Json): void {
    const wanted = textAt(object, 'metadata', 'resourceVersion');
    const uid = textAt(object, 'metadata', 'uid');
    const liveUid = textAt(live, 'metadata', 'uid');
    if (uid !== '' && uid !== liveUid) {
      throw conflict(
        place.served,
        place.name,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${liveUid}`,
      );
    }
    if (wanted === '' && place.served.custom !== undefined) {
      throw invalid(place.served.group, place.served.kind, place.name, [
        {
          ...invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
          message: 'Invalid value: 0x0: must be specified for an update',
        },
      ]);
    }
    if (wanted === '' || wanted === textAt(live, 'metadata', 'resourceVersion')) return;
    const why = 'the object has been modified; please apply your changes to the latest version and try again';
    throw conflict(place.served, place.name, why);
  }

  function store_(place: Place, live: Json, tracked: Json, options: WriteOptions): Written {
    validate(place.served, tracked, live);
    const storage = catalog.storageOf(place.served);
    if (sameBut(live, tracked)) return { object: live, created: false };
    if (options.dryRun) return { object: tracked, created: false };
    const metadata = objectAt(tracked, 'metadata');
    const finished = metadata['deletionTimestamp'] !== undefined && listAt(metadata, 'finalizers').length === 0;
    if (finished && !holdsOn(place.served, tracked)) {
      const gone = store.remove(storage, place.namespace, place.name);
      return {
        object: gone === undefined ? tracked : { ...tracked, metadata: objectAt(gone.object, 'metadata') },
        created: false,
      };
    }
    return { object: store.put(storage, tracked).object, created: false };
  }

  function patch(place: Place, given: Patch, options: WriteOptions): Written {
    if (given.format === 'apply') return apply(place, given, options);
    const live = read(place);
    if (given.format === 'strategic' && place.served.custom !== undefined) throw unknownFormat();
    const patched =
      given.format === 'json'
        ? jsonPatch(live, given.body)
        : given.format === 'merge'
          ? mergePatch(live, given.body)
          : strategicMergePatch(live, given.body, place.served.schema);
    if (!isObject(patched)) throw badRequest('the patch does not leave an object');
    const metadata = addressed(place, { ...objectAt(patched, 'metadata') });
    const whole = typed(place.served, { ...patched, metadata });
    const object = normalise(place.served, whole, options, JSON.stringify(given.body));
    return update(place, live, object, options);
  }

  function apply(place: Place, given: Patch, options: WriteOptions): Written {
    const { body } = given;
    if (!isObject(body)) throw badRequest('error decoding YAML: the body is no object');
    if (textAt(body, 'kind') === '') throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(body)}'`);
    if (
      valueAt(body, 'metadata', 'managedFields') !== undefined &&
      listAt(body, 'metadata', 'managedFields').length > 0
    ) {
      throw badRequest('metadata.managedFields must be nil');
    }
    const config: Json = typed(place.served, {
      ...body,
      metadata: addressed(place, { ...objectAt(body, 'metadata') }),
    });
    refuseUndeclared(place, config);
    const live = find(place);
    if (live === undefined) checkNamespace(place.served, place.namespace, place.name);
    if (options.subresource === '' && place.served.subresources.includes('status')) delete config['status'];
    if (options.subresource === 'status')
      for (const key of Object.keys(config)) if (!STATUS_PARTS.has(key)) delete config[key];
    const lock = textAt(config, 'metadata', 'resourceVersion');
    if (live !== undefined)
      checkLock(place, live, {
        metadata: {
          ...objectAt(config, 'metadata'),
          resourceVersion: lock || textAt(live, 'metadata', 'resourceVersion'),
        },
      });
    const { object } = applyTyped(
      live,
      config,
      place.served.schema,
      writer(place.served, 'Apply', options),
      given.force,
    );
    const whole = normalise(place.served, clone(object), { ...options, validation: 'Ignore' });
    if (live === undefined) return insert(place, whole, options);
    prepareUpdate(place.served, live, whole, options.subresource, allocator);
    return store_(place, live, whole, options);
  }

  return { read, create, replace, patch };
}

const STATUS_PARTS = new Set(['apiVersion', 'kind', 'metadata', 'status']);

/** Namespaces wait for their content to go; everything else goes with its last finalizer. */
function holdsOn(served: Served, object: Json): boolean {
  return served.type === 'V1Namespace' && listAt(object, 'spec', 'finalizers').length > 0;
}

/** Whether nothing but times of managers differs: then the server writes nothing. */
function sameBut(live: Json, next: Json): boolean {
  const strip = (object: Json): Json => {
    const { managedFields, resourceVersion: _version, ...metadata } = objectAt(object, 'metadata');
    const managers = Array.isArray(managedFields)
      ? managedFields.map((entry: unknown) => ({ ...objectAt({ entry }, 'entry'), time: '' }))
      : [];
    managers.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    return { ...object, metadata, managers };
  };
  return same(strip(live), strip(next));
}

function inVersion(object: Json, served: Served): Json {
  const apiVersion = apiVersionOf(served);
  return object['apiVersion'] === apiVersion ? object : { ...object, apiVersion };
}

/** Metadata whose name and namespace agree with the URL. */
function addressed(place: Place, metadata: Json): Json {
  const name = textAt(metadata, 'name');
  const namespace = textAt(metadata, 'namespace');
  if (place.name !== '' && name !== '' && name !== place.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${place.name})`);
  }
  if (place.served.namespaced && namespace !== '' && namespace !== place.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (!place.served.namespaced) delete metadata['namespace'];
  else metadata['namespace'] = place.namespace;
  if (place.name !== '') metadata['name'] = place.name;
  return metadata;
}

/** The body with the kind that the URL names; another kind is refused. */
function typed(served: Served, body: Json): Json {
  const apiVersion = apiVersionOf(served);
  const given = textAt(body, 'apiVersion');
  const kind = textAt(body, 'kind');
  if (given !== '' && given !== apiVersion) {
    throw badRequest(`the API version in the data (${given}) does not match the expected API version (${apiVersion})`);
  }
  if (kind !== '' && kind !== served.kind) {
    throw badRequest(
      `${kind} in version "${served.version}" cannot be handled as a ${served.kind}: no kind "${kind}" is registered`,
    );
  }
  return { ...body, apiVersion, kind: served.kind };
}

/** Decoded, checked for unknown fields as the request wishes, with all defaults. */
function normalise(served: Served, body: Json, options: WriteOptions, patch?: string): Json {
  const { object, unknown } = decode(served, body);
  const told = unknown.map((path) => `unknown field "${path}"`);
  if (told.length > 0 && options.validation === 'Strict') {
    const why = `strict decoding error: ${told.join(', ')}`;
    if (patch === undefined)
      throw badRequest(`${served.kind} in version "${served.version}" cannot be handled as a ${served.kind}: ${why}`);
    throw invalid('', '', '', [invalidValue('patch', JSON.parse(patch), why)]);
  }
  if (options.validation === 'Warn') for (const text of told) options.warn(text);
  foldStringData(served, object);
  const metadata = ensureObject(object, 'metadata');
  for (const field of ['labels', 'annotations']) {
    if (isObject(metadata[field]) && Object.keys(metadata[field]).length === 0) delete metadata[field];
  }
  applyDefaults(served, object);
  return object;
}

/** An apply with a field that the schema does not have fails whatever the validation: the server cannot own what it does not know. */
function refuseUndeclared(place: Place, config: Json): void {
  const { unknown } = decode(place.served, config);
  if (unknown.length === 0) return;
  const name = place.namespace === '' ? `/${place.name}` : `${place.namespace}/${place.name}`;
  const listed = unknown.map((path) => `.${path}: field not declared in schema`);
  const told = listed.length === 1 ? listed[0] : `errors:\n${listed.map((line) => `  ${line}`).join('\n')}`;
  const kind = `${apiVersionOf(place.served)}, Kind=${place.served.kind}`;
  throw apiError(500, '', `failed to create typed patch object (${name}; ${kind}): ${told}`);
}

/** 415 in the server's words. */
export function unknownFormat(): Error {
  return apiError(
    415,
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
  );
}
