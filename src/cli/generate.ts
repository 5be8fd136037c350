import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Command, Option } from 'commander';
import { readCatalogue } from '../catalog/read-catalogue.ts';
import { yamlOf } from '../diff/yaml.ts';
import { expandSets } from '../flows/expand-sets.ts';
import type { Application } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { hidesApplications } from '../spec/catalogue.ts';
import { asProblem, Problem } from '../spec/problem.ts';
import { type Clone, openClone } from './clone.ts';
import { type Mapping, mapOption } from './options.ts';
import { clock, engines, sourceFor } from './repository.ts';
import { EXIT, showProblem, warn } from './show-problem.ts';

interface GenerateOptions {
  readonly map: Mapping;
  readonly clusters?: string;
  readonly output: 'yaml' | 'json';
}

/** Adds `trimtab generate APPLICATIONSET.yaml`. */
export function addGenerate(program: Command): void {
  program
    .command('generate')
    .description('print the Applications that an ApplicationSet generates')
    .argument('<file>', 'path of an ApplicationSet manifest')
    .addOption(mapOption())
    .option('--clusters <file>', 'cluster Secrets, and ConfigMaps of Argo CD that matter to generators')
    .addOption(
      new Option('-o, --output <format>', 'yaml (a stream) or json (a List)').choices(['yaml', 'json']).default('yaml'),
    )
    .addHelpText(
      'after',
      `
Git generators read what is committed, not what lies in the folder. Exits 1 when something can't be generated.

Examples:
  trimtab generate argocd/addons.yaml
  trimtab generate argocd/addons.yaml --map https://github.com/acme/addons=../addons
  trimtab generate argocd/fleet.yaml --clusters clusters.yaml -o json | jq -r '.items[].metadata.name'
`,
    )
    .action((file: string, options: GenerateOptions) => generate(file, options));
}

async function generate(file: string, options: GenerateOptions): Promise<void> {
  const paths = [file, ...(options.clusters === undefined ? [] : [options.clusters])];
  const written = readCatalogue('', await Promise.all(paths.map(readManifests)));
  if (written.sets.length === 0) throw noSet(written, file);
  const clone = await cloneAround(file);
  const source = sourceFor(clone, written, options.map);
  const catalogue = await expandSets(written, '', { source, engines: engines(), clock });
  const items = catalogue.applications.filter((one) => one.generatedBy !== undefined).map((one) => one.value);
  process.stdout.write(
    options.output === 'json' ? jsonList(items) : items.map((item) => `---\n${yamlOf({ ...item })}`).join(''),
  );
  for (const problem of catalogue.problems.filter(concernsSets)) {
    if (!hidesApplications(problem)) warn(problem);
    else {
      showProblem(problem);
      process.exitCode = EXIT.problem;
    }
  }
}

async function readManifests(path: string): Promise<{ readonly path: string; readonly text: string }> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) throw new Problem('not-found', `The file ${path} cannot be read.`, { where: { file: path } });
  return { path, text };
}

function noSet({ problems }: Catalogue, file: string): Problem {
  const [broken] = problems.filter(hidesApplications);
  return (
    broken ??
    new Problem('bad-request', `${file} holds no ApplicationSet of Argo CD.`, {
      where: { file },
      fix: 'Name the manifest of one; trimtab render prints what an Application renders to.',
    })
  );
}

/** The clone that the file is in; a file outside of any needs --map for git generators. */
async function cloneAround(file: string): Promise<Clone | undefined> {
  try {
    return await openClone(dirname(file));
  } catch (thrown) {
    if (asProblem(thrown).code !== 'misconfigured') throw thrown;
    return undefined;
  }
}

/** Projects are not asked for here. */
function concernsSets({ where }: Problem): boolean {
  return where.field !== 'spec.project';
}

function jsonList(items: readonly Application[]): string {
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2)}\n`;
}
