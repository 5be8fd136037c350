/** How live objects say to which application they belong, as `argocd-cm` has it. */
export interface Tracking {
  /**
   * trimtab writes the annotation in each of them, and goes by it. `annotation+label`: a label beside it, for other tools.
   * `label`: also what has no annotation, and only the label, belongs to the application that it names.
   */
  readonly method: 'annotation' | 'annotation+label' | 'label';
  /** `application.instanceLabelKey` */
  readonly labelKey: string;
  /** `installationID`: of two installations with applications of one name in one cluster, which one it is. */
  readonly installationId?: string;
}

/** Argo CD's default since 3.0. https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/ */
export const BY_ANNOTATION: Tracking = { method: 'annotation', labelKey: 'app.kubernetes.io/instance' };
