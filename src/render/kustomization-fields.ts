export type Node = Readonly<Record<string, unknown>>;

/** Something that a kustomization names. */
export interface Named {
  readonly field: string;
  /** A path, or a URL, as the kustomization writes it. */
  readonly written: string;
  /** Whether it may be a folder with a kustomization of its own. */
  readonly leadsOn: boolean;
  /** A generator, transformer or validator: its configuration names files in ways of its own. */
  readonly plugin?: boolean;
}

const LEADS_ON = ['resources', 'bases', 'components', 'crds', 'configurations'];
const PLUGINS = ['generators', 'transformers', 'validators'];

/** Everything that a kustomization names, but for its Helm charts. */
export function named(document: Node): readonly Named[] {
  const found: Named[] = [];
  for (const [key, value] of Object.entries(document)) {
    const field = folded(key);
    const add = (written: unknown, more: Partial<Named> = {}): void => {
      if (typeof written === 'string' && (more.plugin === true || !written.includes('\n'))) {
        found.push({ field: key, written, leadsOn: false, ...more });
      }
    };
    if (LEADS_ON.includes(field)) for (const each of list(value)) add(each, { leadsOn: true });
    else if (PLUGINS.includes(field)) for (const each of list(value)) add(each, { leadsOn: true, plugin: true });
    else if (field === 'patchesstrategicmerge') for (const each of list(value)) add(each);
    else if (field === 'openapi') add(lower(value)['path']);
    else if (field === 'configmapgenerator' || field === 'secretgenerator') {
      for (const each of list(value).map(lower)) {
        for (const file of list(each['files'])) add(typeof file === 'string' ? file.replace(/^[^=]*=/, '') : undefined);
        for (const file of [...list(each['envs']), each['env']]) add(file);
      }
    } else if (['patches', 'patchesjson6902', 'replacements'].includes(field)) {
      for (const each of list(value).map(lower)) add(each['path']);
    }
  }
  return found;
}

/**
 * The name of a field as Go's JSON compares it: in any case, and with the two letters beyond ASCII that stand for `s` and
 * `k` there. https://pkg.go.dev/encoding/json#Unmarshal
 */
export function folded(key: string): string {
  return key.toLowerCase().replaceAll('\u017f', 's').replaceAll('\u212a', 'k');
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An object with its fields' names folded. */
export function lower(value: unknown): Node {
  if (!isNode(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [folded(key), inner]));
}
