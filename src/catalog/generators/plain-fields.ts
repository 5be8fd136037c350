import type { Params } from './context.ts';

/** `{{ .path.basename }}`: a way through maps, and nothing else in the action. */
const FIELD = /\{\{[ \t]*((?:\.[A-Za-z_][A-Za-z0-9_]*)+)[ \t]*\}\}/y;

/**
 * A Go template whose every action is the way to a text that is there, filled: Go prints a text as it is, so this is all
 * that it would do. Undefined for anything else, which only Go decides. Most fields of most sets are of this kind, and a
 * thousand of them need no call. https://pkg.go.dev/text/template#hdr-Arguments
 */
export function plainFields(template: string, params: Params): string | undefined {
  let filled = '';
  let from = 0;
  for (let at = template.indexOf('{{'); at >= 0; at = template.indexOf('{{', from)) {
    FIELD.lastIndex = at;
    const [action = '', way = ''] = FIELD.exec(template) ?? [];
    const value = action === '' ? undefined : lookUp(params, way.slice(1).split('.'));
    if (value === undefined) return undefined;
    filled += template.slice(from, at) + value;
    from = at + action.length;
  }
  return filled + template.slice(from);
}

function lookUp(params: Params, way: readonly string[]): string | undefined {
  let value: unknown = params;
  for (const step of way) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined;
  }
  return typeof value === 'string' ? value : undefined;
}
