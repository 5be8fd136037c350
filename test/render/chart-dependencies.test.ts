import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import type { RenderInput } from '../../src/spec/ports.ts';
import { folderWith, input, problemOf, testTools } from './repository.ts';

const renderer = createRenderer({ tools: testTools });

const chart = (name: string, rest = ''): string => `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n${rest}`;

const map = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  version: "{{ .Chart.Version }}"\n  size: "{{ .Values.size }}"\n`;

const CHARTS = 'https://charts.acme.example';

const UMBRELLA = {
  'shop/Chart.yaml': chart(
    'shop',
    `dependencies:\n  - name: redis\n    version: ^7.0.0\n    repository: ${CHARTS}\n    alias: cache\n`,
  ),
  'shop/values.yaml': 'cache:\n  size: large\n',
  'shop/templates/web.yaml': map('web'),
};

const LOCK = `dependencies:\n  - name: redis\n    repository: ${CHARTS}\n    version: 7.2.1\n`;

/** A chart repository that has every version of redis, and writes down what it is asked for. */
async function repository(files: Record<string, string> = {}) {
  const asked: string[] = [];
  const charts: NonNullable<RenderInput['charts']> = {
    chartVersion: async ({ repoURL, chart: name }, wanted = '') => {
      asked.push(`${repoURL} ${name} ${wanted}`);
      return wanted.startsWith('^') ? '7.9.0' : wanted;
    },
    chart: async ({ repoURL }, version) => ({
      repoURL,
      revision: version,
      dir: await folderWith({
        'Chart.yaml': `apiVersion: v2\nname: redis\nversion: ${version}\n`,
        'values.yaml': 'size: small\n',
        'templates/redis.yaml': map('redis'),
        ...files,
      }),
    }),
  };
  return { asked, charts };
}

async function render(files: Record<string, string>, charts?: RenderInput['charts']) {
  const made = input({ path: 'shop' }, { dir: await folderWith(files) });
  return renderer.render({ ...made, ...(charts === undefined ? {} : { charts }) });
}

describe('a chart of a repository that depends on others', () => {
  it('is rendered with the versions of its lock file, which nobody committed', async () => {
    const { asked, charts } = await repository();
    const manifests = await render({ ...UMBRELLA, 'shop/Chart.lock': LOCK }, charts);
    expect(asked).toEqual([`${CHARTS} redis 7.2.1`]);
    expect(manifests.find(({ metadata }) => metadata.name === 'redis')).toMatchObject({
      data: { version: '7.2.1', size: 'large' },
    });
    expect(manifests.map(({ metadata }) => metadata.name)).toContain('web');
  });

  it('without a lock file takes the newest that its range allows', async () => {
    const { asked, charts } = await repository();
    const manifests = await render(UMBRELLA, charts);
    expect(asked).toEqual([`${CHARTS} redis ^7.0.0`]);
    expect(manifests.find(({ metadata }) => metadata.name === 'redis')).toMatchObject({ data: { version: '7.9.0' } });
  });

  it('asks nobody for what lies in its charts/ folder', async () => {
    const { asked, charts } = await repository();
    const vendored = {
      'shop/charts/redis/Chart.yaml': 'apiVersion: v2\nname: redis\nversion: 7.0.0\n',
      'shop/charts/redis/templates/redis.yaml': map('redis'),
    };
    const manifests = await render({ ...UMBRELLA, ...vendored }, charts);
    expect(asked).toEqual([]);
    expect(manifests.find(({ metadata }) => metadata.name === 'redis')).toMatchObject({ data: { version: '7.0.0' } });
  });

  it('may depend on a chart beside it, by file://, which depends on another', async () => {
    const manifests = await render({
      'shop/Chart.yaml': chart(
        'shop',
        'dependencies:\n  - {name: common, version: 1.0.0, repository: "file://../common"}\n',
      ),
      'common/Chart.yaml': chart(
        'common',
        'dependencies:\n  - {name: base, version: 1.0.0, repository: "file://../base"}\n',
      ),
      'common/templates/common.yaml': map('common'),
      'base/Chart.yaml': chart('base'),
      'base/templates/base.yaml': map('base'),
    });
    expect(manifests.map(({ metadata }) => metadata.name).sort()).toEqual(['base', 'common']);
  });

  it.each(['file://../../etc', 'file:///etc', 'file://../shop'])(
    'cannot leave its repository, or go in circles, by %s',
    async (url) => {
      const files = {
        'shop/Chart.yaml': chart('shop', `dependencies:\n  - {name: x, version: 1.0.0, repository: "${url}"}\n`),
      };
      expect(['unsafe-path', 'not-found', 'render-failed']).toContain((await problemOf(render(files))).code);
    },
  );

  it('whose lock file is behind is told which dependency it lacks', async () => {
    const { charts } = await repository();
    const problem = await problemOf(render({ ...UMBRELLA, 'shop/Chart.lock': 'dependencies: []\n' }, charts));
    expect(problem).toMatchObject({ where: { file: 'shop/Chart.lock' }, message: expect.stringContaining('redis') });
  });

  it('does not fetch what the schema of a dependency names', async () => {
    const { charts } = await repository({ 'values.schema.json': '{"$ref": "file:///etc/passwd"}' });
    expect(await problemOf(render({ ...UMBRELLA, 'shop/Chart.lock': LOCK }, charts))).toMatchObject({
      code: 'unsupported',
    });
  });
});
