import { readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { readBuildOptions } from '../spec/build-options.ts';
import type { RenderInput } from '../spec/ports.ts';
import { Problem, type Where } from '../spec/problem.ts';
import { type CommitOf, createBaseFinder, createCommits } from './bases.ts';
import { bringChart } from './bring-chart.ts';
import { lookInto } from './chart-schemas.ts';
import { type ComponentPath, componentsOf } from './components.ts';
import { isNode, type Named, type Node, named } from './kustomization-fields.ts';
import { refuseRemote, refuseRemoteText, remote } from './kustomization-remotes.ts';
import { chartOfGenerator, chartsOf, type InflatedChart } from './kustomize-charts.ts';
import type { Part } from './part.ts';
import { insideCheckout } from './paths.ts';
import { readRemote } from './remote-base.ts';
import {
  attempt,
  editsOf,
  kustomizationIn,
  type LentFile,
  type Place,
  type Step,
  type Walk,
  type Walked,
  whereOf,
} from './walk.ts';
import { readYaml } from './yaml.ts';

type Input = Omit<RenderInput, 'facts'>;

/**
 * Follows a kustomization and all that it names: resources, bases, components, patches, generators, Helm charts and the
 * rest. Each folder is read once, so cycles end. Bases of other repositories and charts are brought by `input.bases` and
 * `input.charts`; without these, they are problems. Never throws for broken content: its folder then stands in the closure
 * as a whole. https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
 */
export async function walkKustomization(
  input: Input,
  folder: string,
  commitOf: CommitOf = createCommits(),
): Promise<Walked> {
  const own: Part = { checkout: input.checkout, name: 'repository', closure: new Set() };
  const walk: Walk = {
    input,
    own,
    enableHelm: readBuildOptions(input.buildOptions).enableHelm,
    bases: createBaseFinder(input, own, commitOf),
    seen: new Set(),
    references: [],
    problems: [],
    edits: new Map(),
    lent: [],
    charts: [],
    inflates: undefined,
  };
  await visit(walk, own, folder);
  let components: readonly ComponentPath[] = [];
  await attempt(walk, async () => {
    components = await componentsOf(input, folder);
  });
  for (const { path, field } of components) await followOption(walk, folder, { written: path, field, leadsOn: true });
  for (const [index, { path = '' }] of (input.source.kustomize?.patches ?? []).entries()) {
    const field = `spec.source.kustomize.patches[${index}].path`;
    if (path !== '') await followOption(walk, folder, { written: path, field, leadsOn: false });
  }
  return {
    closure: [...own.closure].sort(),
    parts: [own, ...walk.bases.found()],
    references: walk.references,
    problems: walk.problems,
    edits: walk.edits,
    lent: walk.lent,
    charts: walk.charts,
    inflates: walk.inflates,
    components: components.map(({ path }) => path),
  };
}

/** What an option of the Application names counts from the kustomization, too. */
async function followOption(walk: Walk, folder: string, option: Named): Promise<void> {
  const kustomization = (await kustomizationIn(walk.own.checkout, folder)) ?? folder;
  await follow(walk, { part: walk.own, kustomization, text: '', folder, ...option });
}

async function visit(walk: Walk, part: Part, folder: string): Promise<void> {
  const key = `${part.name}\0${folder}`;
  if (walk.seen.has(key)) return;
  walk.seen.add(key);
  const kustomization = await kustomizationIn(part.checkout, folder);
  if (kustomization === undefined) {
    part.closure.add(`${folder}/`);
    return;
  }
  part.closure.add(kustomization);
  const text = await readFile(join(part.checkout.dir, kustomization), 'utf8');
  const read = readYaml(text);
  if (!read.ok) {
    part.closure.add(`${folder}/`);
    return;
  }
  const at = { part, kustomization, text, folder };
  for (const document of read.documents) {
    if (!isNode(document)) continue;
    walk.problems.push(...refuseRemote(document, (written, field) => whereOf(walk, { ...at, written, field })));
    for (const each of named(document)) {
      if (each.plugin === true) await followPlugin(walk, { ...at, ...each });
      else await follow(walk, { ...at, ...each });
    }
    await followCharts(walk, at, document);
  }
}

async function follow(walk: Walk, step: Step): Promise<void> {
  const { part, field, written } = step;
  const where = whereOf(walk, step);
  await attempt(walk, async () => {
    const elsewhere = readRemote(written);
    if (elsewhere !== undefined && !(await isThere(part, posix.join(step.folder, written)))) {
      if (!REMOTE.test(field)) throw remote(written, where);
      if (elsewhere.kind === 'file') {
        const { url } = elsewhere;
        return lend(walk, step, { url, get: walk.bases.file(url, where) }, new URL(url).pathname);
      }
      const found = await walk.bases.bring(elsewhere, written, where);
      walk.references.push({ where, written, path: found.path, exists: found.is !== 'missing' });
      if (found.is === 'file') return lend(walk, step, found, found.path);
      if (found.is === 'folder') return point(walk, step, found.part, found.path);
      return;
    }
    const path = insideCheckout(part.checkout, step.folder, posix.isAbsolute(written) ? `.${written}` : written, where);
    if (posix.isAbsolute(written)) throw absolute(written, where);
    const found = await stat(join(part.checkout.dir, path)).catch(() => undefined);
    walk.references.push({ where, written, path, exists: found !== undefined });
    if (found?.isDirectory() === true && step.leadsOn) await visit(walk, part, path);
    else part.closure.add(found?.isDirectory() === true ? `${path}/` : path);
  });
}

/** Where kustomize takes a repository's URL for a base; anywhere else one is fetched as a file, or is not worth the risk. */
const REMOTE = /^(resources|bases|components|spec\.source\.kustomize\.components.*)$/i;

/** A base of another repository: in the copy, the kustomization names its folder there. */
async function point(walk: Walk, step: Step, part: Part, path: string): Promise<void> {
  await visit(walk, part, path);
  const from = join(step.part.name, step.folder);
  editsOf(walk, step).entries.set(step.written, [posix.relative(from, join(part.name, path)) || '.']);
}

function lend(walk: Walk, step: Step, from: LentFile['from'], path: string): void {
  const name = `.trimtab-${walk.lent.length}-${posix.basename(path).slice(-100)}`;
  if ('part' in from) from.part.closure.add(from.path);
  walk.lent.push({ from, to: { part: step.part, path: posix.join(step.folder, name) } });
  editsOf(walk, step).entries.set(step.written, [name]);
}

/** What a plugin reads can't be told: then the whole folder counts as read. Charts are the exception. */
async function followPlugin(walk: Walk, step: Step): Promise<void> {
  const { part, folder, written } = step;
  part.closure.add(`${folder}/`);
  if (written.includes('\n')) return readPlugin(walk, step, written, { file: step.kustomization, text: step.text });
  await follow(walk, step);
  const path = posix.join(folder, written);
  if (path.startsWith('..')) return;
  const found = await stat(join(part.checkout.dir, path)).catch(() => undefined);
  if (found?.isDirectory() === true) walk.problems.push(pluginFolder(written, whereOf(walk, step)));
  if (found?.isFile() !== true) return;
  const text = await readFile(join(part.checkout.dir, path), 'utf8');
  await readPlugin(walk, step, text, { file: path, text });
}

async function readPlugin(walk: Walk, step: Step, text: string, at: { file: string; text: string }): Promise<void> {
  const where = (written: string): Where => {
    const { field: _, ...found } = whereOf(walk, { ...step, kustomization: at.file, text: at.text, written });
    return found;
  };
  const read = readYaml(text);
  if (!read.ok) {
    walk.problems.push(...refuseRemoteText([text], where));
    // What it is nobody knows: with Helm it might be a chart.
    if (walk.enableHelm) walk.problems.push(unreadable(read.fault.message, where('')));
    return;
  }
  const configurations: string[] = [];
  let isChart = false;
  for (const document of read.documents) {
    await attempt(walk, async () => {
      const chart = chartOfGenerator(document, { ...where('HelmChartInflationGenerator'), field: step.field });
      configurations.push(JSON.stringify(chart?.entry ?? document));
      if (chart === undefined) walk.problems.push(...refuseRemoteText([document], where));
      else {
        isChart = true;
        await inflate(walk, step, chart);
      }
    });
  }
  if (isChart) editsOf(walk, step).entries.set(step.written, configurations);
}

async function followCharts(walk: Walk, at: Place, document: Node): Promise<void> {
  await attempt(walk, async () => {
    const charts = chartsOf(document, whereOf(walk, { ...at, written: 'helmChart', field: 'helmCharts' }));
    if (charts === undefined) return;
    editsOf(walk, at).charts = charts;
    for (const chart of charts.charts) await inflate(walk, { ...at, field: 'helmCharts' }, chart);
  });
}

async function inflate(walk: Walk, at: Place & { readonly field: string }, chart: InflatedChart): Promise<void> {
  const { part, folder } = at;
  const where = whereOf(walk, { ...at, written: chart.name });
  walk.inflates ??= where;
  if (!walk.enableHelm) walk.problems.push(withoutHelm(where));
  await attempt(walk, async () => {
    const found = await bringChart(walk.enableHelm ? walk.input : {}, chart, { part, folder, where });
    if ('chart' in found) {
      await lookInto(found.chart.dir, '');
      walk.charts.push(found);
    } else if (found.isThere) {
      part.closure.add(`${found.path}/`);
      await lookInto(part.checkout.dir, found.path);
    } else walk.references.push({ where, written: chart.name, path: found.path, exists: false });
    for (const written of chart.valueFiles) {
      const inChart = posix.join(folder, written).startsWith(`${found.path}/`);
      if (!inChart) await follow(walk, { ...at, written, leadsOn: false });
    }
  });
}

async function isThere(part: Part, path: string): Promise<boolean> {
  return stat(join(part.checkout.dir, path)).then(
    () => true,
    () => false,
  );
}

function withoutHelm(where: Where): Problem {
  return new Problem('misconfigured', 'The kustomization inflates a Helm chart, which the settings do not permit.', {
    where,
    fix: 'Add `kustomize.buildOptions: --enable-helm` to argocd-cm in the control repository.',
  });
}

/** A folder makes its configurations while it is built: what they will name can't be told before. */
function pluginFolder(written: string, where: Where): Problem {
  return new Problem('unsupported', `The kustomization takes plugins from the folder ${JSON.stringify(written)}.`, {
    where,
    fix: 'Name the files of the generators and transformers one by one.',
  });
}

function unreadable(message: string, where: Where): Problem {
  return new Problem('render-failed', `This is not valid YAML: ${message}`, { where, fix: 'Mend the file.' });
}

function absolute(written: string, where: Where): Problem {
  return new Problem('unsafe-path', `The path ${JSON.stringify(written.slice(0, 200))} is absolute.`, {
    where,
    fix: 'Write it relative to the kustomization.',
  });
}
