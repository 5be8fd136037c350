import { FIELD_MANAGER } from '../spec/annotations.ts';
import type { Manifest } from '../spec/manifest.ts';
import type { ApplyOptions } from '../spec/ports.ts';
import type { ApiAnswer, ApiRequest } from './connection.ts';
import { collectionPath, objectPath, type Place, subjectOf } from './locate.ts';
import { secretTexts } from './secret-texts.ts';

/**
 * The request that gives an object this content; it sends nothing. Server-side apply, or for `replace` a PUT over the
 * live object, or a POST where there is none or the server has to make the name.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function submission(
  place: Place,
  manifest: Manifest,
  options: ApplyOptions,
  live: Manifest | undefined,
): ApiRequest {
  const query = { fieldManager: FIELD_MANAGER, fieldValidation: options.validate ?? 'Strict' };
  const subject = subjectOf('apply', place.kind, place);
  if (place.name === undefined || (options.replace === true && live === undefined)) {
    return { method: 'POST', path: collectionPath(place.kind, place.namespace), query, body: manifest, subject };
  }
  const path = objectPath(place.kind, place.namespace, place.name);
  if (options.replace === true) {
    // Custom kinds can't be replaced without the version that is replaced, so kubectl replace names it, too.
    const resourceVersion = live?.metadata.resourceVersion;
    const metadata = resourceVersion === undefined ? manifest.metadata : { ...manifest.metadata, resourceVersion };
    return { method: 'PUT', path, query, body: { ...manifest, metadata }, subject };
  }
  return {
    method: 'PATCH',
    path,
    query: { ...query, force: String(options.force ?? true) },
    // JSON is YAML, and the server takes apply patches by this name in all versions.
    contentType: 'application/apply-patch+yaml',
    body: manifest,
    subject: { ...subject, applies: true },
  };
}

/** Whether a manifest is applied as kubectl does it, by a patch made here. */
export function isClientSide(place: Place, { clientSide, replace }: ApplyOptions): boolean {
  return clientSide === true && replace !== true && place.name !== undefined;
}

/** The warnings of an answer, but for those that quote a value of a Secret. */
export function warningsOf(answer: ApiAnswer, manifest: Manifest): readonly string[] {
  const values = secretTexts(manifest);
  return answer.warnings.map((warning) =>
    values.some((value) => warning.includes(value))
      ? 'a warning that is not shown, since it quotes the Secret'
      : warning,
  );
}
