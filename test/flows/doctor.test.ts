import { afterAll, describe, expect, it } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';
import { doctor } from '../../src/flows/doctor.ts';
import { Problem } from '../../src/spec/problem.ts';

const engines = createEngines();
afterAll(() => engines.close());

/** Nothing can be read from elsewhere. */
const elsewhere = async (): Promise<never> => {
  throw new Problem('unavailable', 'not here');
};
const ports = {
  source: { resolve: elsewhere, tree: elsewhere, checkout: elsewhere, readFiles: elsewhere },
  engines,
  clock: () => '2026-01-31T08:00:00.000Z',
};

const found = async (text: string) => {
  const findings = await doctor([{ path: 'argocd/all.yaml', text }], ports);
  return findings.map(({ severity, problem }) => {
    expect(problem.fix, problem.message).not.toBe('');
    expect(problem.where.line, problem.message).toBeGreaterThan(0);
    return `${severity === 'error' ? 'unsupported' : 'differs'} ${problem.where.field}: ${problem.message}`;
  });
};

const application = (spec: string, metadata = 'name: web'): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {${metadata}}
spec:
  project: default
  destination: {server: https://kubernetes.default.svc, namespace: web}
  ${spec}
`;
const project = (spec: string): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: shop}\nspec: {${spec}}\n`;
const set = (generator: string, more = ''): string => `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: teams}
spec:
  generators: [${generator}]
  ${more}
  template:
    metadata: {name: '{{name}}'}
    spec: {project: default, source: {repoURL: https://github.com/a/b, path: x}, destination: {name: in-cluster}}
`;
const configMap = (name: string, key: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {${key}: ${JSON.stringify(value)}}\n`;

const SOURCE = 'source: {repoURL: https://github.com/acme/platform, path: web';

describe('doctor tells of', () => {
  it.each([
    [
      'Git over SSH elsewhere',
      application('source: {repoURL: "git@gitlab.com:acme/shop.git", path: apps}'),
      'unsupported spec.source.repoURL: Git over SSH is read only',
    ],
    ['plugins', application(`${SOURCE}, plugin: {name: cdk8s}}`), 'unsupported spec.source.plugin: config management'],
    [
      'plugins of one of several sources',
      application('sources: [{repoURL: https://x/y, path: a, plugin: {}}]'),
      'unsupported spec.sources[0].plugin: config management',
    ],
    [
      'the hydrator',
      application(`${SOURCE}}\n  sourceHydrator: {drySource: {}}`),
      'unsupported spec.sourceHydrator: the source hydrator is not run',
    ],
    [
      'secrets in value files',
      application(`${SOURCE}, helm: {valueFiles: [a.yaml, 'secrets://b.yaml']}}`),
      'unsupported spec.source.helm.valueFiles[1]: value files from plugins',
    ],
    [
      'value files from URLs',
      application(`${SOURCE}, helm: {valueFiles: ['https://x/a.yaml', 'http://x/b.yaml']}}`),
      'unsupported spec.source.helm.valueFiles[1]: value files are fetched over https only',
    ],
    [
      'files of parameters from a URL',
      application(`${SOURCE}, helm: {fileParameters: [{name: a, path: 'https://x/a.txt'}]}}`),
      'unsupported spec.source.helm.fileParameters[0].path: files of parameters are not fetched',
    ],
    [
      'a version of kustomize',
      application(`${SOURCE}, kustomize: {version: v4.5.7}}`),
      'differs spec.source.kustomize.version: the bundled kustomize',
    ],
    [
      'image updater',
      application(`${SOURCE}}`, 'name: web, annotations: {argocd-image-updater.argoproj.io/image-list: nginx}'),
      'differs metadata.annotations["argocd-image-updater.argoproj.io/image-list"]: Argo CD Image Updater',
    ],
    [
      'sources of denials alone',
      project("sourceRepos: ['!https://github.com/acme/secret']"),
      'differs spec.sourceRepos: a list of denials alone',
    ],
    [
      'destinations of denials alone',
      project("destinations: [{server: '*', namespace: '!kube-system'}]"),
      'differs spec.destinations: a list of denials alone',
    ],
    ['roles', project('roles: [{name: ci}]'), 'differs spec.roles[0]: roles count beside the permissions'],
    [
      'greedy globs',
      set('{git: {repoURL: https://x/y, files: [{path: "teams/*/c.yaml"}]}}'),
      'differs spec.generators[0].git.files[0].path: the * of this glob crosses folders',
    ],
    [
      'generators that are not run',
      set('{plugin: {configMapRef: {name: x}}}'),
      'unsupported spec.generators[0].plugin: the plugin generator of teams is not supported',
    ],
    [
      'clusters by a label that Argo CD writes',
      set('{clusters: {selector: {matchLabels: {argocd.argoproj.io/kubernetes-version: v1.28.1}}}}'),
      'unsupported spec.generators: clusters have no label argocd.argoproj.io/kubernetes-version by themselves',
    ],
    [
      'edits on generated Applications that a set leaves alone',
      set('{list: {elements: []}}', 'ignoreApplicationDifferences: [{jsonPointers: [/spec]}]'),
      'differs spec.ignoreApplicationDifferences: it keeps what the set gave first; what was edited on Applications in the cluster',
    ],
    [
      'sync options without effect',
      application(`${SOURCE}}\n  syncPolicy: {syncOptions: [NoSuchOption=true]}`),
      'unsupported spec.syncPolicy.syncOptions[0]: this sync option has no effect',
    ],
    [
      'tracking by label',
      configMap('argocd-cm', 'application.resourceTrackingMethod', 'label'),
      'differs data["application.resourceTrackingMethod"]: application.resourceTrackingMethod: every resource gets the annotation beside the label',
    ],
    [
      'another rhythm of reconciliation',
      configMap('argocd-cm', 'timeout.reconciliation', '60s'),
      'differs data["timeout.reconciliation"]: timeout.reconciliation: applications are looked at by the schedule',
    ],
    [
      'an annotation that asks for a refresh',
      application(`${SOURCE}}`).replace('metadata: {', 'metadata: {annotations: {argocd.argoproj.io/refresh: hard}, '),
      'differs metadata.annotations["argocd.argoproj.io/refresh"]: the annotation refreshes nothing',
    ],
    [
      'build options that have no effect',
      configMap('argocd-cm', 'kustomize.buildOptions', '--enable-helm --load-restrictor LoadRestrictionsNone'),
      'differs data["kustomize.buildOptions"]: kustomize.buildOptions: --load-restrictor has no effect',
    ],
    [
      'build options with which nothing is rendered',
      configMap('argocd-cm', 'kustomize.buildOptions', '--enable-managedby-label'),
      'unsupported data["kustomize.buildOptions"]: kustomize.buildOptions: no kustomization is rendered with --enable-managedby-label',
    ],
    [
      'build options of one version of kustomize',
      configMap('argocd-cm', 'kustomize.buildOptions.v4.4.0', '--enable-helm'),
      'unsupported data["kustomize.buildOptions.v4.4.0"]',
    ],
    [
      'settings without effect',
      configMap('argocd-cm', 'some.new.setting', 'x'),
      'unsupported data["some.new.setting"]: some.new.setting has no effect',
    ],
    [
      'rbac',
      configMap('argocd-rbac-cm', 'policy.csv', 'p, role:x, applications, sync, */*, allow'),
      'differs data: these policies count beside',
    ],
  ])('%s', async (_, text, words) => {
    expect(await found(text)).toEqual([expect.stringContaining(words)]);
  });

  it('nothing where all works as in Argo CD', async () => {
    const text = [
      application(
        `${SOURCE}, helm: {valueFiles: [a.yaml]}}\n  syncPolicy: {automated: {prune: true}, syncOptions: [CreateNamespace=true]}`,
      ),
      project("sourceRepos: ['*', '!https://github.com/acme/secret'], destinations: [{server: '*', namespace: '*'}]"),
      set('{git: {repoURL: https://x/y, files: [{path: "teams/*/c.yaml"}]}}'),
      configMap('argocd-cmd-params-cm', 'applicationsetcontroller.enable.new.git.file.globbing', 'true'),
      configMap('argocd-cm', 'url', 'https://argocd.acme.example'),
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n',
    ];
    expect(await found(text.join('---\n'))).toEqual([]);
  });
});
