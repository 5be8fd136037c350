import type { ResourceKey } from './manifest.ts';

/**
 * Which resources a selective sync is about; `*` in a name stands for anything, a missing namespace for all.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/selective_sync/
 */
export interface ResourcePattern {
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/**
 * `GROUP:KIND:NAMESPACE/NAME` or `GROUP:KIND:NAME`, as `argocd app sync --resource` takes it; the core group is empty:
 * `:ConfigMap:shop/web`. Undefined for what is not of that form.
 */
export function parseResourcePattern(text: string): ResourcePattern | undefined {
  const found = /^([\w.*-]*):([\w*]+):(?:([\w.*-]+)\/)?([\w.:*-]+)$/.exec(text);
  if (found === null) return undefined;
  const [, group = '', kind = '', namespace, name = ''] = found;
  return { group, kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

export function resourcePatternText({ group, kind, namespace, name }: ResourcePattern): string {
  return `${group}:${kind}:${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

export function isSelected(key: ResourceKey, patterns: readonly ResourcePattern[]): boolean {
  return patterns.some(
    ({ group, kind, namespace, name }) =>
      like(group, key.group) &&
      like(kind, key.kind) &&
      (namespace === undefined || like(namespace, key.namespace)) &&
      like(name, key.name),
  );
}

function like(pattern: string, text: string): boolean {
  const source = pattern.split('*').map((part) => part.replace(/[.\\+?^${}()|[\]]/g, '\\$&'));
  return new RegExp(`^${source.join('.*')}$`).test(text);
}
