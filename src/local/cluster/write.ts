import { randomBytes } from 'node:crypto';
import { apiVersionOf } from '../../spec/manifest.ts';
import { alreadyExists, apiError, badRequest, conflict, invalid, notFound } from './api-error.ts';
import { addressed, inVersion, normalise, refuseUndeclared, sameBut, typed } from './bodies.ts';
import type { Catalog, Served } from './catalog.ts';
import { invalidValue } from './causes.ts';
import { clone, isObject, type Json, listAt, objectAt, textAt, valueAt } from './json.ts';
import { applyTyped, trackUpdate, type Writer } from './managed-fields.ts';
import { jsonPatch, mergePatch, strategicMergePatch } from './patch.ts';
import type { Place, WriteOptions } from './place.ts';
import type { Store } from './store.ts';
import { type Allocator, prepareCreate, prepareUpdate, refuseTerminating } from './strategy.ts';
import { validate } from './validate.ts';

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
function randomSuffix(): string {
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
    return save(place, live, tracked, options);
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

  function save(place: Place, live: Json, tracked: Json, options: WriteOptions): Written {
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
    refuseUndeclared(place.served, typed(place.served, body));
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
    const object = applyTyped(live, config, place.served.schema, writer(place.served, 'Apply', options), given.force);
    const whole = normalise(place.served, clone(object), { ...options, validation: 'Ignore' });
    if (live === undefined) return insert(place, whole, options);
    prepareUpdate(place.served, live, whole, options.subresource, allocator);
    return save(place, live, whole, options);
  }

  return { read, create, replace, patch };
}

const STATUS_PARTS = new Set(['apiVersion', 'kind', 'metadata', 'status']);

/** Namespaces wait for their content to go; everything else goes with its last finalizer. */
function holdsOn(served: Served, object: Json): boolean {
  return served.type === 'V1Namespace' && listAt(object, 'spec', 'finalizers').length > 0;
}

/** 415 in the server's words. */
export function unknownFormat(): Error {
  return apiError(
    415,
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
  );
}
