import { readExamples } from '../src/local/examples.ts';

/** The repository that the benchmarks play with, as a company of 200 applications has it. */
export interface Platform {
  readonly files: Readonly<Record<string, string>>;
  /** Every application, and the file that its team changes most often. */
  readonly applications: readonly { readonly name: string; readonly tool: Tool; readonly edits: string }[];
}

type Tool = 'helm' | 'kustomize' | 'directory';

/** `owner/name` on the embedded GitHub. */
export const REPOSITORY = 'acme/platform';
export const REPO_URL: string = `https://github.com/${REPOSITORY}.git`;

/** 110 Helm releases of ten charts, 70 overlays of 35 Kustomize bases, 20 folders of plain manifests. */
const CHARTS = 10;
const RELEASES = 110;
const BASES = 35;
const PLAIN = 20;

/** Builds it from `examples/`: the same charts, bases and manifests under other names. */
export async function platform(): Promise<Platform> {
  const examples = await readExamples();
  const files: Record<string, string> = { 'argocd/project.yaml': PROJECT };
  const applications: { name: string; tool: Tool; edits: string }[] = [];
  const copy = (from: string, to: string, word: string, name: string): void => {
    for (const [path, text] of Object.entries(examples)) {
      if (path.startsWith(from)) files[to + path.slice(from.length)] = text.replaceAll(word, name);
    }
  };
  const add = (name: string, tool: Tool, edits: string, source: string): void => {
    applications.push({ name, tool, edits });
    files[`argocd/applications/${name}.yaml`] = application(name, source);
  };
  for (let chart = 0; chart < CHARTS; chart += 1) {
    copy('charts/payments/', `charts/service-${chart}/`, 'payments', `service-${chart}`);
  }
  for (let index = 0; index < RELEASES; index += 1) {
    const name = `release-${index}`;
    const values = `teams/team-${index % 12}/${name}/values.yaml`;
    files[values] = valuesOf(name);
    add(name, 'helm', values, helmSource(index, values));
  }
  for (let index = 0; index < BASES; index += 1) {
    const base = `shop-${index}`;
    copy('apps/storefront/', `apps/${base}/`, 'storefront', base);
    for (const stage of ['staging', 'production']) {
      const path = `apps/${base}/overlays/${stage}`;
      add(`${base}-${stage}`, 'kustomize', `${path}/ingress.yaml`, kustomizeSource(index, path, base));
    }
  }
  for (let index = 0; index < PLAIN; index += 1) {
    const name = `page-${index}`;
    copy('apps/status-page/', `apps/${name}/`, 'status-page', name);
    add(name, 'directory', `apps/${name}/config.yaml`, `path: apps/${name}`);
  }
  return { files, applications };
}

const PROJECT = `apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: production
  namespace: argocd
spec:
  sourceRepos: ['*']
  destinations:
    - server: https://kubernetes.default.svc
      namespace: '*'
  clusterResourceWhitelist:
    - group: ''
      kind: Namespace
`;

function application(name: string, source: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${name}
  namespace: argocd
  annotations:
    notifications.argoproj.io/subscribe.on-sync-failed.slack: deploys
spec:
  project: production
  source:
    repoURL: ${REPO_URL}
    targetRevision: HEAD
${source.replaceAll(/^/gm, '    ')}
  destination:
    server: https://kubernetes.default.svc
    namespace: ${name}
  syncPolicy:
    automated:
      prune: true
      selfHeal: true
    syncOptions:
      - CreateNamespace=true
`;
}

/** Value files for all, parameters for every fifth, inline values for every tenth. */
function helmSource(index: number, values: string): string {
  const parameters = index % 5 === 0 ? '  parameters:\n    - name: image.tag\n      value: 2.8.0\n' : '';
  const inline = index % 10 === 3 ? '  valuesObject:\n    config:\n      REGION: eu-central-1\n' : '';
  return `path: charts/service-${index % CHARTS}
helm:
  releaseName: release-${index}
  valueFiles:
    - values-production.yaml
    - ../../${values}
${parameters}${inline}`.trimEnd();
}

/** Every seventh base has its image set by the Application. */
function kustomizeSource(index: number, path: string, base: string): string {
  const images = index % 7 === 0 ? `\nkustomize:\n  images:\n    - ghcr.io/acme/${base}:5.3.0` : '';
  return `path: ${path}${images}`;
}

function valuesOf(name: string): string {
  return `replicas: 2
image:
  repository: ghcr.io/acme/${name}
  tag: 2.7.1
config:
  LOG_LEVEL: info
  PUBLIC_URL: https://${name}.example.com
ingress:
  host: ${name}.example.com
`;
}
