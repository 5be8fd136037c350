import { afterAll, expect, it } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';
import { validate } from '../../src/flows/validate.ts';
import { Problem } from '../../src/spec/problem.ts';

const engines = createEngines();
afterAll(() => engines.close());

const HERE = 'https://github.com/acme/platform';

/** Everything that is said of one file, as `LINE FIELD MESSAGE`, of a repository whose paths are all there. */
async function said(text: string) {
  const elsewhere = async (repoURL: string): Promise<never> => {
    throw new Problem('unavailable', `${repoURL} is not this repository`);
  };
  const here = async (repoURL: string) => (repoURL === HERE ? 'working tree' : await elsewhere(repoURL));
  const { findings, unread } = await validate([{ path: 'all.yaml', text }], {
    engines,
    clock: () => '2026-11-24T10:00:00.000Z',
    isHere: (repoURL) => repoURL === HERE,
    exists: async () => true,
    source: {
      resolve: here,
      tree: async () => new Map([['teams/red/app.yaml', '1']]),
      checkout: elsewhere,
      readFiles: async () => [],
    },
  });
  const words = ({ where, message }: Problem): string => `${where.line} ${where.field ?? ''} ${message}`;
  return { found: findings.map(({ problem }) => words(problem)), unread: unread.map(words) };
}

const APPLICATION = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec:
  project: default
  source:
    repoURL: ${HERE}
    path: apps/web
  destination: {name: in-cluster, namespace: web}
  syncPolicy: {automated: {prune: true}}
`;

const SET = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: teams}
spec:
  goTemplate: true
  generators:
  - list: {elements: [{team: red}]}
  template:
    metadata: {name: '{{.team}}'}
    spec:
      project: default
      source: {repoURL: ${HERE}, path: teams/red}
      destination: {name: in-cluster, namespace: web}
`;

const PROJECT = `apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: team}
spec:
  sourceRepos: ['*']
  destinations: [{server: '*', namespace: '*'}]
`;

const SECRET = `apiVersion: v1
kind: Secret
metadata: {name: charts, labels: {argocd.argoproj.io/secret-type: repository}}
stringData:
  url: https://charts.acme.example
  type: helm
`;

const CM = `apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  timeout.reconciliation: 180s
`;

it.each([APPLICATION, SET, PROJECT, SECRET, CM])('finds nothing wrong with what is right', async (text) => {
  expect(await said(text)).toEqual({ found: [], unread: [] });
});

// A change to what is right, the line and the field that it is told at, and the words.
const ROWS: readonly (readonly [text: string, from: string, to: string, words: string])[] = [
  [
    APPLICATION,
    `  source:\n    repoURL: ${HERE}\n    path: apps/web\n`,
    '',
    '5 spec spec has nothing to render: source or sources is required',
  ],
  [
    APPLICATION,
    'path: apps/web',
    'path: apps/web\n    plugin: {name: cue}',
    '7 spec.source trimtab runs no config management plugins.',
  ],
  [
    APPLICATION,
    'path: apps/web',
    'path: apps/web\n    helm: {parameters: [{nam: a}]}',
    '9 spec.source.helm.parameters[0].name spec.source.helm.parameters[0].name is required, but is missing',
  ],
  [
    APPLICATION,
    'path: apps/web',
    'path: apps/web\n    helm: {valuesObject: [a]}',
    '9 spec.source.helm.valuesObject spec.source.helm.valuesObject must be a map, found a list',
  ],
  [
    APPLICATION,
    'path: apps/web',
    'path: apps/web\n    kustomize: {images: [1]}',
    '9 spec.source.kustomize.images[0] spec.source.kustomize.images[0] must be a string, found a number',
  ],
  [
    APPLICATION,
    'path: apps/web',
    "path: apps/web\n    directory: {include: '{a,b'}",
    '9 spec.source.directory.include "{a,b" is no glob: it matches no file',
  ],
  [
    APPLICATION,
    'path: apps/web',
    'path: apps/web\n    chart: web\n    ref: values',
    '7 spec.source A source with ref must be a Git repository, and this one has a chart.',
  ],
  [
    APPLICATION,
    'name: in-cluster',
    'name: in-cluster, server: https://kubernetes.default.svc',
    '9 spec.destination spec.destination names the cluster twice: server and name exclude each other',
  ],
  [
    APPLICATION,
    'prune: true',
    'prune: yes please',
    '10 spec.syncPolicy.automated.prune spec.syncPolicy.automated.prune must be true or false, found a string',
  ],
  [
    APPLICATION,
    'prune: true',
    'pune: true',
    '10 spec.syncPolicy.automated.pune spec.syncPolicy.automated.pune is not a field that is known here: did you mean prune?',
  ],
  [
    APPLICATION,
    '{automated: {prune: true}}',
    '{retry: {limit: often}}',
    '10 spec.syncPolicy.retry.limit spec.syncPolicy.retry.limit must be a number, found a string',
  ],
  [
    APPLICATION,
    '{automated: {prune: true}}',
    '{retry: {backoff: {maxDuration: 3 minutes}}}',
    '10 spec.syncPolicy.retry.backoff.maxDuration "3 minutes" is no duration',
  ],
  [
    APPLICATION,
    'apiVersion: argoproj.io/v1alpha1',
    'apiVersion: argoproj.io/v1',
    '1 apiVersion apiVersion must be "argoproj.io/v1alpha1", found "argoproj.io/v1"',
  ],
  [
    APPLICATION,
    '  project: default',
    '  project: [default',
    '6  this is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  [
    APPLICATION,
    'kind: Application\n',
    'kind: Application\nkind: Application\n',
    '3  this is not valid YAML: Map keys must be unique',
  ],
  [APPLICATION, 'metadata: {name: web}', 'metadata: {}', '3 metadata.name metadata.name is required, but is missing'],
  [
    SET,
    '- list: {elements: [{team: red}]}',
    '- lists: {elements: []}',
    '7 spec.generators[0] an entry of generators must hold one generator, found none',
  ],
  [
    SET,
    '- list: {elements: [{team: red}]}',
    '- list: {elements: [red]}',
    '7 spec.generators[0].list.elements[0] spec.generators[0].list.elements[0] must be a map, found a string',
  ],
  [
    SET,
    '- list: {elements: [{team: red}]}',
    '- matrix: {generators: [{list: {elements: []}}]}',
    '7 spec.generators[0].matrix.generators matrix combines two generators, found 1',
  ],
  [
    SET,
    '- list: {elements: [{team: red}]}',
    '- merge: {generators: [{list: {elements: []}}, {list: {elements: []}}]}',
    '7 spec.generators[0].merge.mergeKeys merge needs mergeKeys',
  ],
  [
    SET,
    '- list: {elements: [{team: red}]}',
    `- git: {repoURL: ${HERE}}`,
    '7 spec.generators[0].git the git generator names neither directories nor files',
  ],
  [
    SET,
    '- list: {elements: [{team: red}]}',
    `- git: {repoURL: ${HERE}, directories: [{path: 'a['}]}`,
    '7 spec.generators[0].git.directories[0].path "a[" is not a pattern of paths',
  ],
  [
    SET,
    '- list: {elements: [{team: red}]}',
    '- plugin: {configMapRef: {name: x}}',
    '7 spec.generators[0].plugin the plugin generator of teams is not supported: its elements come from a service of the cluster that Argo CD runs in, which trimtab cannot reach',
  ],
  [
    SET,
    '- list: {elements: [{team: red}]}',
    "- pullRequest: {github: {owner: acme, repo: web}, filters: [{branchMatch: '(x'}]}",
    '7 spec.generators[0].pullRequest.filters[0].branchMatch the regular expression "(x" does not parse: error parsing regexp: missing closing ): `(x`',
  ],
  [
    SET,
    '- list: {elements: [{team: red}]}',
    "- scmProvider: {github: {organization: acme}, filters: [{repositoryMatch: 'a(?=b)'}]}",
    '7 spec.generators[0].scmProvider.filters[0].repositoryMatch the regular expression "a(?=b)" does not parse: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
  ],
  [
    SET,
    '- list: {elements: [{team: red}]}',
    '- clusters: {selector: {matchExpressions: [{key: a, operator: Like}]}}',
    '7 spec.generators[0].clusters.selector.matchExpressions[0].operator spec.generators[0].clusters.selector.matchExpressions[0].operator must be "In" or "NotIn" or "Exists" or "DoesNotExist", found "Like"',
  ],
  [
    SET,
    '- list: {elements: [{team: red}]}',
    "- clusters: {values: {a: '{{ .name'}}",
    '7 spec.generators[0].clusters.values.a teams, element in-cluster: template:1: unclosed action',
  ],
  [SET, "'{{.team}}'", "'{{.team'", '9 spec.template.metadata.name teams: template:1: unclosed action'],
  [
    SET,
    "'{{.team}}'",
    "'Team {{.team}}'",
    '9 spec.template.metadata.name application Team red of ApplicationSet teams: metadata.name must consist of lower case letters, digits, `-` and `.`, and begin and end with a letter or digit',
  ],
  [
    SET,
    '  template:\n',
    '  templatePatch: "spec: {{ .x"\n  template:\n',
    '8 spec.templatePatch teams: template:1: unclosed action',
  ],
  [
    SET,
    '  template:\n',
    '  strategy: {type: RollingSync, rollingSync: {steps: [{maxUpdate: half}]}}\n  template:\n',
    '8 spec.strategy.rollingSync.steps[0].maxUpdate spec.strategy.rollingSync.steps[0].maxUpdate must be a number, or a share like 10%, found a string',
  ],
  [
    SET,
    '  template:\n',
    '  syncPolicy: {applicationsSync: create}\n  template:\n',
    '8 spec.syncPolicy.applicationsSync spec.syncPolicy.applicationsSync must be "sync" or "create-only" or "create-update" or "create-delete", found "create"',
  ],
  [PROJECT, "['*']", "['!*']", "5 spec.sourceRepos[0] spec.sourceRepos[0] must not be '!*': it would deny everything"],
  [
    PROJECT,
    "['*']",
    "['https://github.com/{acme,web/*']",
    "5 spec.sourceRepos[0] AppProject team: 'https://github.com/{acme,web/*' is no glob: it allows nothing",
  ],
  [
    PROJECT,
    "namespace: '*'",
    "namespace: 'team-[ab'",
    "6 spec.destinations[0].namespace AppProject team: 'team-[ab' is no glob: it allows nothing",
  ],
  [
    PROJECT,
    '  destinations:',
    "  sourceNamespaces: ['/team-(/']\n  destinations:",
    "6 spec.sourceNamespaces[0] AppProject team: '/team-(/' is no regular expression: it allows nothing",
  ],
  [
    PROJECT,
    '  destinations:',
    "  clusterResourceWhitelist: [{group: '*', kind: '{A'}]\n  destinations:",
    "6 spec.clusterResourceWhitelist[0].kind AppProject team: '{A' is no glob: it allows nothing",
  ],
  [
    PROJECT,
    '  destinations:',
    "  clusterResourceWhitelist: [{group: '*'}]\n  destinations:",
    '6 spec.clusterResourceWhitelist[0].kind spec.clusterResourceWhitelist[0].kind is required, but is missing',
  ],
  [
    PROJECT,
    '  destinations:',
    "  syncWindows: [{kind: deny, schedule: '61 * * * *', duration: 1h, applications: ['*']}]\n  destinations:",
    `6 spec.syncWindows[0].schedule AppProject team: cannot parse schedule '61 * * * *': its minute "61" must be from 0 to 59`,
  ],
  [
    PROJECT,
    '  destinations:',
    "  syncWindows: [{kind: deny, schedule: '* * * * *', duration: 1h, applications: ['a{']}]\n  destinations:",
    "6 spec.syncWindows[0].applications[0] AppProject team: 'a{' is no glob: it allows nothing",
  ],
  [
    PROJECT,
    '  destinations:',
    "  orphanedResources: {warn: true, ignore: [{name: 'x{'}]}\n  destinations:",
    "6 spec.orphanedResources.ignore[0].name AppProject team: 'x{' is no glob: it allows nothing",
  ],
  [
    PROJECT,
    '  destinations:',
    "  sourceIntegrity: {git: {policies: [{repos: [{url: '*'}], gpg: {mode: always}}]}}\n  destinations:",
    '6 spec.sourceIntegrity.git.policies[0].gpg.mode spec.sourceIntegrity.git.policies[0].gpg.mode must be "none" or "head" or "strict", found "always"',
  ],
  [SECRET, '  url: https://charts.acme.example\n', '', '5 stringData.url the repository Secret charts names no url'],
  [
    SECRET,
    '  type: helm',
    '  type: helm\n  password: hunter2',
    '7 stringData.password password of the repository Secret charts must be the name of a secret, and seems to be the secret itself',
  ],
  [
    CM,
    '  timeout',
    '  resource.exclusions: "- apiGroups: x"\n  timeout',
    '5 data["resource.exclusions"]: [0].apiGroups resource.exclusions: [0].apiGroups must be a list, found a string',
  ],
  [
    CM,
    '  timeout',
    '  resource.customizations.ignoreDifferences.apps_Deployment: "jqPathExpressions: [\'.spec[\']"\n  timeout',
    '5 data["resource.customizations.ignoreDifferences.apps_Deployment"] the jq path ".spec[" does not parse: unexpected token ")"',
  ],
  [
    CM,
    '  timeout',
    '  resource.customizations: "apps/Deployment: {health.lua: \'return {\'}"\n  timeout',
    '5 data["resource.customizations"] the Lua script "return {" does not parse: <string> at EOF:   syntax error',
  ],
];
it.each(ROWS)('tells what is wrong, and where: %#', async (text, from, to, words) => {
  expect(text).toContain(from);
  const { found } = await said(text.replace(from, to));
  expect(found[0]).toBe(words);
});

it('says apart which sets it can not look into, which is no fault of theirs', async () => {
  const generators = [
    '- git: {repoURL: https://github.com/acme/elsewhere, directories: [{path: "*"}]}',
    '- pullRequest: {github: {owner: acme, repo: web}}',
  ];
  for (const generator of generators) {
    const { found, unread } = await said(SET.replace('- list: {elements: [{team: red}]}', generator));
    expect(found).toEqual([]);
    expect(unread).toEqual([expect.stringMatching(/^\d .*(is not this repository|which is not asked from here)$/)]);
  }
});
