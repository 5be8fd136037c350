import { randomBytes } from 'node:crypto';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { driftLine } from '../../templates/diff-answer.ts';
import { createAws } from '../aws/index.ts';
import { clusterOf } from '../catalog/cluster-of.ts';
import { deployable } from '../catalog/rendered-definitions.ts';
import { createClusters } from '../cluster/clusters.ts';
import type { Kubeconfig } from '../cluster/credentials.ts';
import { createMarks, unifiedDiff } from '../diff/index.ts';
import { createEngines } from '../engines/index.ts';
import { renderDesired } from '../flows/desired.ts';
import { readLive } from '../flows/live.ts';
import { asApplied, concerning, differencesOf, placesOf } from '../flows/look.ts';
import { createClusterSecrets } from '../secrets/named-secrets.ts';
import { createSecrets } from '../secrets/resolve-secret.ts';
import type { Change } from '../spec/change.ts';
import { readEnvironment } from '../spec/environment.ts';
import { resourceText } from '../spec/manifest.ts';
import { type ClusterRegistration, IN_CLUSTER } from '../spec/settings.ts';
import { type Found, findDesired } from './desired.ts';
import { type Mapping, mapOption, repoOption } from './options.ts';
import { EXIT } from './show-problem.ts';

interface DiffOptions {
  readonly repo: string;
  readonly revision?: string;
  readonly map: Mapping;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly exitCode?: true;
}

/** Adds `trimtab diff APP`. */
export function addDiff(program: Command): void {
  program
    .command('diff')
    .description('show what differs between Git and the cluster, and who changed it')
    .argument('<app>', 'name of an application in the repository, or the path of an Application manifest')
    .addOption(repoOption())
    .option('--revision <rev>', 'branch, tag or SHA to compare (default: the commit that is checked out)')
    .addOption(mapOption())
    .option('--kubeconfig <file>', 'kubeconfig of the in-cluster destination (default: $KUBECONFIG, ~/.kube/config)')
    .option('--context <name>', 'look at the cluster of this context, whatever the destination says')
    .option('--exit-code', 'exit with 1 when something differs')
    .addHelpText(
      'after',
      `
Reads the cluster and changes nothing: what differs is checked with the API server's own dry run.

Examples:
  trimtab diff payments
  trimtab diff payments --context production --exit-code
  trimtab diff payments --revision my-branch --kubeconfig ~/.kube/staging
`,
    )
    .action((app: string, options: DiffOptions) => diff(app, options));
}

async function diff(app: string, options: DiffOptions): Promise<void> {
  const found = await findDesired(app, options);
  const changes = await compareWithCluster(found, options);
  if (changes.length === 0) {
    process.stdout.write('The cluster is as Git says.\n');
    return;
  }
  process.stdout.write(changes.map(changeText).join('\n'));
  if (options.exitCode === true) process.exitCode = EXIT.problem;
}

async function compareWithCluster(found: Found, options: DiffOptions): Promise<readonly Change[]> {
  const { application, revisions, repository } = found;
  const settings = readEnvironment(['AWS_REGION', 'TRIMTAB_CLUSTER_SECRETS'], process.env);
  const resolve = createSecrets({ aws: createAws({ region: settings.AWS_REGION }), values: process.env });
  const clusters = createClusters({
    kubeconfig: kubeconfigOf(options),
    // Registrations stand in the clone: they may name credentials made for clusters, and nothing else of this machine.
    resolveSecret: createClusterSecrets({ resolve, prefix: settings.TRIMTAB_CLUSTER_SECRETS }),
  });
  const engines = createEngines();
  try {
    const registration = registrationOf(found, options);
    const reader = await clusters.reader(registration);
    const rendered = await renderDesired(application, revisions, await reader.facts(), repository);
    const desired = deployable(asApplied(application, rendered, await reader.kinds()), registration);
    const live = await readLive(reader, placesOf({ desired, inventory: [] }));
    return await differencesOf({ application, desired }, concerning({ application, desired }, live), {
      marks: createMarks(randomBytes(32).toString('hex')),
      reader,
      engines,
      at: new Date().toISOString(),
    });
  } finally {
    await engines.close();
  }
}

function kubeconfigOf({ kubeconfig, context }: DiffOptions): Kubeconfig {
  const chosen = context === undefined ? {} : { context };
  return kubeconfig === undefined ? { default: true, ...chosen } : { path: kubeconfig, ...chosen };
}

function registrationOf({ application, catalogue }: Found, { context }: DiffOptions): ClusterRegistration {
  if (context === undefined) return clusterOf(application, catalogue.settings.clusters);
  return { name: context, server: IN_CLUSTER.server, labels: {}, namespaces: [], config: {} };
}

const WORDS: Readonly<Record<Change['action'], string>> = {
  create: 'is in Git, not in the cluster',
  update: 'differs',
  delete: 'is in the cluster, no longer in Git',
};

function changeText(change: Change): string {
  const title = `${resourceText(change.key)} ${WORDS[change.action]}`;
  const fields = change.action === 'update' ? change.fields.map((field) => `  ${driftLine(field)}`) : [];
  const lines = unifiedDiff(change).trimEnd().split('\n').map(coloured);
  return `${[style('bold', title), ...fields, ...lines].join('\n')}\n`;
}

function coloured(line: string): string {
  if (line.startsWith('+++') || line.startsWith('---')) return style('bold', line);
  if (line.startsWith('+')) return style('green', line);
  if (line.startsWith('-')) return style('red', line);
  return line.startsWith('@@') ? style('cyan', line) : line;
}

function style(name: 'bold' | 'green' | 'red' | 'cyan', text: string): string {
  return styleText(name, text, { stream: process.stdout });
}
