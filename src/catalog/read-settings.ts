import { LABEL } from '../spec/annotations.ts';
import { NO_CUSTOMISATIONS } from '../spec/customisations.ts';
import type { ManifestDocument } from '../spec/documents.ts';
import { parseCluster } from '../spec/parse-cluster.ts';
import { parseConfigMap } from '../spec/parse-config-map.ts';
import { parseCustomisations } from '../spec/parse-customisations.ts';
import { NO_NOTIFICATIONS, parseNotifications } from '../spec/parse-notifications.ts';
import { parseRepository } from '../spec/parse-repository.ts';
import { asProblem, Problem, whereText } from '../spec/problem.ts';
import type { ClusterRegistration, RepositoryRegistration, Settings } from '../spec/settings.ts';

/** The settings, and what of them can't be read. */
export interface ReadSettings {
  readonly value: Settings;
  readonly problems: readonly Problem[];
}

/**
 * Everything that a control repository says beside its applications and projects. Never throws.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#atomic-configuration
 */
export function readSettings(documents: readonly ManifestDocument[]): ReadSettings {
  const problems: Problem[] = [];
  const configMap = (name: string): ReadConfigMap => {
    const [found, ...more] = documents.filter((each) => each.kind === 'ConfigMap' && each.name === name);
    if (found === undefined) return undefined;
    problems.push(...more.map((each) => secondConfigMap(each, found)));
    try {
      const { value, warnings } = parseConfigMap(found);
      problems.push(...warnings);
      return { data: value, document: found };
    } catch (thrown) {
      problems.push(asProblem(thrown));
      return undefined;
    }
  };
  const argocd = configMap('argocd-cm');
  const parameters = configMap('argocd-cmd-params-cm');
  const rbac = configMap('argocd-rbac-cm');
  const notificationsMap = configMap('argocd-notifications-cm');
  const notifications =
    notificationsMap === undefined ? undefined : parseNotifications(notificationsMap.data, notificationsMap.document);
  const customisations = argocd === undefined ? undefined : parseCustomisations(argocd.data, argocd.document);
  const certificates = configMap('argocd-tls-certs-cm');
  const clusters = readClusters(documents);
  const repositories = readRepositories(documents);
  problems.push(
    ...(notifications?.problems ?? []),
    ...(customisations?.problems ?? []),
    ...clusters.problems,
    ...repositories.problems,
  );
  const value = {
    clusters: clusters.value,
    repositories: repositories.value,
    ...(certificates === undefined ? {} : { certificates: certificates.data }),
    notifications: notifications?.value ?? NO_NOTIFICATIONS,
    customisations: customisations?.value ?? NO_CUSTOMISATIONS,
    argocd: argocd?.data ?? {},
    ...(rbac === undefined ? {} : { rbac: rbac.data }),
    ...(parameters === undefined ? {} : { parameters: parameters.data }),
  };
  return { value, problems };
}

type ReadConfigMap =
  | { readonly data: Readonly<Record<string, string>>; readonly document: ManifestDocument }
  | undefined;

function secondConfigMap(second: ManifestDocument, first: ManifestDocument): Problem {
  const place = whereText(first.where([]));
  return new Problem(
    'conflict',
    `ConfigMap ${second.name} is defined more than once: ${place} counts, this one does not`,
    {
      where: second.where([]),
      fix: 'Remove one of the two.',
    },
  );
}

function readClusters(documents: readonly ManifestDocument[]): {
  readonly value: readonly ClusterRegistration[];
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const value: ClusterRegistration[] = [];
  for (const document of documents.filter(
    (each) => each.kind === 'Secret' && each.label(LABEL.secretType) === 'cluster',
  )) {
    try {
      const cluster = parseCluster(document);
      problems.push(...cluster.warnings);
      const same = value.find((each) => each.server === cluster.value.server || each.name === cluster.value.name);
      if (same === undefined) value.push(cluster.value);
      else problems.push(secondCluster(document, same));
    } catch (thrown) {
      problems.push(asProblem(thrown));
    }
  }
  return { value, problems };
}

function secondCluster(document: ManifestDocument, first: ClusterRegistration): Problem {
  const message = `the cluster Secret ${document.name} repeats the name or the server of cluster ${first.name} and does not count`;
  return new Problem('conflict', message, {
    where: document.where([]),
    fix: 'Give each cluster a name and a server of its own.',
  });
}

function readRepositories(documents: readonly ManifestDocument[]): {
  readonly value: readonly RepositoryRegistration[];
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const value: RepositoryRegistration[] = [];
  for (const document of documents.filter((each) => each.kind === 'Secret')) {
    const secretType = document.label(LABEL.secretType);
    if (secretType !== 'repository' && secretType !== 'repo-creds') continue;
    try {
      const repository = parseRepository(document, secretType);
      problems.push(...repository.warnings);
      value.push(repository.value);
    } catch (thrown) {
      problems.push(asProblem(thrown));
    }
  }
  return { value, problems };
}
