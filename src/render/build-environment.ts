import type { RenderInput } from '../spec/ports.ts';

/**
 * Argo CD's build environment of one render.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/build-environment/
 */
export function buildEnvironment(input: Omit<RenderInput, 'facts'>): Readonly<Record<string, string>> {
  const { application, source, checkout } = input;
  return {
    ARGOCD_APP_NAME: application.metadata.name,
    ARGOCD_APP_NAMESPACE: application.spec.destination.namespace ?? '',
    ARGOCD_APP_PROJECT_NAME: application.spec.project,
    ARGOCD_APP_REVISION: checkout.revision,
    ARGOCD_APP_REVISION_SHORT: checkout.revision.slice(0, 7),
    ARGOCD_APP_REVISION_SHORT_8: checkout.revision.slice(0, 8),
    ARGOCD_APP_SOURCE_PATH: source.path ?? '',
    ARGOCD_APP_SOURCE_REPO_URL: source.repoURL,
    ARGOCD_APP_SOURCE_TARGET_REVISION: source.targetRevision ?? '',
  };
}

/**
 * Puts variables in for `$NAME` and `${NAME}`, as Go's os.Expand does: `$$` is a dollar, a name that is not known is
 * nothing, a dollar before anything else stays.
 */
export function substitute(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(?:\{([^}]*)\}|(\$)|([A-Za-z_]\w*)|[*#@!?\d-])/g, (_, braced, dollar, plain) => {
    if (dollar !== undefined) return '$';
    const name: string = braced ?? plain ?? '';
    return Object.hasOwn(variables, name) ? (variables[name] ?? '') : '';
  });
}
