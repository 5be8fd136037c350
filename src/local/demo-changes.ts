import { readExamples } from './examples.ts';

/** Files that a pull request of the demo writes; null removes one. */
export type Files = Readonly<Record<string, string | null>>;

/** The first pull request: a Helm application's values, a base that two overlays share, and a new application. */
export async function releaseChanges(): Promise<Files> {
  return {
    ...(await edited('charts/payments/values-production.yaml', [
      ['replicas: 2\n', 'replicas: 3\n\nimage:\n  tag: 2.8.0\n'],
      ['password: correct-horse-battery-staple', 'password: tr0ub4dor-and-3'],
    ])),
    ...(await edited('apps/storefront/base/deployment.yaml', [
      ['storefront:5.2.0', 'storefront:5.3.0'],
      ['value: "60"', 'value: "300"'],
    ])),
    ...(await edited('apps/storefront/base/kustomization.yaml', [['  - robots.yaml\n', '']])),
    'apps/storefront/base/robots.yaml': null,
    'argocd/applications/mailer.yaml': MAILER.replace('targetRevision', 'targetRevison'),
    'apps/mailer/mailer.yaml': MAILER_MANIFESTS,
  };
}

/** The second push to it: mends the typo that the preview warned of, and asks for more memory. */
export async function releaseFixes(): Promise<Files> {
  return {
    'argocd/applications/mailer.yaml': MAILER,
    ...(await edited('charts/payments/values-production.yaml', [
      ['replicas: 2\n', 'replicas: 3\n\nimage:\n  tag: 2.8.0\n\nresources:\n  limits:\n    memory: 512Mi\n'],
      ['password: correct-horse-battery-staple', 'password: tr0ub4dor-and-3'],
    ])),
  };
}

/** A pull request whose chart does not render, beside a change that does. */
export async function brokenChanges(): Promise<Files> {
  return {
    ...(await edited('charts/payments/templates/deployment.yaml', [
      ['replicas: {{ .Values.replicas }}', 'replicas: {{ .Values.scaling.replicas }}'],
    ])),
    ...(await edited('apps/storefront/overlays/staging/ingress.yaml', [['staging.example.com', 'next.example.com']])),
  };
}

async function edited(path: string, replacements: readonly (readonly [string, string])[]): Promise<Files> {
  let text = (await readExamples())[path] ?? '';
  for (const [from, to] of replacements) {
    if (!text.includes(from)) throw new Error(`examples/${path} no longer holds ${JSON.stringify(from)}`);
    text = text.replace(from, to);
  }
  return { [path]: text };
}

const MAILER = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: mailer
  namespace: argocd
  annotations:
    notifications.argoproj.io/subscribe.on-sync-succeeded.slack: deploys
    notifications.argoproj.io/subscribe.on-sync-failed.slack: deploys
  finalizers:
    - resources-finalizer.argocd.argoproj.io
spec:
  project: production
  source:
    repoURL: https://github.com/acme/platform.git
    targetRevision: HEAD
    path: apps/mailer
  destination:
    server: https://kubernetes.default.svc
    namespace: mailer
  syncPolicy:
    automated:
      prune: true
      selfHeal: true
`;

const MAILER_MANIFESTS = `apiVersion: v1
kind: Namespace
metadata:
  name: mailer
  annotations:
    argocd.argoproj.io/sync-wave: "-1"
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: mailer
  namespace: mailer
spec:
  replicas: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: mailer
  template:
    metadata:
      labels:
        app.kubernetes.io/name: mailer
    spec:
      containers:
        - name: worker
          image: ghcr.io/acme/mailer:0.9.0
`;
