import { apiVersionOf } from '../../spec/manifest.ts';
import { apiError, badRequest, invalid, isApiError } from './api-error.ts';
import type { Served } from './catalog.ts';
import { invalidValue } from './causes.ts';
import { undeclared } from './declared.ts';
import { decode } from './decode.ts';
import { applyDefaults } from './defaults.ts';
import { ensureObject, type Json, objectAt, same, textAt } from './json.ts';
import type { Place, WriteOptions } from './place.ts';
import { foldStringData } from './strategy.ts';

/** Whether nothing but times of managers differs: then the server writes nothing. */
export function sameBut(live: Json, next: Json): boolean {
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

/** The object as a version of its kind shows it; versions of custom kinds only differ in their name here. */
export function inVersion(object: Json, served: Served): Json {
  const apiVersion = apiVersionOf(served);
  return object['apiVersion'] === apiVersion ? object : { ...object, apiVersion };
}

/** Metadata whose name and namespace agree with the URL. */
export function addressed(place: Place, metadata: Json): Json {
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
export function typed(served: Served, body: Json): Json {
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
export function normalise(served: Served, body: Json, options: WriteOptions, patch?: string): Json {
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
  ensureObject(object, 'metadata');
  applyDefaults(served, object);
  return object;
}

/**
 * An apply of what the schema does not declare fails whatever the validation: the server cannot own what it does not know. It
 * names the object as the body does. What it cannot decode afterwards fails in the same way, and not as a bad request.
 */
export function refuseUndeclared(served: Served, body: Json): void {
  const faults = undeclared(body, served.schema);
  const name = `${textAt(body, 'metadata', 'namespace')}/${textAt(body, 'metadata', 'name')}`;
  const kind = `${served.group}/${served.version}, Kind=${served.kind}`;
  if (faults.length > 0) {
    const told = faults.length === 1 ? faults[0] : `errors:\n${faults.map((line) => `  ${line}`).join('\n')}`;
    throw apiError(500, '', `failed to create typed patch object (${name}; ${kind}): ${told}`);
  }
  try {
    decode(served, body);
  } catch (thrown) {
    if (!isApiError(thrown)) throw thrown;
    const why = thrown.message.slice(thrown.message.indexOf(': ') + 2);
    const told = `unable to convert unstructured object to ${kind}: error decoding from json: ${why}`;
    throw apiError(500, '', `failed to convert new object (${name}; ${kind}) to proper version: ${told}`);
  }
}
