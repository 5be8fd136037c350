import { isMap } from '../catalog/generators/index.ts';
import { readBuildOptions } from '../spec/build-options.ts';
import type { FieldPath } from '../spec/documents.ts';

/** One use of something that trimtab does otherwise (`differs`), or not at all (`unsupported`). */
export interface Difference {
  readonly kind: 'differs' | 'unsupported';
  readonly path: FieldPath;
  readonly message: string;
  readonly fix: string;
}

/** Keys of `argocd-cm` that count; a `*` at the end stands for all that begin so. */
const COUNTS = [
  'cluster.inClusterEnabled',
  'globalProjects',
  'helm.valuesFileSchemes',
  'application.sync.impersonation.*',
  'installationID',
];

/** Keys that concern parts that trimtab does not have: its pages, its users, the processes of a controller. */
const NOT_MISSED =
  /^(ui\.|help\.|users\.|accounts\.|dex\.|oidc\.|url$|additionalUrls|admin\.|statusbadge\.|ga\.|exec\.|server\.|webhook\.|extension\.|passwordPattern|application\.links|project\.links|resource\.links|timeout\.|ssh_known_hosts|repository\.|repositories$)/;

/** Keys that change what an installation does, and what becomes of them here. */
const SETTINGS: readonly {
  readonly key: RegExp;
  readonly kind: Difference['kind'];
  readonly message: string;
  readonly fix: string;
  readonly when?: (text: string) => boolean;
}[] = [
  {
    key: /^application\.resourceTrackingMethod$/,
    kind: 'differs',
    message: 'every resource gets the annotation beside the label, and goes by that from then on',
    fix: 'Nothing to do: what has the label alone is found by it, and the first sync of each application adds the annotation.',
    when: (text) => text.trim() === 'label',
  },
  {
    key: /^application\.instanceLabelKey$/,
    kind: 'differs',
    message: 'the label is written to the resources, and not to the templates of their pods',
    fix: 'Take another key: this one is older than Argo CD 0.11.',
    when: (text) => text.trim() === 'applications.argoproj.io/app-name',
  },
  {
    key: /^timeout\.reconciliation$/,
    kind: 'differs',
    message: 'applications are looked at by the schedule of the refresh function, every three minutes',
    fix: 'Change the schedule in serverless.yml, and remove the key; a push is seen at once in any case.',
    when: (text) => !/^(180s?|3m(0s)?)$/.test(text.trim()),
  },
  {
    key: /^configManagementPlugins$/,
    kind: 'unsupported',
    message: 'config management plugins are not run',
    fix: 'Use Helm, Kustomize or plain manifests.',
  },
  {
    key: /^kustomize\.(buildOptions\.|path|version)/,
    kind: 'unsupported',
    message: 'the bundled kustomize renders, whatever version is named',
    fix: 'Hold `trimtab render` against what Argo CD applies.',
  },
  {
    key: /^resource\.customizations\.actions\./,
    kind: 'unsupported',
    message: 'custom actions have no place to be started from',
    fix: 'Use kubectl, or a change in Git.',
  },
];

/**
 * What ConfigMaps of Argo CD say that trimtab does not do: each key that counts in Argo CD and not here. Problems of keys
 * that are read are told by their readers.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-cm-yaml/
 */
export function differencesOfSettings(name: string, value: unknown): readonly Difference[] {
  const data = isMap(value) && isMap(value['data']) ? value['data'] : {};
  switch (name) {
    case 'argocd-cm':
      return Object.entries(data).flatMap(([key, text]) => ofKey(key, String(text)));
    case 'argocd-cmd-params-cm':
      return Object.keys(data)
        .filter((key) => !PARAMETERS.includes(key) && !NO_PROCESS.test(key))
        .map((key) => withoutEffect(key));
    case 'argocd-rbac-cm':
      return [
        {
          kind: 'differs',
          path: ['data'],
          message:
            'these policies count beside the permissions on the GitHub repository: both must let somebody use a command',
          fix: 'Write groups as teams of GitHub, ORGANIZATION:TEAM, and users as logins; others match nobody.',
        },
      ];
    default:
      return [];
  }
}

/** Keys of `argocd-cmd-params-cm` that count. */
const PARAMETERS = [
  'applicationsetcontroller.policy',
  'applicationsetcontroller.enable.policy.override',
  'applicationsetcontroller.enable.new.git.file.globbing',
];

/** How the processes of Argo CD run: none of them is there. */
const NO_PROCESS =
  /^(server|reposerver|controller|redis|dexserver|notificationscontroller|otlp|log|commitserver|hydrator|repo\.server|application\.namespaces|applicationsetcontroller\.(log|concurrent|enable\.(leader|scm|progressive|git|github)|dryrun|debug|namespaces|requeue|webhook|status|scm|allowed|global|profile))/;

function ofKey(key: string, text: string): readonly Difference[] {
  if (key === 'kustomize.buildOptions') return ofBuildOptions(key, text);
  const found = SETTINGS.find((setting) => setting.key.test(key));
  if (found !== undefined) {
    const { kind, message, fix, when = () => true } = found;
    return when(text) ? [{ kind, path: ['data', key], message: `${key}: ${message}`, fix }] : [];
  }
  const counts = COUNTS.some((each) => (each.endsWith('*') ? key.startsWith(each.slice(0, -1)) : key === each));
  return counts || NOT_MISSED.test(key) ? [] : [withoutEffect(key)];
}

/** https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/#kustomize-build-optionsparameters */
function ofBuildOptions(key: string, text: string): readonly Difference[] {
  const { ignored, refused } = readBuildOptions(text);
  const path = ['data', key];
  return [
    ...refused.map((flag) => ({
      kind: 'unsupported' as const,
      path,
      message: `${key}: no kustomization is rendered with ${flag}`,
      fix: 'Remove it, and hold `trimtab render` against what Argo CD applies.',
    })),
    ...ignored.map(({ flag, because }) => ({
      kind: 'differs' as const,
      path,
      message: `${key}: ${flag} has no effect: ${because}`,
      fix: 'Nothing to do, if every application renders: one that needs it fails, and says so.',
    })),
  ];
}

function withoutEffect(key: string): Difference {
  return {
    kind: 'unsupported',
    path: ['data', key],
    message: `${key} has no effect`,
    fix: 'See whether an application depends on it, and hold `trimtab preview` and `trimtab diff` against Argo CD.',
  };
}
