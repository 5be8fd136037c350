/**
 * Every annotation, label and finalizer that trimtab reads or writes.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/annotations-and-labels/
 */
export const ANNOTATION = {
  trackingId: 'argocd.argoproj.io/tracking-id',
  installationId: 'argocd.argoproj.io/installation-id',
  syncWave: 'argocd.argoproj.io/sync-wave',
  syncOptions: 'argocd.argoproj.io/sync-options',
  compareOptions: 'argocd.argoproj.io/compare-options',
  hook: 'argocd.argoproj.io/hook',
  hookDeletePolicy: 'argocd.argoproj.io/hook-delete-policy',
  skipReconcile: 'argocd.argoproj.io/skip-reconcile',
  manifestGeneratePaths: 'argocd.argoproj.io/manifest-generate-paths',
  refresh: 'argocd.argoproj.io/refresh',
  ignoreHealthcheck: 'argocd.argoproj.io/ignore-healthcheck',
  ignoreRestartPolicy: 'argocd.argoproj.io/ignore-restart-policy',
  deletionApproved: 'argocd.argoproj.io/deletion-approved',
  migrationManager: 'argocd.argoproj.io/client-side-apply-migration-manager',
  helmHook: 'helm.sh/hook',
  helmHookWeight: 'helm.sh/hook-weight',
  helmHookDeletePolicy: 'helm.sh/hook-delete-policy',
  helmResourcePolicy: 'helm.sh/resource-policy',
  lastApplied: 'kubectl.kubernetes.io/last-applied-configuration',
  /** Ours, on hooks only: which operation created it, so that a step that is run again does not create it again. */
  operation: 'trimtab.dev/operation',
  /** Ours, on an Application: the share of its resources that a sync may delete unasked, `50%` by default. */
  pruneLimit: 'trimtab.dev/prune-limit',
  subscribePrefix: 'notifications.argoproj.io/subscribe.',
  subscriptions: 'notifications.argoproj.io/subscriptions',
} as const;

export const LABEL = {
  secretType: 'argocd.argoproj.io/secret-type',
  instance: 'app.kubernetes.io/instance',
} as const;

export const FINALIZER = {
  resources: 'resources-finalizer.argocd.argoproj.io',
  resourcesForeground: 'resources-finalizer.argocd.argoproj.io/foreground',
  resourcesBackground: 'resources-finalizer.argocd.argoproj.io/background',
  hook: 'argocd.argoproj.io/hook-finalizer',
} as const;

/** The field manager under which trimtab applies. */
export const FIELD_MANAGER = 'trimtab';
