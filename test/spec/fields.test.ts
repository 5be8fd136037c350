import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { parseApplication } from '../../src/spec/parse-application.ts';
import { parseApplicationSet } from '../../src/spec/parse-applicationset.ts';
import { parseProject } from '../../src/spec/parse-project.ts';
import { asProblem } from '../../src/spec/problem.ts';
import { documentOf } from './documents.ts';

/**
 * The field names of Argo CD's CustomResourceDefinitions (3.6 in the making, August 2026), a path a line. What is there
 * many times stands there once: `sources[]` and `drySource` have the fields of `source`, the `template` of a generator
 * those of the set's, generators inside of matrix and merge those of generators.
 * https://github.com/argoproj/argo-cd/tree/master/manifests/crds
 */
const fieldsOf = (kind: string): readonly string[] =>
  readFileSync(new URL(`./crd-fields/${kind.toLowerCase()}.txt`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

const TABLE = readFileSync(new URL('../../docs/fields.md', import.meta.url), 'utf8');

/** The rows of one kind's table: field → what trimtab does with it. */
function rowsOf(kind: string): ReadonlyMap<string, string> {
  const section = TABLE.split(/^## /m).find((each) => each.startsWith(`${kind}\n`)) ?? '';
  return new Map(
    [...section.matchAll(/^\| `([^`]+)` \| ([^|]+) \|/gm)].map(([, field = '', what = '']) => [field, what]),
  );
}

/** A row that ends in `.*` stands for all that is below. */
function covers(row: string, field: string): boolean {
  return row.endsWith('.*') ? field.startsWith(row.slice(0, -1)) : row === field;
}

describe('the table of the fields of a cluster Secret', () => {
  // https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters
  const config = {
    '': ['username', 'password', 'bearerToken', 'disableCompression', 'proxyUrl'],
    'tlsClientConfig.': ['insecure', 'serverName', 'caData', 'certData', 'keyData'],
    'awsAuthConfig.': ['clusterName', 'roleARN', 'profile'],
    'execProviderConfig.': ['command', 'args', 'env', 'apiVersion', 'installHint'],
  };
  const known = [
    ...['name', 'server', 'namespaces', 'clusterResources', 'project', 'shard'],
    ...Object.entries(config).flatMap(([prefix, names]) => names.map((name) => `config.${prefix}${name}`)),
  ];

  it('lists every field that Argo CD knows, and no other', () => {
    expect([...rowsOf('Cluster').keys()].sort()).toEqual(known.sort());
  });
});

describe.each(['Application', 'AppProject', 'ApplicationSet'])('the table of the fields of an %s', (kind) => {
  const rows = rowsOf(kind);
  const fields = fieldsOf(kind).filter((field) => field !== 'spec');

  it('lists every field of the CRD, and no other', () => {
    expect(fields.filter((field) => ![...rows.keys()].some((row) => covers(row, field)))).toEqual([]);
    const known = [...fields, 'spec.sources[].any', 'spec.sourceHydrator.drySource.any'];
    expect([...rows.keys()].filter((row) => !known.some((field) => covers(row, field)))).toEqual([]);
  });

  it('says of each what trimtab does with it', () => {
    const words = /^(supported|ignored with a warning|refused|ignored, and nothing is lost)$/;
    expect([...rows].filter(([, what]) => !words.test(what))).toEqual([]);
  });
});

/** A value of which only one field is of interest: `a.b[].c` → {a: {b: [{c: 'x'}]}}. */
function holding(field: string): unknown {
  return field.split('.').reduceRight<unknown>((inner, step) => {
    const isList = step.endsWith('[]');
    return { [isList ? step.slice(0, -2) : step]: isList ? [inner] : inner };
  }, 'x');
}

// A field that Argo CD knows must not be told as a typo, whatever trimtab does with it.
test.each([
  ['Application', parseApplication],
  ['AppProject', parseProject],
  ['ApplicationSet', parseApplicationSet],
] as const)('no field of an %s is told as unknown', (kind, parse) => {
  const told = fieldsOf(kind).filter((field) => {
    const manifest = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind,
      metadata: { name: 'x' },
      ...(holding(field) as object),
    };
    return saidOf(() => parse(documentOf(JSON.stringify(manifest)))).includes('is not a field that is known here');
  });
  expect(told).toEqual([]);
});

function saidOf(parse: () => { readonly warnings: readonly Error[] }): string {
  try {
    return parse()
      .warnings.map((warning) => warning.message)
      .join('\n');
  } catch (thrown) {
    const { message, fix = '' } = asProblem(thrown);
    return `${message} ${fix}`;
  }
}

test('a misspelt one is: the test above would see it', () => {
  const manifest = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'x' },
    spec: { sourceRepo: [] },
  };
  expect(saidOf(() => parseProject(documentOf(JSON.stringify(manifest))))).toContain('did you mean sourceRepos?');
});
