import { stringify } from 'yaml';
import type { JsonMap } from './json.ts';

const FIRST = ['apiVersion', 'kind', 'metadata', 'spec'];

/**
 * A manifest as people read it: apiVersion, kind, metadata and spec first, everything else in its own order; long lines
 * are not folded, and text that YAML 1.1 (Kubernetes' own) would read as something else is quoted.
 */
export function yamlOf(manifest: JsonMap): string {
  const first = FIRST.filter((key) => Object.hasOwn(manifest, key)).map((key) => [key, manifest[key]] as const);
  const rest = Object.entries(manifest).filter(([key]) => !FIRST.includes(key));
  return stringify(Object.fromEntries([...first, ...rest]), {
    lineWidth: 0,
    aliasDuplicateObjects: false,
    compat: 'yaml-1.1',
  });
}
