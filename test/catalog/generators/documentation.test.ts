import { describe, expect, it } from 'vitest';
import { createEngines } from '../../../src/engines/index.ts';
import { ADDONS, catalogueOf, cluster, generated, namesOf, setOf, shownBy } from '../sets.ts';

/**
 * The situations of the examples in Argo CD's documentation of generators and templates, in words of our own:
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators/
 */

const OLD = { goTemplate: false } as const;

describe('list', () => {
  it('takes elements of different keys, with and without values', async () => {
    const set = setOf(
      `- list:
    elements:
    - {name: dev, url: 'https://kubernetes.default.svc', values: {additional: value}}
    - {name: staging, gitRepo: 'https://git.example.com/a'}`,
      { url: '{{url}}', additional: '{{values.additional}}', repo: '{{gitRepo}}' },
      { ...OLD, name: '{{name}}' },
    );
    expect(shownBy(await generated(set))).toEqual({
      dev: { url: 'https://kubernetes.default.svc', additional: 'value', repo: '{{gitRepo}}' },
      staging: { url: '{{url}}', additional: '{{values.additional}}', repo: 'https://git.example.com/a' },
    });
  });

  it('gives its elements before those of elementsYaml, which may stand for themselves', async () => {
    const set = setOf("- list: {elements: [{name: z}, {name: a}], elementsYaml: '[{name: m}, {name: b}]'}", {});
    expect(namesOf(await generated(set))).toEqual(['z', 'a', 'm', 'b']);
  });
});

describe('clusters', () => {
  const staging = cluster('staging', { type: 'staging', location: 'Germany' }).replace(
    '  name: staging\n',
    "  name: staging\n  annotations: {my-custom-annotation: 'v1.2'}\n",
  );
  const production = cluster('production', { type: 'production', location: 'Ireland' });
  const manifests = staging + production;

  it('the local one counts with labels as soon as it has a Secret, under whatever name', async () => {
    const local = cluster('in-cluster-local', { type: 'staging' }).replace(
      'https://in-cluster-local.example.com',
      'https://kubernetes.default.svc',
    );
    const chosen = '- clusters: {selector: {matchLabels: {type: staging}}}';
    expect(namesOf(await generated(setOf(chosen, {}), { manifests: manifests + local }))).toEqual([
      'staging',
      'in-cluster-local',
    ]);
    const all = await generated(setOf('- clusters: {}', { server: '{{.server}}' }), { manifests: manifests + local });
    expect(shownBy(all)['in-cluster-local']).toEqual({ server: 'https://kubernetes.default.svc' });
    expect(namesOf(all)).not.toContain('in-cluster');
  });

  it('the label that every cluster Secret has chooses the remote ones', async () => {
    const remote = '- clusters: {selector: {matchLabels: {argocd.argoproj.io/secret-type: cluster}}}';
    expect(namesOf(await generated(setOf(remote, {}), { manifests }))).toEqual(['staging', 'production']);
  });

  it('values differ by generator, and may use annotations and names', async () => {
    const set = setOf(
      `- clusters:
    selector: {matchLabels: {type: staging}}
    values: {revision: '{{index .metadata.annotations "my-custom-annotation"}}', clusterName: '{{.name}}'}
- clusters:
    selector: {matchLabels: {type: production}}
    values: {revision: stable, clusterName: '{{.name}}'}`,
      { revision: '{{.values.revision}}', cluster: '{{.values.clusterName}}' },
    );
    expect(shownBy(await generated(set, { manifests }))).toEqual({
      staging: { revision: 'v1.2', cluster: 'staging' },
      production: { revision: 'stable', cluster: 'production' },
    });
  });

  it('flatList may fill a text of several lines', async () => {
    const set = setOf(
      '- clusters: {selector: {matchExpressions: [{key: type, operator: Exists}]}, flatList: true}',
      {},
      {
        name: 'flat',
      },
    ).replace(
      "path: '.'}",
      `path: '.', helm: {values: "clusters:{{- range .clusters }}\\n  - name: {{ .name }}{{- end }}\\n"}}`,
    );
    const [only, ...more] = await generated(set, { manifests });
    expect(more).toEqual([]);
    expect(only?.spec.source?.helm?.values).toBe('clusters:\n  - name: staging\n  - name: production\n');
  });
});

describe('git', () => {
  const repositories = {
    [ADDONS]: {
      'charts/one/mychart/values.yaml': 'name: one',
      'charts/one/mychart/charts/sub/values.yaml': 'name: sub',
      'charts/two/other/values.yaml': 'name: two',
      'apps/web/deployment.yaml': '',
      'apps/api/deployment.yaml': '',
      'apps/exclude-me/deployment.yaml': '',
    },
  };

  it('directories leave out what is excluded, and values may use the path', async () => {
    const set = setOf(
      `- git:
    repoURL: ${ADDONS}
    revision: HEAD
    directories: [{path: 'apps/*'}, {path: apps/exclude-me, exclude: true}]
    values: {cluster: '{{.path.basename}}-cluster', top: '{{index .path.segments 0}}'}`,
      { cluster: '{{.values.cluster}}', top: '{{.values.top}}' },
      { name: '{{.path.basename}}' },
    );
    expect(shownBy(await generated(set, { repositories }))).toEqual({
      api: { cluster: 'api-cluster', top: 'apps' },
      web: { cluster: 'web-cluster', top: 'apps' },
    });
  });

  it('files find the values of a subchart as well, until globs are exact', async () => {
    const set = setOf(`- git: {repoURL: ${ADDONS}, files: [{path: 'charts/*/*/values.yaml'}]}`, {});
    expect([...namesOf(await generated(set, { repositories }))].sort()).toEqual(['one', 'sub', 'two']);
    const manifests = `apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cmd-params-cm}
data: {applicationsetcontroller.enable.new.git.file.globbing: "true"}
`;
    expect([...namesOf(await generated(set, { repositories, manifests }))].sort()).toEqual(['one', 'two']);
  });

  it('files have a prefix for their path, not for what they say', async () => {
    const set = setOf(
      `- git: {repoURL: ${ADDONS}, pathParamPrefix: conf, files: [{path: charts/two/other/values.yaml}]}`,
      {
        path: '{{.conf.path.path}}',
        file: '{{.conf.path.filename}}',
        basename: '{{.conf.path.basenameNormalized}}',
        second: '{{index .conf.path.segments 1}}',
      },
    );
    expect(shownBy(await generated(set, { repositories }))).toEqual({
      two: { path: 'charts/two/other', file: 'values.yaml', basename: 'other', second: 'two' },
    });
    const old = setOf(
      `- git: {repoURL: ${ADDONS}, pathParamPrefix: conf, files: [{path: charts/two/other/values.yaml}]}`,
      { path: '{{conf.path}}', file: '{{conf.path.filename}}', second: '{{conf.path[1]}}' },
      { ...OLD, name: '{{name}}' },
    );
    expect(shownBy(await generated(old, { repositories }))).toEqual({
      two: { path: 'charts/two/other', file: 'values.yaml', second: 'two' },
    });
  });
});

describe('matrix', () => {
  const manifests = cluster('staging', { type: 'staging' }) + cluster('production', { type: 'production' });
  const repositories = {
    [ADDONS]: {
      'addons/workflows/a.yaml': '',
      'addons/prometheus/a.yaml': '',
      'teams/red.yaml': 'team: red\nsize: big',
    },
  };

  it('deploys every folder to every cluster, folder by folder', async () => {
    const set = setOf(
      `- matrix:
    generators:
    - git: {repoURL: ${ADDONS}, revision: HEAD, directories: [{path: 'addons/*'}]}
    - clusters: {selector: {matchLabels: {argocd.argoproj.io/secret-type: cluster}}}`,
      { path: '{{.path.path}}' },
      { name: '{{.path.basename}}-{{.name}}' },
    );
    expect(namesOf(await generated(set, { manifests, repositories }))).toEqual([
      'prometheus-staging',
      'prometheus-production',
      'workflows-staging',
      'workflows-production',
    ]);
  });

  it('lets what a file says choose the clusters of each file', async () => {
    const files = {
      'fleet/a/config.yaml': 'name: a\ntarget: {label: staging}',
      'fleet/b/config.yaml': 'name: b\ntarget: {label: production}',
    };
    const set = setOf(
      `- matrix:
    generators:
    - git: {repoURL: ${ADDONS}, files: [{path: 'fleet/**/config.yaml'}]}
    - clusters:
        selector: {matchLabels: {type: '{{.target.label}}'}}
        values: {from: '{{.path.basename}}'}`,
      { server: '{{.server}}', from: '{{.values.from}}' },
      { name: '{{.path.basename}}' },
    );
    expect(shownBy(await generated(set, { manifests, repositories: { [ADDONS]: files } }))).toEqual({
      a: { server: 'https://staging.example.com', from: 'a' },
      b: { server: 'https://production.example.com', from: 'b' },
    });
  });

  it('combines two git generators under prefixes, in both styles', async () => {
    const generators = `- matrix:
    generators:
    - git: {repoURL: ${ADDONS}, pathParamPrefix: app, directories: [{path: 'addons/*'}]}
    - git: {repoURL: ${ADDONS}, pathParamPrefix: target, files: [{path: 'teams/*.yaml'}]}`;
    const go = setOf(
      generators,
      { app: '{{.app.path.path}}', target: '{{.target.path.filename}}', size: '{{.size}}' },
      { name: '{{.app.path.basename}}-{{.team}}' },
    );
    const old = setOf(
      generators,
      { app: '{{app.path}}', target: '{{target.path.filename}}', size: '{{size}}' },
      { ...OLD, name: '{{app.path.basename}}-{{team}}' },
    );
    const expected = {
      'prometheus-red': { app: 'addons/prometheus', target: 'red.yaml', size: 'big' },
      'workflows-red': { app: 'addons/workflows', target: 'red.yaml', size: 'big' },
    };
    expect(shownBy(await generated(go, { repositories }))).toEqual(expected);
    expect(shownBy(await generated(old, { repositories }))).toEqual(expected);
  });

  it('ignores templates of its children', async () => {
    const set = setOf(
      `- matrix:
    generators:
    - list: {elements: [{a: one}], template: {metadata: {name: never}, spec: {}}}
    - list: {elements: [{b: two}], template: {metadata: {name: '{{.unknown}}'}, spec: {}}}`,
      {},
      { name: '{{.a}}-{{.b}}' },
    );
    expect(namesOf(await generated(set))).toEqual(['one-two']);
  });

  it('holds a merge, and a merge holds a matrix', async () => {
    const base = '{list: {elements: [{name: dev, size: small}, {name: prod, size: small}]}}';
    const over = '{list: {elements: [{name: prod, size: large}]}}';
    const inMatrix = setOf(
      `- matrix: {generators: [{list: {elements: [{team: red}]}}, {merge: {mergeKeys: [name], generators: [${base}, ${over}]}}]}`,
      { size: '{{.size}}' },
      { name: '{{.team}}-{{.name}}' },
    );
    expect(shownBy(await generated(inMatrix))).toEqual({ 'red-dev': { size: 'small' }, 'red-prod': { size: 'large' } });
    const product = `{matrix: {generators: [${base}, {list: {elements: [{region: eu}, {region: us}]}}]}}`;
    const inMerge = setOf(
      `- merge: {mergeKeys: [name, region], generators: [${product}, {list: {elements: [{name: prod, region: us, size: huge}]}}]}`,
      { size: '{{.size}}' },
      { name: '{{.name}}-{{.region}}' },
    );
    expect(shownBy(await generated(inMerge))).toEqual({
      'dev-eu': { size: 'small' },
      'dev-us': { size: 'small' },
      'prod-eu': { size: 'small' },
      'prod-us': { size: 'huge' },
    });
  });
});

describe('merge', () => {
  const manifests =
    cluster('staging', { 'use-kafka': 'false', location: 'Germany' }) + cluster('production', { location: 'Ireland' });
  const remote = 'selector: {matchLabels: {argocd.argoproj.io/secret-type: cluster}}';

  it('overrides values of clusters by server, from clusters and from a list, as the older style has them', async () => {
    const set = setOf(
      `- merge:
    mergeKeys: [server]
    generators:
    - clusters: {${remote}, values: {kafka: 'true', redis: 'false'}}
    - clusters: {selector: {matchLabels: {use-kafka: 'false'}}, values: {kafka: 'false'}}
    - list: {elements: [{server: 'https://production.example.com', values.redis: 'true'}]}`,
      { kafka: '{{values.kafka}}', redis: '{{values.redis}}' },
      { ...OLD, name: '{{name}}' },
    );
    expect(shownBy(await generated(set, { manifests }))).toEqual({
      staging: { kafka: 'false', redis: 'false' },
      production: { kafka: 'true', redis: 'true' },
    });
  });

  it('merges maps with goTemplate, key by key', async () => {
    const set = setOf(
      `- merge:
    mergeKeys: [server]
    generators:
    - clusters: {${remote}, values: {kafka: 'true', redis: 'false'}}
    - list: {elements: [{server: 'https://production.example.com', values: {redis: 'true'}}]}`,
      { kafka: '{{.values.kafka}}', redis: '{{.values.redis}}' },
    );
    expect(shownBy(await generated(set, { manifests }))).toEqual({
      staging: { kafka: 'true', redis: 'false' },
      production: { kafka: 'true', redis: 'true' },
    });
  });

  it('joins clusters and folders by a value of their own, in the older style only', async () => {
    const repositories = { [ADDONS]: { 'Germany/a.yaml': '', 'France/a.yaml': '' } };
    const generators = (location: string, path: string): string => `- merge:
    mergeKeys: [values.selector]
    generators:
    - clusters: {${remote}, values: {selector: '${location}'}}
    - git: {repoURL: ${ADDONS}, directories: [{path: '*'}], values: {selector: '${path}'}}`;
    const old = setOf(
      generators('{{metadata.labels.location}}', '{{path}}'),
      { path: '{{path}}' },
      { ...OLD, name: '{{name}}' },
    );
    expect(shownBy(await generated(old, { manifests, repositories }))).toEqual({
      staging: { path: 'Germany' },
      production: { path: '{{path}}' },
    });
    const go = setOf(generators('{{.metadata.labels.location}}', '{{.path.path}}'), {});
    expect((await catalogueOf(go, { manifests, repositories })).problems[0]?.message).toBe(
      'two elements of one generator of a merge have the same values.selector',
    );
  });

  it('takes selectors of its children, before they are merged', async () => {
    const set = setOf(
      `- merge:
    mergeKeys: [name]
    generators:
    - list: {elements: [{name: a, env: dev, size: '1'}, {name: b, env: prod, size: '1'}]}
      selector: {matchLabels: {env: prod}}
    - list: {elements: [{name: b, size: '2', env: prod}, {name: b, size: '3', env: dev}]}
      selector: {matchExpressions: [{key: env, operator: NotIn, values: [dev]}]}`,
      { size: '{{.size}}' },
    );
    expect(shownBy(await generated(set))).toEqual({ b: { size: '2' } });
  });
});

describe('a post selector', () => {
  const list = `- list:
    elements:
    - {name: engineering-dev, env: staging, path: {deep: yes-it-is}}
    - {name: engineering-prod, env: prod}`;

  it.each<[string, readonly string[]]>([
    ['{matchLabels: {env: staging}}', ['engineering-dev']],
    ['{matchExpressions: [{key: env, operator: In, values: [staging]}]}', ['engineering-dev']],
    ['{matchExpressions: [{key: env, operator: NotIn, values: [staging]}]}', ['engineering-prod']],
    ['{matchExpressions: [{key: path.deep, operator: Exists}]}', ['engineering-dev']],
    ['{matchExpressions: [{key: path.deep, operator: DoesNotExist}]}', ['engineering-prod']],
    ['{matchLabels: {env: staging}, matchExpressions: [{key: name, operator: In, values: [engineering-prod]}]}', []],
    ['{}', ['engineering-dev', 'engineering-prod']],
  ])('%s', async (selector, expected) => {
    expect(namesOf(await generated(setOf(`${list}\n  selector: ${selector}`, {})))).toEqual(expected);
  });

  it('of a matrix may use what its generators give together', async () => {
    const set = setOf(
      `- matrix: {generators: [{list: {elements: [{a: p}, {a: q}]}}, {list: {elements: [{b: p}, {b: q}]}}]}
  selector: {matchLabels: {a: p, b: q}}`,
      {},
      { name: '{{.a}}{{.b}}' },
    );
    expect(namesOf(await generated(set))).toEqual(['pq']);
  });
});

describe('goTemplate', () => {
  const one = (element: string): string => `- list: {elements: [${element}]}`;

  it('falls back for what an element does not have, in the ways of the documentation', async () => {
    const set = setOf(one('{name: a}, {name: b, suffix: -my-suffix}'), {
      dig: '{{.name}}{{dig "suffix" "" .}}',
      conditional: '{{if (hasKey . "suffix")}}has one{{else}}has none{{end}}',
    });
    expect(shownBy(await generated(set))).toEqual({
      a: { dig: 'a', conditional: 'has none' },
      b: { dig: 'b-my-suffix', conditional: 'has one' },
    });
  });

  it('an unknown parameter is an error with missingkey=error, and prints as Go does without', async () => {
    const set = setOf(one('{name: a}'), { unknown: '{{.unknown}}' });
    expect((await catalogueOf(set)).problems[0]?.message).toContain('map has no entry for key "unknown"');
    for (const options of ['[]', '["missingkey=invalid"]', '["missingkey=default"]']) {
      expect(shownBy(await generated(set.replace('["missingkey=error"]', options)))).toEqual({
        a: { unknown: '<no value>' },
      });
    }
  });

  it('has normalize, slugify and the YAML functions beside Sprig', async () => {
    const set = setOf(one('{name: a, branch: "Feature/Add_A_Very-Long name!", data: {b: [1, two]}, text: "k: v"}'), {
      normalize: '{{.branch | normalize}}',
      slug: '{{cat .branch | slugify}}',
      cut: '{{cat .branch | slugify 16}}',
      hard: '{{cat .branch | slugify 16 false}}',
      yaml: '{{toYaml .data | replace "\\n" "|"}}',
      from: '{{(fromYaml .text).k}}',
      list: '{{index (fromYamlArray "[p, q]") 1}}',
      sprig: '{{base "a/b/c"}}-{{upper .name}}',
    }).replace(/value: '(.*)'/g, (_all, text: string) => `value: '${text.replaceAll("'", "''")}'`);
    const shown = shownBy(await generated(set))['a'];
    expect(shown).toMatchObject({
      normalize: 'feature-add-a-very-long-name',
      from: 'v',
      list: 'q',
      sprig: 'c-A',
    });
    expect(shown?.['yaml']).toMatch(/^b:\|- 1\|- two$/);
    expect(shown?.['slug']).toBe('feature-add-a-very-long-name');
    // Whole words only, or cut at the character.
    expect(shown?.['cut']).toBe('feature-add-a');
    expect(shown?.['hard']).toBe('feature-add-a-ve');
  });

  it.each(['env "HOME"', 'expandenv "$HOME"', 'getHostByName "example.com"'])('has no %s', async (call) => {
    const { applications, problems } = await catalogueOf(setOf(one('{name: a}'), { call: `{{${call}}}` }));
    expect(applications).toEqual([]);
    expect(problems[0]?.message).toMatch(/function "\w+" not defined/);
  });

  it('each text stands alone: what begins in one field cannot end in another', async () => {
    const set = setOf(one('{name: a, parameters: [x]}'), { open: '{{range .parameters}}', close: '{{end}}' });
    expect((await catalogueOf(set)).problems[0]?.message).toContain('unexpected EOF');
  });

  it('fills keys of maps, too', async () => {
    const set = setOf(one('{name: a, key: team}'), {}).replace(
      "metadata: {name: '{{.name}}'}",
      "metadata: {name: '{{.name}}', labels: {'{{.key}}': '{{.name}}'}}",
    );
    expect((await generated(set))[0]?.metadata.labels).toEqual({ team: 'a' });
  });
});

describe('a template', () => {
  it('of a generator goes before that of the set, field by field; lists and texts as a whole', async () => {
    const set = setOf(
      `- list:
    elements: [{name: special}]
    template:
      metadata: {labels: {own: 'yes'}}
      spec:
        source: {path: 'override/{{.name}}', helm: {valueFiles: [only.yaml]}}
        destination: {}
- list: {elements: [{name: plain}]}`,
      {},
    )
      .replace("metadata: {name: '{{.name}}'}", "metadata: {name: '{{.name}}', labels: {set: 'yes'}}")
      .replace("path: '.'", "path: '.', targetRevision: v1, helm: {releaseName: r, valueFiles: [a.yaml, b.yaml]}");
    const [special, plain] = await generated(set);
    expect(special?.metadata.labels).toEqual({ set: 'yes', own: 'yes' });
    expect(special?.spec.source).toEqual({
      repoURL: ADDONS,
      path: 'override/special',
      targetRevision: 'v1',
      helm: { releaseName: 'r', valueFiles: ['only.yaml'] },
    });
    expect(plain?.spec.source).toMatchObject({ path: '.', helm: { valueFiles: ['a.yaml', 'b.yaml'] } });
  });
});

describe('a set of a thousand elements', () => {
  const engines = createEngines();
  const counting = () => {
    let calls = 0;
    const templates: typeof engines.templates = async (items, at) => {
      calls += 1;
      return await engines.templates(items, at);
    };
    return { engines: { templates, jq: engines.jq }, calls: () => calls };
  };
  const names = Array.from({ length: 1_000 }, (_each, index) => `{name: 'N${index}', tier: t${index % 3}}`).join(', ');

  it('is one call of the engines, not a thousand', async () => {
    const { engines: counted, calls } = counting();
    const set = setOf(
      `- list: {elements: [${names}]}`,
      { tier: '{{upper .tier}}' },
      { name: '{{.name | lower}}' },
    ).replace('  template:', '  templatePatch: |\n    metadata: {labels: {tier: "{{ .tier | upper }}"}}\n  template:');
    const found = await generated(set, { engines: counted });
    expect(found).toHaveLength(1_000);
    expect(found[999]?.metadata).toMatchObject({ name: 'n999', labels: { tier: 'T0' } });
    expect(calls()).toBe(1);
  });

  it('is no call at all where every template is only the name of a parameter', async () => {
    const { engines: counted, calls } = counting();
    const set = setOf(`- list: {elements: [${names.toLowerCase()}]}`, { tier: 'x-{{.tier}}' });
    expect(await generated(set, { engines: counted })).toHaveLength(1_000);
    expect(calls()).toBe(0);
  });

  it('of a matrix costs a call a stage: values, the second generator, the template', async () => {
    const { engines: counted, calls } = counting();
    const twenty = Array.from({ length: 20 }, (_each, index) => cluster(`c${index}`, { i: `${index}` })).join('');
    const fifty = Object.fromEntries(Array.from({ length: 50 }, (_each, index) => [`apps/a${index}/x.yaml`, '']));
    const set = setOf(
      `- matrix:
    generators:
    - clusters: {selector: {matchExpressions: [{key: i, operator: Exists}]}, values: {up: '{{upper .name}}'}}
    - git: {repoURL: '${ADDONS}', directories: [{path: '{{lower "APPS"}}/*'}]}`,
      { up: '{{.values.up}}' },
      { name: '{{.name | lower}}-{{.path.basename}}' },
    );
    expect(
      await generated(set, { manifests: twenty, repositories: { [ADDONS]: fifty }, engines: counted }),
    ).toHaveLength(1_000);
    expect(calls()).toBe(3);
  });
});
