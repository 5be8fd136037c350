import type { ResourceKey } from '../spec/manifest.ts';
import { nearest } from '../spec/nearest.ts';
import { Problem } from '../spec/problem.ts';
import { isSelected, type ResourcePattern, resourcePatternText } from '../spec/resource-pattern.ts';

/** What an application has, or had. */
export interface Selectable {
  readonly key: ResourceKey;
  readonly hook: boolean;
}

/**
 * Throws Problem `bad-command` for a selective sync of something that the application has not, or that is a hook: whoever
 * named it would wait for what never comes. https://argo-cd.readthedocs.io/en/stable/user-guide/selective_sync/
 */
export function checkSelection(
  application: string,
  only: readonly ResourcePattern[],
  resources: readonly Selectable[],
): void {
  for (const pattern of only) {
    const found = resources.filter(({ key }) => isSelected(key, [pattern]));
    if (found.some(({ hook }) => !hook)) continue;
    const text = resourcePatternText(pattern);
    if (found.length > 0) {
      throw new Problem('bad-command', `${text} is a hook of ${application}, and a sync of some resources runs none.`, {
        where: { application },
        fix: `Hooks run in a sync of the whole application: \`/sync ${application}\`.`,
      });
    }
    const names = resources.filter(({ hook }) => !hook).map(({ key }) => resourcePatternText(key));
    const meant = nearest(text, names);
    const question = meant === undefined ? '.' : `: did you mean ${meant}?`;
    throw new Problem('bad-command', `${application} has no resource ${text}${question}`, {
      where: { application },
      fix: 'A resource is written GROUP:KIND:NAMESPACE/NAME, the core group is empty: `:ConfigMap:shop/web`.',
    });
  }
}
