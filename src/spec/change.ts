import type { ResourceKey } from './manifest.ts';

/**
 * One field that differs. `from` is what is there (the base of a PR, or the live object), `to` what will be there (the
 * merge result, or the desired manifest); undefined when the field is absent. Values of Secrets are marks, never values.
 */
export interface FieldChange {
  /** Dotted path with list items by their key: `spec.template.spec.containers[name=web].image`. */
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
  /** Live changes only: the field manager that wrote the live value, and when (RFC 3339), from managedFields. */
  readonly manager?: string;
  readonly at?: string;
}

/** One resource that differs: what `diff/` returns, already redacted, and the only form in which a diff travels. */
export interface Change {
  readonly key: ResourceKey;
  readonly action: 'create' | 'update' | 'delete';
  readonly fields: readonly FieldChange[];
  /** Redacted YAML of either side; '' where the resource does not exist on it. */
  readonly before: string;
  readonly after: string;
  /** True for hooks: they run in each sync and are shown apart. */
  readonly hook: boolean;
  readonly wave: number;
}
