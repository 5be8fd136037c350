import { posix } from 'node:path';
import { Problem, type Where } from '../spec/problem.ts';
import { folded, isNode, list, lower, type Node } from './kustomization-fields.ts';

/** A Helm chart that a kustomization inflates, with the fields of kustomize under their own names. */
export interface InflatedChart {
  readonly name: string;
  readonly repo: string;
  readonly version: string;
  readonly devel: boolean;
  /** The folder where kustomize looks for it, from the kustomization's. */
  readonly folder: string;
  /** Value files, from the kustomization's folder. */
  readonly valueFiles: readonly string[];
  /** The entry as it is given to kustomize: nothing in it is spelled in another way. */
  readonly entry: Node;
}

/** https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/helmcharts/ */
const FIELDS = [
  'name',
  'version',
  'repo',
  'releaseName',
  'namespace',
  'additionalValuesFiles',
  'valuesFile',
  'valuesInline',
  'valuesMerge',
  'includeCRDs',
  'skipHooks',
  'apiVersions',
  'kubeVersion',
  'nameTemplate',
  'skipTests',
  'debug',
  'devel',
];

/** A generator of this kind is an entry of `helmCharts`, with the globals in it. */
const GENERATOR = 'HelmChartInflationGenerator';

/** How the Helm charts of a kustomization are written into its copy. */
export interface Charts {
  readonly charts: readonly InflatedChart[];
  readonly globals: Node;
}

/**
 * The charts of `helmCharts`; undefined when there are none. Throws Problem for what is no entry, and for what helm would
 * take for one of its flags.
 */
export function chartsOf(document: Node, where: Where): Charts | undefined {
  const fields = Object.entries(document).filter(([key]) => folded(key) === 'helmcharts');
  const old = Object.keys(document).find((key) => folded(key) === 'helmchartinflationgenerator');
  if (old !== undefined) {
    throw new Problem('unsupported', `${old} is the old form of helmCharts, and is not read.`, {
      where: { ...where, field: old },
      fix: 'Write it as helmCharts: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/helmcharts/',
    });
  }
  const entries = fields.flatMap(([, value]) => list(value));
  if (entries.length === 0) return undefined;
  const globals = Object.entries(document).filter(([key]) => folded(key) === 'helmglobals');
  const homes = globals.map(([, value]) => textOf(lower(value)['charthome'])).filter((home) => home !== '');
  const home = homes.at(-1) ?? 'charts';
  const charts = entries.map((entry) => chartOf(entry, home, { ...where, field: fields[0]?.[0] ?? '' }));
  // Where helm would keep its settings: it has none here.
  return { charts, globals: { chartHome: home } };
}

/** The chart of a generator's configuration; undefined when it is no such generator. Throws as above. */
export function chartOfGenerator(document: unknown, where: Where): InflatedChart | undefined {
  if (!isNode(document) || document['kind'] !== GENERATOR) return undefined;
  const { apiVersion, kind, metadata, ...rest } = document;
  const fields = Object.entries(rest);
  const home = textOf(fields.findLast(([key]) => folded(key) === 'charthome')?.[1]) || 'charts';
  const entry = Object.fromEntries(fields.filter(([key]) => !['charthome', 'confighome'].includes(folded(key))));
  const chart = chartOf(entry, home, where);
  return { ...chart, entry: { apiVersion, kind, metadata, ...chart.entry, chartHome: home } };
}

function chartOf(value: unknown, home: string, where: Where): InflatedChart {
  const entry = canonical(value, where);
  const name = textOf(entry['name']);
  const repo = textOf(entry['repo']);
  const version = textOf(entry['version']);
  if (name === '')
    throw new Problem('render-failed', 'An entry of helmCharts has no name.', { where, fix: 'Name it.' });
  const releaseName = textOf(entry['releaseName']);
  // helm would take it for a flag, and read a file of this machine by it.
  if (releaseName !== '' && !RELEASE.test(releaseName)) {
    throw new Problem('render-failed', `${JSON.stringify(releaseName.slice(0, 100))} is no name of a release.`, {
      where: { ...where, field: `${where.field}.releaseName` },
      fix: 'Write lower case letters, digits, dots and dashes; at most 53.',
    });
  }
  const folder = version !== '' && repo !== '' ? posix.join(home, `${name}-${version}`, name) : posix.join(home, name);
  return {
    name,
    repo,
    version,
    devel: entry['devel'] === true,
    folder,
    valueFiles: [entry['valuesFile'], ...list(entry['additionalValuesFiles'])]
      .map(textOf)
      .filter((file) => file !== ''),
    entry,
  };
}

/** https://helm.sh/docs/intro/using_helm/#helm-install-installing-a-package */
const RELEASE = /^(?=.{1,53}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Each field once, under its own name; kustomize would take it in other spellings, the last of them. */
function canonical(value: unknown, where: Where): Node {
  if (!isNode(value)) throw new Problem('render-failed', 'An entry of helmCharts must be an object.', { where });
  const found = new Map<string, unknown>();
  for (const [key, inner] of Object.entries(value)) {
    const field = FIELDS.find((each) => folded(each) === folded(key));
    if (field === undefined) {
      throw new Problem('render-failed', `kustomize knows no field ${JSON.stringify(key)} of a Helm chart.`, {
        where,
        fix: `Its fields are: ${FIELDS.join(', ')}.`,
      });
    }
    if (found.has(field)) {
      throw new Problem('render-failed', `The Helm chart has the field ${field} twice.`, { where, fix: 'Remove one.' });
    }
    found.set(field, inner);
  }
  return Object.fromEntries(found);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
