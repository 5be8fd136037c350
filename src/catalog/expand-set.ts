import { FINALIZER } from '../spec/annotations.ts';
import type { Application, Parsed } from '../spec/application.ts';
import type { ParsedSet, SetTemplate } from '../spec/applicationset.ts';
import type { FieldPath } from '../spec/documents.ts';
import { checkApplication } from '../spec/parse-application.ts';
import { asProblem, Problem, type Where } from '../spec/problem.ts';
import type { Settings } from '../spec/settings.ts';
import { type Asking, fill, generate, isMap, mergeMaps, type Params } from './generators/index.ts';
import { patchTemplate } from './patch-template.ts';

/** What a set gives: its applications, and what of them can't be read. */
export interface Expanded {
  readonly applications: readonly Parsed<Application>[];
  readonly problems: readonly Problem[];
}

/** More than any installation has; a matrix of matrices may ask for millions. */
const MOST = 10_000;

/**
 * The applications of a set. Throws Problem with file, line and `applicationSet` when a generator or a template fails:
 * what the set stands for is then unknown, not nothing. An element that makes no valid Application is a problem of its
 * own, and the others stand.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/
 */
export function* expandSet(set: ParsedSet, settings: Settings): Asking<Expanded> {
  try {
    return yield* expanded(set, settings);
  } catch (thrown) {
    throw ofSet(asProblem(thrown), set);
  }
}

/** The problem of a set, which leaves its applications as they are. */
export function ofSet(problem: Problem, set: ParsedSet): Problem {
  const { file, line } = set.where;
  const place: Where = problem.where.file === undefined ? { ...(file && { file }), ...(line && { line }) } : {};
  return problem.at({ applicationSet: set.value.metadata.name, ...place });
}

interface Element {
  readonly params: Params;
  readonly template: SetTemplate;
  /** Where the template stands of which the element has most. */
  readonly path: FieldPath;
}

const TEMPLATE: FieldPath = ['spec', 'template'];
const PATCH: FieldPath = ['spec', 'templatePatch'];

function* expanded(set: ParsedSet, settings: Settings): Asking<Expanded> {
  const { spec, metadata } = set.value;
  const context = {
    set,
    goTemplate: spec.goTemplate === true,
    options: spec.goTemplateOptions ?? [],
    clusters: settings.clusters,
    inCluster: settings.argocd['cluster.inClusterEnabled'] !== 'false',
    greedyFiles: settings.parameters?.['applicationsetcontroller.enable.new.git.file.globbing'] !== 'true',
  };
  const elements: Element[] = [];
  for (const [index, entry] of spec.generators.entries()) {
    const path = ['spec', 'generators', index];
    const own = Object.values(entry).find((each) => isMap(each) && isMap(each['template']));
    const template = isMap(own) && isMap(own['template']) ? overridden(spec.template, own['template']) : spec.template;
    const found = yield* generate(entry, path, context);
    elements.push(...found.map((params) => ({ params, template, path: TEMPLATE })));
    if (elements.length > MOST) throw tooMany(metadata.name, set);
  }
  const patch = spec.templatePatch ?? '';
  const filled = yield* fill(
    elements.flatMap(({ params, template, path }) => [
      { value: template, params, path },
      { value: patch, params, path: PATCH },
    ]),
    context,
  );
  const results = elements.map((_element, index) => {
    const [template, text] = [filled[2 * index], filled[2 * index + 1]];
    return application(template as SetTemplate, typeof text === 'string' ? text : '', set);
  });
  return {
    applications: results.flatMap(({ parsed }) => parsed ?? []),
    problems: distinct(results.flatMap(({ problems }) => problems)),
  };
}

/** A generator's own template lies over that of the set; what it leaves empty, the set says. */
function overridden(base: SetTemplate, over: SetTemplate): SetTemplate {
  return mergeMaps(base, withoutEmpty(over));
}

function withoutEmpty(map: SetTemplate): SetTemplate {
  const said = Object.entries(map).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(said.map(([key, value]) => [key, isMap(value) ? withoutEmpty(value) : value]));
}

/** Go's zero values: such a field of a generator's template counts as not written. */
function isEmpty(value: unknown): boolean {
  return value === '' || value === false || value === 0 || (Array.isArray(value) && value.length === 0);
}

function application(
  template: SetTemplate,
  patch: string,
  set: ParsedSet,
): { readonly parsed?: Parsed<Application>; readonly problems: readonly Problem[] } {
  const name = nameOf(template);
  const of = { ...(name === '' ? {} : { application: name }), applicationSet: set.value.metadata.name };
  try {
    const patched = patch.trim() === '' ? template : patchTemplate(template, patch, set.locate(PATCH));
    const { value, warnings } = checkApplication(manifestOf(patched, set), (path) =>
      set.locate([...TEMPLATE, ...path]),
    );
    return { parsed: applicationOf(value, set), problems: warnings };
  } catch (thrown) {
    const { code, message, where, fix } = asProblem(thrown);
    const what = `application ${name === '' ? 'without a name' : name} of ApplicationSet ${set.value.metadata.name}`;
    const problem = new Problem(code, `${what}: ${message}`, { where: { ...where, ...of }, ...(fix && { fix }) });
    return { problems: [problem] };
  }
}

/** An Application as one of a set. */
export function applicationOf(value: Application, set: ParsedSet): Parsed<Application> {
  const where = { ...set.where, application: value.metadata.name };
  const from = { ...(set.parents && { parents: set.parents }), ...(set.rendered && { rendered: set.rendered }) };
  return { value, where, warnings: [], generatedBy: set.value.metadata.name, ...from };
}

function nameOf({ metadata }: SetTemplate): string {
  const name = isMap(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' ? name : '';
}

/**
 * It lives in the namespace of its set, and takes along what it deployed when it goes, unless it says otherwise or the
 * set preserves resources.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Application-Deletion/
 */
function manifestOf(template: SetTemplate, set: ParsedSet): Readonly<Record<string, unknown>> {
  const { namespace: _template, ...metadata } = isMap(template['metadata']) ? template['metadata'] : {};
  const finalizers = Array.isArray(metadata['finalizers']) ? metadata['finalizers'] : [];
  const preserves = set.value.spec.syncPolicy?.preserveResourcesOnDeletion === true;
  const { namespace } = set.value.metadata;
  return {
    ...template,
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      ...metadata,
      ...(namespace === undefined ? {} : { namespace }),
      ...(finalizers.length > 0 || preserves ? {} : { finalizers: [FINALIZER.resources] }),
    },
  };
}

function tooMany(name: string, { locate }: ParsedSet): Problem {
  return new Problem('limit-exceeded', `ApplicationSet ${name} generates more than ${MOST} applications`, {
    where: locate(['spec', 'generators']),
    fix: 'Give its generators selectors, or make several sets of it.',
  });
}

/** A thousand applications of one template have one mistake in common: it is told once. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Map(problems.map((problem) => [`${problem.where.line} ${problem.message}`, problem]));
  return [...seen.values()];
}
