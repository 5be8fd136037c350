import { type Command, Option } from 'commander';
import { clusterOf } from '../catalog/cluster-of.ts';
import { deployable } from '../catalog/rendered-definitions.ts';
import { createClusters } from '../cluster/clusters.ts';
import type { Kubeconfig } from '../cluster/kubeconfig.ts';
import { concerning } from '../flows/concerning.ts';
import { renderDesired } from '../flows/desired.ts';
import { withoutExcluded } from '../flows/excluded.ts';
import { readLive } from '../flows/live.ts';
import { differencesOf } from '../flows/look.ts';
import { leavingShared } from '../flows/shared.ts';
import { asApplied, placesOf } from '../flows/wanted.ts';
import type { Change } from '../spec/change.ts';
import { Problem } from '../spec/problem.ts';
import { type ClusterRegistration, IN_CLUSTER } from '../spec/settings.ts';
import { changesJson, changesText } from './change-text.ts';
import { compareFiles, marks } from './compare-files.ts';
import { type Found, findDesired } from './desired.ts';
import { type Mapping, mapOption, repoOption } from './options.ts';
import { registeredCredentials } from './registered-credentials.ts';
import { clock, engines } from './repository.ts';
import { readSettingsFile } from './settings-file.ts';
import { EXIT, say } from './show-problem.ts';

interface DiffOptions {
  readonly repo: string;
  readonly revision?: string;
  readonly map: Mapping;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly desired?: string;
  readonly live?: string;
  readonly application?: string;
  readonly settings?: string;
  readonly exitCode?: true;
  readonly output: 'text' | 'json';
}

/** Adds `trimtab diff APP` and `trimtab diff --desired FILE --live FILE`. */
export function addDiff(program: Command): void {
  program
    .command('diff')
    .description('show what differs between Git and the cluster (or two files), and who changed it')
    .argument('[app]', 'name of an application in the repository, or the path of an Application manifest')
    .addOption(repoOption())
    .option('--revision <rev>', 'branch, tag or SHA to compare (default: the commit that is checked out)')
    .addOption(mapOption())
    .option('--kubeconfig <file>', 'kubeconfig of the in-cluster destination (default: $KUBECONFIG, ~/.kube/config)')
    .option('--context <name>', 'look at the cluster of this context, whatever the destination says')
    .option('--desired <file>', 'manifests to compare instead of an application; - for stdin')
    .option('--live <file>', 'live objects to compare them with, as kubectl get -o yaml prints them')
    .option('--application <file>', 'with files: the Application, for its name, namespace and ignoreDifferences')
    .option('--settings <file>', 'the ConfigMap argocd-cm (default with an application: that of the repository)')
    .option('--exit-code', 'exit with 1 when something differs, and with 2 when it could not be found out')
    .addOption(
      new Option('-o, --output <format>', 'for people or for programs').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
Changes nothing. With an application the cluster is read, and what differs is checked with the API server's own dry run;
with --desired and --live only the two files are. Values of Secrets are shown as marks.

Examples:
  trimtab diff payments
  trimtab diff payments --context production --exit-code
  trimtab diff payments --revision my-branch --kubeconfig ~/.kube/staging
  trimtab diff --desired rendered.yaml --live live.yaml --settings argocd/argocd-cm.yaml -o json
`,
    )
    .action((app: string | undefined, options: DiffOptions) => diff(app, options));
}

async function diff(app: string | undefined, options: DiffOptions): Promise<void> {
  // 1 is to say that something differs, as in Argo CD and kubectl: whatever else goes wrong is 2
  if (options.exitCode === true) process.exitCode = EXIT.usage;
  const changes = await changesOf(app, options);
  process.stdout.write(options.output === 'json' ? changesJson(changes) : shown(changes, app));
  if (options.exitCode === true) process.exitCode = changes.length > 0 ? EXIT.problem : EXIT.fine;
}

function shown(changes: readonly Change[], app: string | undefined): string {
  if (changes.length > 0) return changesText(changes);
  return app === undefined ? 'Nothing differs.\n' : 'The cluster is as Git says.\n';
}

async function changesOf(app: string | undefined, options: DiffOptions): Promise<readonly Change[]> {
  const { desired, live } = options;
  if (app !== undefined && desired === undefined && live === undefined) {
    return await compareWithCluster(await findDesired(app, options), options);
  }
  if (app === undefined && desired !== undefined && live !== undefined) {
    return await compareFiles(desired, live, options);
  }
  throw new Problem('bad-command', 'diff compares an application with its cluster, or two files with each other.', {
    fix: 'Write trimtab diff APP, or trimtab diff --desired FILE --live FILE.',
  });
}

async function compareWithCluster(found: Found, options: DiffOptions): Promise<readonly Change[]> {
  const { application, revisions, catalogue, repository } = found;
  const customisations =
    options.settings === undefined ? catalogue.settings.customisations : await readSettingsFile(options.settings);
  const clusters = createClusters({ kubeconfig: kubeconfigOf(options), ...registeredCredentials(process.env) });
  const registration = registrationOf(found, options);
  const reader = await clusters.reader(registration);
  const rendered = await renderDesired(application, revisions, await reader.facts(), repository);
  const defined = deployable(
    asApplied(application, rendered, await reader.kinds(), customisations.tracking),
    registration,
  );
  const { manifests: desired, warnings } = withoutExcluded(defined, registration, customisations);
  for (const { message } of warnings) say(`${message}.`);
  const all = await readLive(reader, placesOf({ desired, inventory: [] }));
  const live = concerning({ application, desired }, all, customisations.tracking);
  const settings = { ...catalogue.settings, customisations };
  const about = await leavingShared({ application, revisions, desired, inventory: [], conditions: [] }, live, {
    ...repository,
    catalogue: { ...catalogue, settings },
    cluster: registration,
    reader,
  });
  for (const { message } of about.conditions) say(`${message}.`);
  const looking = { marks: marks(), reader, engines: engines(), customisations, at: clock() };
  return await differencesOf(about, live, looking);
}

function kubeconfigOf({ kubeconfig, context }: DiffOptions): Kubeconfig {
  const chosen = context === undefined ? {} : { context };
  return kubeconfig === undefined ? { default: true, ...chosen } : { path: kubeconfig, ...chosen };
}

function registrationOf({ application, catalogue }: Found, { context }: DiffOptions): ClusterRegistration {
  if (context === undefined) return clusterOf(application, catalogue.settings.clusters);
  return { name: context, server: IN_CLUSTER.server, labels: {}, namespaces: [], config: {} };
}
