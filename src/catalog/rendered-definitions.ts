import { type Application, applicationName, type Parsed } from '../spec/application.ts';
import type { ParsedSet } from '../spec/applicationset.ts';
import { type FieldPath, fieldText, type ManifestDocument } from '../spec/documents.ts';
import { matchesGlob } from '../spec/glob.ts';
import { keyOf, type Manifest, resourceText } from '../spec/manifest.ts';
import { parseApplication } from '../spec/parse-application.ts';
import { parseApplicationSet } from '../spec/parse-applicationset.ts';
import { parseProject } from '../spec/parse-project.ts';
import { asProblem, Problem, type Where } from '../spec/problem.ts';
import type { AppProject } from '../spec/project.ts';
import { type ClusterRegistration, IN_CLUSTER, type Settings } from '../spec/settings.ts';

/** What an application's manifests define, and what of it can't be read. */
export interface Definitions {
  readonly applications: readonly Parsed<Application>[];
  readonly sets: readonly ParsedSet[];
  readonly projects: readonly Parsed<AppProject>[];
  readonly problems: readonly Problem[];
}

const KINDS: ReadonlySet<string> = new Set(['Application', 'ApplicationSet', 'AppProject']);

/** Whether a manifest is of a kind that Argo CD itself acts on. */
export function isDefinition({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
  return apiVersion.startsWith('argoproj.io/') && KINDS.has(kind);
}

/**
 * Whether Argo CD's kinds count in this cluster: Argo CD looks for them in the cluster that it runs in, and nowhere else.
 * Those that go elsewhere are for another Argo CD, and resources like any other.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/cluster-bootstrapping/#app-of-apps-pattern
 */
export function isControlPlane({ name, server }: Pick<ClusterRegistration, 'name' | 'server'>): boolean {
  return server.replace(/\/+$/, '') === IN_CLUSTER.server || name === IN_CLUSTER.name;
}

/**
 * The definitions among the manifests that an application renders (app of apps). `manifests` have their namespaces
 * filled in. One in a namespace where Argo CD does not look is left out, with a warning. Never throws.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/
 */
export function definitionsOf(
  parent: Parsed<Application>,
  manifests: readonly Manifest[],
  settings: Settings,
): Definitions {
  const problems: Problem[] = [];
  const found = manifests.filter(isDefinition).flatMap((manifest) => {
    if (isLookedFor(manifest, parent, settings)) return [manifest];
    problems.push(elsewhere(manifest, parent));
    return [];
  });
  const read = <T extends { readonly where: Where }>(kind: string, parse: (document: ManifestDocument) => T): T[] =>
    found
      .filter((manifest) => manifest.kind === kind)
      .flatMap((manifest) => {
        try {
          return [parse(documentOf(manifest, parent))];
        } catch (thrown) {
          problems.push(unreadable(asProblem(thrown), manifest, parent));
          return [];
        }
      });
  const from = { parents: chainOf(parent), rendered: true as const };
  return {
    applications: read('Application', parseApplication).map((one) => ({ ...one, ...from })),
    sets: read('ApplicationSet', parseApplicationSet).map((one) => ({ ...one, ...from })),
    projects: read('AppProject', parseProject),
    problems,
  };
}

/** The applications that a child of this one comes out of. */
export function chainOf({ value, parents = [] }: Parsed<Application>): readonly string[] {
  return [...parents, applicationName(value)];
}

const CONTROL_PLANE = 'argocd';

function isLookedFor(manifest: Manifest, { value }: Parsed<Application>, { parameters = {} }: Settings): boolean {
  const namespace = manifest.metadata.namespace ?? '';
  if (namespace === CONTROL_PLANE || namespace === value.metadata.namespace) return true;
  const setting = { Application: 'application.namespaces', ApplicationSet: 'applicationsetcontroller.namespaces' }[
    manifest.kind
  ];
  const globs = (setting === undefined ? '' : (parameters[setting] ?? '')).split(',').map((glob) => glob.trim());
  return globs.some((glob) => glob !== '' && matchesGlob(glob, namespace));
}

function elsewhere(manifest: Manifest, parent: Parsed<Application>): Problem {
  const { namespace = '', name = '' } = manifest.metadata;
  const what = `${manifest.kind} ${name} of ${applicationName(parent.value)} goes to namespace ${namespace || '(none)'}, where Argo CD does not look for it: it counts for nothing`;
  return new Problem('misconfigured', what, {
    where: { ...parent.where, resource: resourceText(keyOf(manifest)) },
    fix: `Give it metadata.namespace: ${CONTROL_PLANE}, or name the namespace in application.namespaces of argocd-cmd-params-cm.`,
  });
}

/** A manifest as a document: its fields stand nowhere, so the place is that of the application that renders it. */
function documentOf(manifest: Manifest, { where }: Parsed<Application>): ManifestDocument {
  const place = { ...(where.file && { file: where.file }), ...(where.line && { line: where.line }) };
  return {
    file: where.file ?? '',
    apiVersion: manifest.apiVersion,
    kind: manifest.kind,
    name: manifest.metadata.name ?? '',
    label: (name) => manifest.metadata.labels?.[name],
    value: () => manifest,
    where: (field: FieldPath) => ({ ...place, ...(field.length === 0 ? {} : { field: fieldText(field) }) }),
    textLine: () => where.line ?? 1,
  };
}

function unreadable({ code, message, where, fix }: Problem, manifest: Manifest, parent: Parsed<Application>): Problem {
  const name = applicationName(parent.value);
  const what = `${manifest.kind} ${manifest.metadata.name ?? ''}, which ${name} renders: ${message}`;
  const own = manifest.kind === 'Application' ? { application: manifest.metadata.name ?? '' } : {};
  return new Problem(code, what, { where: { ...where, ...own, parent: name }, ...(fix && { fix }) });
}

/**
 * What of an application's manifests goes to its cluster. What defines applications for this very Argo CD does not: Git
 * defines it, nothing in the cluster reads it, and the cluster may not even know the kind.
 */
export function deployable(
  manifests: readonly Manifest[],
  cluster: Pick<ClusterRegistration, 'name' | 'server'>,
): readonly Manifest[] {
  return isControlPlane(cluster) ? manifests.filter((manifest) => !isDefinition(manifest)) : manifests;
}
