import { isFree, type Place } from '../place.ts';
import { isBase64, packed } from './base64.ts';
import { duration, isDuration } from './duration.ts';
import { isIntOrString } from './int-or-string.ts';
import { isQuantity, quantity } from './quantity.ts';

/** True when two scalars mean the same to the API server at this place, however they are spelled. */
export function sameScalar(place: Place, a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isBase64(place)) return bothEqual(packed(a), packed(b));
  if (isFree(place)) return false;
  if (isQuantity(place)) return bothEqual(quantity(a), quantity(b));
  if (isDuration(place)) return bothEqual(duration(a), duration(b));
  return isIntOrString(place) && String(a) === String(b);
}

function bothEqual<T>(a: T | undefined, b: T | undefined): boolean {
  return a !== undefined && a === b;
}
