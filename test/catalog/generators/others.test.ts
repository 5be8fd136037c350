import { describe, expect, it } from 'vitest';
import { ADDONS, catalogueOf, cluster, generated, namesOf, setOf, shownBy } from '../sets.ts';

const manifests = [
  cluster('engineering-dev', { staging: 'true', tier: 'small' }),
  cluster('Production_EU', { production: 'true', tier: 'large' }, ', project: payments').replace(
    '  name: Production_EU\n',
    '  name: production-eu\n  annotations: {owner: sre}\n',
  ),
].join('');

describe('a list', () => {
  it('gives its elements as they are, nested values too', async () => {
    const elements = `- list:
    elements:
    - {name: dev, url: 'https://1.2.3.4', sizes: {cpu: 2}}
    - {name: prod, url: 'https://2.4.6.8', sizes: {cpu: 16}}`;
    expect(shownBy(await generated(setOf(elements, { url: '{{.url}}', cpu: '{{.sizes.cpu}}' })))).toEqual({
      dev: { url: 'https://1.2.3.4', cpu: '2' },
      prod: { url: 'https://2.4.6.8', cpu: '16' },
    });
  });

  it('takes texts only where there is no goTemplate, and says which value is none', async () => {
    const good = '- list: {elements: [{name: dev, values: {project: red}}]}';
    const shown = await generated(
      setOf(good, { project: '{{values.project}}' }, { name: '{{name}}', goTemplate: false }),
    );
    expect(shownBy(shown)).toEqual({ dev: { project: 'red' } });
    const { problems } = await catalogueOf(
      setOf('- list: {elements: [{name: dev, cpu: 2}]}', {}, { name: '{{name}}', goTemplate: false }),
    );
    expect(problems[0]?.message).toBe('element value cpu must be a string, since the set has no goTemplate');
    expect(problems[0]?.where).toMatchObject({ line: 7, field: 'spec.generators[0].list.elements[0].cpu' });
  });
});

describe('clusters', () => {
  it('are the local one and the registered ones, with names, labels and annotations', async () => {
    const set = setOf(
      '- clusters: {}',
      {
        server: '{{.server}}',
        project: '{{.project}}',
        tier: '{{dig "labels" "tier" "" .metadata}}',
        owner: '{{dig "annotations" "owner" "" .metadata}}',
      },
      { name: '{{.nameNormalized}}' },
    ).replace('["missingkey=error"]', '[]');
    const withoutLocal =
      '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\ndata: {cluster.inClusterEnabled: "false"}\n';
    expect(shownBy(await generated(set, { manifests: manifests + withoutLocal }))).toEqual({
      'engineering-dev': { server: 'https://engineering-dev.example.com', project: '', tier: 'small', owner: '' },
      'production-eu': {
        server: 'https://Production_EU.example.com',
        project: 'payments',
        tier: 'large',
        owner: 'sre',
      },
    });
    expect(
      namesOf(await generated(setOf('- clusters: {}', {}, { name: '{{.nameNormalized}}' }), { manifests })),
    ).toEqual(['in-cluster', 'engineering-dev', 'production-eu']);
  });

  it.each<[string, string, readonly string[]]>([
    ['labels', '{matchLabels: {staging: "true"}}', ['engineering-dev']],
    ['In', '{matchExpressions: [{key: tier, operator: In, values: [large, huge]}]}', ['production-eu']],
    ['NotIn', '{matchExpressions: [{key: production, operator: NotIn, values: ["true"]}]}', ['engineering-dev']],
    ['Exists', '{matchExpressions: [{key: production, operator: Exists}]}', ['production-eu']],
    ['DoesNotExist', '{matchExpressions: [{key: production, operator: DoesNotExist}]}', ['engineering-dev']],
  ])('are chosen by %s, which leaves the local one out: it has no Secret', async (_what, selector, expected) => {
    const set = setOf(`- clusters: {selector: ${selector}}`, {}, { name: '{{.nameNormalized}}' });
    expect(namesOf(await generated(set, { manifests }))).toEqual(expected);
  });

  it('carry values of their own, which may use the labels', async () => {
    const set = setOf(
      "- clusters: {selector: {matchLabels: {tier: large}}, values: {size: '{{metadata.labels.tier}}-{{nameNormalized}}'}}",
      { size: '{{values.size}}' },
      { name: '{{nameNormalized}}', goTemplate: false },
    );
    expect(shownBy(await generated(set, { manifests }))).toEqual({ 'production-eu': { size: 'large-production-eu' } });
  });

  it('are one element with flatList', async () => {
    const set = setOf(
      '- clusters: {selector: {matchExpressions: [{key: tier, operator: Exists}]}, flatList: true}',
      { all: '{{range .clusters}}{{.name}};{{end}}' },
      { name: 'fleet' },
    );
    expect(shownBy(await generated(set, { manifests }))).toEqual({ fleet: { all: 'engineering-dev;Production_EU;' } });
  });
});

const two = `- list: {elements: [{name: red}, {name: blue}]}`;

describe('a matrix', () => {
  it('combines every element of one with every one of the other, which may use the first', async () => {
    const set = setOf(
      `- matrix:
    generators:
    - list: {elements: [{team: red}, {team: blue}]}
    - git: {repoURL: '${ADDONS}', directories: [{path: '{{.team}}/*'}]}`,
      { path: '{{.path.path}}' },
      { name: '{{.team}}-{{.path.basename}}' },
    );
    const repositories = { [ADDONS]: { 'red/shop/a.yaml': '', 'red/api/a.yaml': '', 'blue/web/a.yaml': '' } };
    expect(shownBy(await generated(set, { repositories }))).toEqual({
      'red-api': { path: 'red/api' },
      'red-shop': { path: 'red/shop' },
      'blue-web': { path: 'blue/web' },
    });
  });

  it('reads elementsYaml from the first', async () => {
    const set = setOf(
      `- matrix:
    generators:
    - git: {repoURL: '${ADDONS}', files: [{path: config.yaml}]}
    - list: {elementsYaml: '{{.clusters | toJson}}'}`,
      { address: '{{.address}}' },
    );
    const repositories = {
      [ADDONS]: { 'config.yaml': 'clusters: [{name: eu, address: "https://1"}, {name: us, address: "https://2"}]' },
    };
    expect(shownBy(await generated(set, { repositories }))).toEqual({
      eu: { address: 'https://1' },
      us: { address: 'https://2' },
    });
  });

  it('needs two generators, and a prefix where both are git and there is no goTemplate', async () => {
    const one = await catalogueOf(setOf(`- matrix: {generators: [{list: {elements: []}}]}`, {}));
    expect(one.problems[0]?.message).toBe('matrix combines two generators, found 1');
    const git = `{git: {repoURL: '${ADDONS}', directories: [{path: '*'}]}}`;
    const both = setOf(`- matrix: {generators: [${git}, ${git}]}`, {}, { name: '{{path}}', goTemplate: false });
    const found = await catalogueOf(both, { repositories: { [ADDONS]: { 'a/x': '', 'b/x': '' } } });
    expect(found.problems[0]).toMatchObject({
      message: 'both generators of a matrix give the parameter path, and not the same',
      where: { applicationSet: 'fleet' },
    });
  });

  it('may stand in a matrix once, and no deeper', async () => {
    const inner = `{matrix: {generators: [{list: {elements: [{b: v}, {b: w}]}}, {list: {elements: [{c: '1'}]}}]}}`;
    const set = setOf(
      `- matrix: {generators: [{list: {elements: [{a: q}]}}, ${inner}]}`,
      {},
      { name: '{{.a}}{{.b}}{{.c}}' },
    );
    expect(namesOf(await generated(set))).toEqual(['qv1', 'qw1']);
    const deeper = setOf(
      `- matrix: {generators: [${inner.replace("{list: {elements: [{c: '1'}]}}", inner)}, {list: {elements: []}}]}`,
      {},
    );
    const { problems } = await catalogueOf(deeper);
    expect(problems.map(({ message }) => message).join()).toContain('found none');
  });
});

describe('a merge', () => {
  const merge = (keys: string, ...generators: readonly string[]): string =>
    `- merge: {mergeKeys: [${keys}], generators: [${generators.join(', ')}]}`;

  it('lays later generators over the first by the keys, and drops what the first does not have', async () => {
    const set = setOf(
      merge(
        'name',
        '{list: {elements: [{name: dev, replicas: "1", active: "no"}, {name: prod, replicas: "1", active: "no"}]}}',
        '{list: {elements: [{name: prod, replicas: "3"}, {name: test, replicas: "9"}]}}',
        '{list: {elements: [{name: prod, active: "yes"}]}}',
      ),
      { replicas: '{{.replicas}}', active: '{{.active}}' },
    );
    expect(shownBy(await generated(set))).toEqual({
      dev: { replicas: '1', active: 'no' },
      prod: { replicas: '3', active: 'yes' },
    });
  });

  it('refuses elements that its keys do not tell apart, and keys that are missing', async () => {
    const same = setOf(merge('team', '{list: {elements: [{name: a}, {name: b}]}}', '{list: {elements: []}}'), {});
    expect((await catalogueOf(same)).problems[0]?.message).toBe(
      'two elements of one generator of a merge have the same team',
    );
    const none = setOf('- merge: {generators: [{list: {elements: []}}, {list: {elements: []}}]}', {});
    expect((await catalogueOf(none)).problems[0]?.message).toBe('merge needs mergeKeys');
  });
});

describe('every generator', () => {
  it('gives only the elements that its selector takes', async () => {
    const selected = `${two}\n  selector: {matchLabels: {name: blue}}`;
    expect(namesOf(await generated(setOf(selected, {})))).toEqual(['blue']);
    const nested = setOf(
      `- list: {elements: [{name: a, sizes: {cpu: 2}}, {name: b}]}\n  selector: {matchLabels: {sizes.cpu: "2"}}`,
      {},
    );
    expect(namesOf(await generated(nested))).toEqual(['a']);
  });

  it('may override the template, field by field', async () => {
    const set = setOf(
      `- list:
    elements: [{name: red}]
    template:
      metadata: {name: ''}
      spec: {project: default, source: {path: 'special/{{.name}}'}, destination: {}}
- list: {elements: [{name: blue}]}`,
      {},
    );
    const sources = (await generated(set)).map(({ spec }) => [spec.source?.repoURL, spec.source?.path]);
    expect(sources).toEqual([
      [ADDONS, 'special/red'],
      [ADDONS, '.'],
    ]);
  });

  it('stands in an entry of its own', async () => {
    const { problems } = await catalogueOf(setOf(`${two}\n  clusters: {}`, {}));
    expect(problems[0]).toMatchObject({
      message: 'an entry of generators must hold one generator, found list and clusters',
      where: { file: 'sets.yaml', line: 8, field: 'spec.generators[0]', applicationSet: 'fleet' },
    });
  });

  it.each(['clusterDecisionResource', 'plugin'])('%s is named as not supported, with the reason', async (name) => {
    const { applications, problems } = await catalogueOf(setOf(`- ${name}: {github: {}}`, {}));
    expect(applications).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      code: 'unsupported',
      where: { file: 'sets.yaml', line: 8, applicationSet: 'fleet' },
    });
    expect(problems[0]?.message).toMatch(new RegExp(`^the ${name} generator of fleet is not supported: its elements `));
  });
});
