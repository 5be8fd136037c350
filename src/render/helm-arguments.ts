import type { HelmSource } from '../spec/application.ts';
import type { ClusterFacts } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';

/** A helm source with every path resolved: absolute paths of files that exist. */
export interface HelmCall {
  readonly helm: HelmSource;
  readonly application: string;
  /** The namespace of the Application's destination. */
  readonly namespace: string;
  readonly facts: ClusterFacts;
  readonly valueFiles: readonly string[];
  readonly fileParameters: readonly { readonly name: string; readonly path: string }[];
  /** Puts the build environment in. */
  readonly substitute: (text: string) => string;
}

/**
 * The arguments of `helm template` as Argo CD gives them. Parameters beat `valuesObject`, which stands in for `values`,
 * which beats value files, of which the last wins, which beat the chart's own values.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#helm-value-precedence
 */
export function helmArguments(call: HelmCall): readonly string[] {
  const { helm, facts } = call;
  const namespace = given(helm.namespace) ?? call.namespace;
  return [
    'template',
    '.',
    `--name-template=${given(helm.releaseName) ?? call.application}`,
    ...(namespace === '' ? [] : [`--namespace=${namespace}`]),
    `--kube-version=${kubeVersionOf(helm.kubeVersion, facts)}`,
    ...apiVersionLists(apiVersionsOf(helm.apiVersions, facts)),
    ...(helm.skipCrds === true ? [] : ['--include-crds']),
    ...(helm.skipTests === true ? ['--skip-tests'] : []),
    ...(helm.skipSchemaValidation === true ? ['--skip-schema-validation'] : []),
    ...call.valueFiles.map((path) => `--values=${csv(path)}`),
    ...last(helm.parameters ?? []).map(({ name, value, forceString }) => {
      const flag = forceString === true ? '--set-string' : '--set';
      return `${flag}=${name}=${listSafe(call.substitute(value ?? ''))}`;
    }),
    ...call.fileParameters.map(({ name, path }) => `--set-file=${name}=${listSafe(path)}`),
  ];
}

/** Empty text is no answer, as in Go. */
function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** Of parameters with one name and one flag the last one counts: Argo CD keeps them in a map. */
function last(parameters: NonNullable<HelmSource['parameters']>): NonNullable<HelmSource['parameters']> {
  const byName = new Map(parameters.map((each) => [`${each.forceString === true} ${each.name}`, each]));
  return [...byName.values()];
}

/**
 * The version of Kubernetes that charts are rendered for: that of the source, else the cluster's, without what follows
 * the numbers. `v1.33.2-eks-abc+1` is 1.33.2: charts compare it, and a pre-release would fail `>=1.33`. Throws Problem
 * `invalid-manifest` for a version of the source that is none.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#using-custom-kubernetes-version-and-api-versions
 */
export function kubeVersionOf(written: string | undefined, facts: ClusterFacts): string {
  const version = given(written) ?? facts.kubeVersion;
  const plain = /^\s*v?(\d+(?:\.\d+)+)/.exec(version)?.[1];
  if (plain !== undefined) return plain;
  throw new Problem('invalid-manifest', `${JSON.stringify(version)} is no version of Kubernetes.`, {
    where: { field: 'kubeVersion' },
    fix: 'Write a version such as 1.33.2.',
  });
}

/** The API versions of the source, else those that the cluster serves. */
export function apiVersionsOf(written: readonly string[] | undefined, facts: ClusterFacts): readonly string[] {
  return written === undefined || written.length === 0 ? facts.apiVersions : written;
}

/** One argument may hold 128 KiB (MAX_ARG_STRLEN); a cluster with many operators serves thousands of kinds. */
const LIST_CHARACTERS = 60_000;

function apiVersionLists(versions: readonly string[]): readonly string[] {
  const lists: string[] = [];
  let list = '';
  for (const version of versions.map(csv)) {
    if (list.length + version.length > LIST_CHARACTERS) {
      lists.push(list);
      list = '';
    }
    list += list === '' ? version : `,${version}`;
  }
  if (list !== '') lists.push(list);
  return lists.map((each) => `--api-versions=${each}`);
}

/** These flags take comma-separated lists in the manner of CSV. */
function csv(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** A comma is part of the value, as in Argo CD, unless the value is one of Helm's lists: `{a,b}`. */
function listSafe(value: string): string {
  return value.startsWith('{') && value.endsWith('}') ? value : value.replaceAll(/(?<!\\),/g, '\\,');
}
