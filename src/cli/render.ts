import { type Command, Option } from 'commander';
import { withNamespace } from '../diff/index.ts';
import { yamlOf } from '../diff/yaml.ts';
import { renderDesired } from '../flows/desired.ts';
import { factsOf } from '../flows/facts.ts';
import { asApplied } from '../flows/wanted.ts';
import { type Application, applicationName } from '../spec/application.ts';
import { keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import { plan, readSyncOptions } from '../sync/index.ts';
import { findDesired } from './desired.ts';
import { type Mapping, mapOption, repoOption } from './options.ts';
import { NO_FACTS } from './repository.ts';
import { say } from './show-problem.ts';

interface RenderOptions {
  readonly repo: string;
  readonly revision?: string;
  readonly map: Mapping;
  readonly kubeVersion?: string;
  readonly apiVersions: readonly string[];
  readonly output: 'yaml' | 'json';
}

/** Adds `trimtab render APP`. */
export function addRender(program: Command): void {
  program
    .command('render')
    .description("print an application's manifests, in the order in which a sync applies them")
    .argument('<app>', 'name of an application in the repository, or the path of an Application manifest')
    .addOption(repoOption())
    .option('--revision <rev>', 'branch, tag or SHA to render (default: the commit that is checked out)')
    .addOption(mapOption())
    .option('--kube-version <version>', 'the version of Kubernetes that charts are rendered for (default: 1.36.0)')
    .addOption(
      new Option(
        '--api-versions <list>',
        'what the cluster serves beside the built-in kinds; may be given several times',
      )
        .argParser((text, before: readonly string[]) => [...before, ...text.split(',').filter((each) => each !== '')])
        .default([], 'none'),
    )
    .addOption(
      new Option('-o, --output <format>', 'yaml (a stream) or json (a List)').choices(['yaml', 'json']).default('yaml'),
    )
    .addHelpText(
      'after',
      `
Values of Secrets are printed as they are in Git.

Examples:
  trimtab render payments
  trimtab render payments --revision my-branch -o json | jq '.items[].kind'
  trimtab render ./argocd/payments.yaml --map https://github.com/acme/charts=../charts
  trimtab render payments --kube-version 1.33 --api-versions monitoring.coreos.com/v1,cert-manager.io/v1
  trimtab render payments | kubectl diff --server-side -f -
`,
    )
    .action((app: string, options: RenderOptions) => render(app, options));
}

async function render(app: string, options: RenderOptions): Promise<void> {
  const { application, revisions, repository } = await findDesired(app, options);
  const unknown = await factsOf('', { facts: NO_FACTS });
  const facts = { kubeVersion: options.kubeVersion ?? unknown.kubeVersion, apiVersions: options.apiVersions };
  const rendered = await renderDesired(application, revisions, facts, repository);
  const manifests = inApplyOrder(
    application,
    withNamespace(rendered, [], application.spec.destination.namespace ?? ''),
  );
  const left = rendered.length - manifests.length;
  if (left > 0) say(`${left} of ${rendered.length} manifests are never applied (hook: Skip, or defined twice).`);
  process.stdout.write(options.output === 'json' ? jsonList(manifests) : manifests.map(yamlDocument).join(''));
}

/** Phases, waves, kinds, names; a hook of two phases stands where it runs first. */
function inApplyOrder(application: Application, manifests: readonly Manifest[]): readonly Manifest[] {
  // Hooks may have a generateName only; for the plan each needs a name of its own.
  const named = manifests.map((manifest, index) =>
    manifest.metadata.name === undefined
      ? { ...manifest, metadata: { ...manifest.metadata, name: `${manifest.metadata.generateName ?? ''}${index}` } }
      : manifest,
  );
  const originals = new Map(named.map((manifest, index) => [keyText(keyOf(manifest)), manifests[index] ?? manifest]));
  const tasks = plan({
    operation: { application: applicationName(application), prune: false },
    desired: asApplied(application, named, []),
    live: new Map(),
    inventory: [],
    options: readSyncOptions(application.spec.syncPolicy?.syncOptions ?? []),
    namespace: application.spec.destination.namespace ?? '',
  });
  const keys = new Set(tasks.map((task) => keyText(task.key)));
  return [...keys].flatMap((key) => originals.get(key) ?? []);
}

function yamlDocument(manifest: Manifest): string {
  return `---\n${yamlOf(manifest)}`;
}

function jsonList(items: readonly Manifest[]): string {
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2)}\n`;
}
