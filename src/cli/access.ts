import { type Command, Option } from 'commander';
import { destinationRuling } from '../access/destination-rule.ts';
import { namespaceRuling } from '../access/project-rules.ts';
import { resourceRuling } from '../access/resource-rules.ts';
import type { Ruling } from '../access/rule.ts';
import { sourceRuling } from '../access/source-repos.ts';
import { withNamespace } from '../diff/index.ts';
import { type Application, applicationName, sourcesOf } from '../spec/application.ts';
import { Problem } from '../spec/problem.ts';
import type { AppProject } from '../spec/project.ts';
import { type ClusterRegistration, IN_CLUSTER } from '../spec/settings.ts';
import { addAccessUser } from './access-user.ts';
import { readProjectFile } from './project-file.ts';
import { EXIT, warn } from './show-problem.ts';

interface AccessOptions {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly clusterScoped?: true;
  readonly output: 'text' | 'json';
}

/** One rule that was asked, about what, and its answer. */
interface Check extends Ruling {
  readonly about: 'project' | 'namespace' | 'source' | 'destination' | 'resource';
  readonly value: string;
}

/** Adds `trimtab access project` and `trimtab access user`. */
export function addAccess(program: Command): void {
  const access = program.command('access').description('say what is permitted, and by which rule');
  addAccessUser(access);
  access
    .command('project')
    .description('whether a project permits an application, or a kind of resource')
    .argument('<project>', 'path of an AppProject manifest')
    .argument('[application]', 'path of an Application manifest')
    .option(
      '--kind <group/kind>',
      'ask for a kind instead: apps/Deployment; ConfigMap or /ConfigMap for the core group',
    )
    .option('--name <name>', 'name of the resource, for rules of cluster-scoped kinds that have one')
    .option('--namespace <ns>', 'the kind is namespaced (it stands in this namespace)')
    .option('--cluster-scoped', 'the kind is cluster-scoped')
    .addOption(
      new Option('-o, --output <format>', 'for people or for programs').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
Exits 0 when it is permitted, 1 when it is not, 2 on wrong usage. Whether a kind is cluster-scoped is known for
Kubernetes' own kinds; any other counts as namespaced, unless --cluster-scoped says otherwise.

Examples:
  trimtab access project projects/shop.yaml apps/shop.yaml
  trimtab access project projects/shop.yaml --kind rbac.authorization.k8s.io/ClusterRole
  trimtab access project projects/shop.yaml --kind Namespace --name shop-1 -o json
`,
    )
    .action((project: string, application: string | undefined, options: AccessOptions) =>
      accessProject(project, application, options),
    );
}

async function accessProject(file: string, applicationFile: string | undefined, options: AccessOptions): Promise<void> {
  if ((applicationFile === undefined) === (options.kind === undefined)) {
    throw new Problem('bad-command', 'Name an Application manifest, or a kind with --kind; not both.', {
      fix: 'trimtab access project PROJECT.yaml APPLICATION.yaml',
    });
  }
  const { project, application, settings, warnings } = await readProjectFile(file, applicationFile);
  for (const warning of warnings) warn(warning);
  const checks =
    application === undefined ? [checkKind(project, options)] : checksOf(project, application, settings.clusters);
  const refused = checks.filter((check) => !check.permitted);
  const permitted = refused.length === 0;
  const rule = (permitted ? checks : refused).map((check) => check.rule).join('; ');
  const about = application === undefined ? {} : { application: applicationName(application) };
  if (options.output === 'json') {
    const answer = { permitted, rule, project: project.metadata.name, ...about, checks };
    process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  } else {
    const lines = checks.map(
      ({ about: what, value, permitted: yes, rule: why }) => `  ${yes ? 'yes' : 'no '}  ${what} ${value}: ${why}`,
    );
    process.stdout.write(
      [`${permitted ? 'permitted' : 'not permitted'} in project ${project.metadata.name}`, ...lines, ''].join('\n'),
    );
  }
  if (!permitted) process.exitCode = EXIT.problem;
}

function checksOf(
  project: AppProject,
  application: Application,
  clusters: readonly ClusterRegistration[],
): readonly Check[] {
  const { destination } = application.spec;
  const cluster = clusterNames(application, clusters);
  const namespace = destination.namespace ?? '';
  const owner = project.metadata.name;
  const isOwn = application.spec.project === owner;
  return [
    {
      about: 'project',
      value: application.spec.project,
      permitted: isOwn,
      rule: isOwn
        ? `spec.project names ${owner}`
        : `spec.project of the application is '${application.spec.project}', not '${owner}'`,
    },
    {
      about: 'namespace',
      value: application.metadata.namespace ?? 'argocd',
      ...namespaceRuling({ project, application, cluster }),
    },
    ...sourcesOf(application).map(
      ({ repoURL }): Check => ({ about: 'source', value: repoURL, ...sourceRuling(project, repoURL) }),
    ),
    {
      about: 'destination',
      value: `${destination.name ?? destination.server ?? ''}, namespace '${namespace}'`,
      ...destinationRuling(project, cluster, namespace),
    },
  ];
}

/** Both ways to name the cluster, where its Secret is in the project's file; else the one that the application uses. */
function clusterNames(
  { spec }: Application,
  clusters: readonly ClusterRegistration[],
): Pick<ClusterRegistration, 'name' | 'server'> & Partial<ClusterRegistration> {
  const { name = '', server = '' } = spec.destination;
  const plain = (url: string): string => url.replace(/\/+$/, '');
  const found = clusters.find((each) => (name !== '' ? each.name === name : plain(each.server) === plain(server)));
  if (found !== undefined) return found;
  return name === IN_CLUSTER.name || plain(server) === IN_CLUSTER.server ? IN_CLUSTER : { name, server };
}

function checkKind(project: AppProject, options: AccessOptions): Check {
  const [, group = '', kind = ''] = /^(?:([^/]*)\/)?([^/]+)$/.exec(options.kind ?? '') ?? [];
  if (kind === '') {
    throw new Problem('bad-command', `--kind must be GROUP/KIND, found ${JSON.stringify(options.kind)}.`, {
      fix: 'apps/Deployment; ConfigMap for the core group.',
    });
  }
  const namespaced = options.clusterScoped === true ? false : isNamespaced(group, kind);
  const key = { group, kind, namespace: options.namespace ?? '', name: options.name ?? '' };
  const scope = namespaced ? 'namespaced' : 'cluster-scoped';
  return { about: 'resource', value: `${group}/${kind} (${scope})`, ...resourceRuling(project, { key, namespaced }) };
}

/** As for manifests that name no namespace: kinds of Kubernetes are known, every other counts as namespaced. */
function isNamespaced(group: string, kind: string): boolean {
  const apiVersion = group === '' ? 'v1' : `${group}/v1`;
  const [placed] = withNamespace([{ apiVersion, kind, metadata: { name: 'any' } }], [], 'any');
  return placed?.metadata.namespace !== undefined;
}
