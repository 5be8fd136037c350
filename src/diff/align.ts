import { canonical, isList, isMap, type JsonMap } from './json.ts';
import { identify } from './lists.ts';
import { isBlank } from './normalise/blank.ts';
import { sameScalar } from './normalise/same.ts';
import { into, type Place } from './place.ts';

/**
 * `value` written as `like` is, wherever both mean the same: the same spelling (`1` for `1000m`) and the same order of
 * fields. So a text diff of the two shows what differs and nothing else. The order of lists is kept: it may matter.
 */
export function align(value: unknown, like: unknown, place: Place): unknown {
  if (isBlank(place, value) && isBlank(place, like)) return like;
  if (isMap(value) && isMap(like)) return alignMap(value, like, place);
  if (isList(value) && isList(like)) return alignList(value, like, place);
  return sameScalar(place, value, like) ? like : value;
}

function alignMap(value: JsonMap, like: JsonMap, place: Place): JsonMap {
  const shared = Object.entries(like).flatMap(([field, wanted]) => {
    const inner = into(place, { field });
    if (Object.hasOwn(value, field)) return [[field, align(value[field], wanted, inner)] as const];
    return isBlank(inner, wanted) ? [[field, wanted] as const] : [];
  });
  const rest = Object.entries(value).filter(
    ([field, item]) => !Object.hasOwn(like, field) && !isBlank(into(place, { field }), item),
  );
  return Object.fromEntries([...shared, ...rest]);
}

function alignList(value: readonly unknown[], like: readonly unknown[], place: Place): readonly unknown[] {
  const steps = identify(place, value);
  const likeSteps = identify(place, like);
  if (steps === undefined || likeSteps === undefined) {
    return value.map((item, index) => align(item, like[index] ?? item, into(place, { index })));
  }
  const wanted = new Map(likeSteps.map((step, index) => [canonical(step), like[index]]));
  return value.map((item, index) => {
    const step = steps[index] ?? { index };
    const id = canonical(step);
    return wanted.has(id) ? align(item, wanted.get(id), into(place, step)) : item;
  });
}
