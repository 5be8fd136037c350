import type { ApplicationSource } from '../spec/application.ts';
import { Problem } from '../spec/problem.ts';

export type RenderTool = 'helm' | 'kustomize' | 'directory';

/** https://kubectl.docs.kubernetes.io/references/kustomize/glossary/#kustomization */
export const KUSTOMIZATION_FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const;

/**
 * Which tool renders a source: the one that it names (`helm`, `kustomize`, `directory`), else the one whose file lies in
 * its folder; where both lie there, Kustomize. Throws Problem when two are named, or one that trimtab does not have.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/tool_detection/
 */
export function detectTool(source: ApplicationSource, files: readonly string[]): RenderTool {
  const named = (['helm', 'kustomize', 'directory', 'plugin'] as const).filter((tool) => source[tool] !== undefined);
  if (named.length > 1) {
    throw new Problem('invalid-manifest', `The source names more than one tool: ${named.join(', ')}.`, {
      where: { field: 'spec.source' },
      fix: 'Keep the one that renders it.',
    });
  }
  const [only] = named;
  if (only === 'plugin') {
    throw new Problem('unsupported', 'The source names a config management plugin; trimtab does not run plugins.', {
      where: { field: 'spec.source.plugin' },
      fix: 'Render with Helm, Kustomize or plain manifests, or commit what the plugin makes.',
    });
  }
  if (only !== undefined) return only;
  if (KUSTOMIZATION_FILES.some((file) => files.includes(file))) return 'kustomize';
  return files.includes('Chart.yaml') ? 'helm' : 'directory';
}
