import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/render/index.ts';
import { run } from '../../src/render/run.ts';
import { folderWith, input, problemOf, testTools } from './repository.ts';

const CHART = 'apiVersion: v2\nname: bomb\nversion: 1.0.0\n';
const renderer = createRenderer({ tools: testTools });

async function renderTemplate(template: string) {
  const dir = await folderWith({ 'bomb/Chart.yaml': CHART, 'bomb/templates/a.yaml': template });
  return renderer.render(input({ path: 'bomb' }, { dir }));
}

describe('a chart that is a bomb (CVE-2022-31016)', () => {
  it.each([
    ['a list of a hundred million numbers', '{{ range until 100000000 }}{{ . }}{{ end }}'],
    ['a text of a gigabyte', 'a: {{ repeat 1000000000 "x" }}'],
    [
      'a text that doubles',
      '{{ $a := "xxxxxxxx" }}{{ range until 40 }}{{ $a = printf "%s%s" $a $a }}{{ end }}{{ $a }}',
    ],
  ])('fails at the limit of memory: %s', async (_, template) => {
    const problem = await problemOf(renderTemplate(template));
    expect(problem.code).toBe('limit-exceeded');
    expect(problem.message).toMatch(/^helm wanted more memory/);
    expect(problem.where).toMatchObject({ file: 'bomb/Chart.yaml' });
  });

  it('fails when it prints more than anyone reads', async () => {
    const line = 'x'.repeat(1000);
    const template = `{{ range until 90000 }}# ${line}\n{{ end }}\napiVersion: v1\nkind: A\nmetadata: {name: a}\n`;
    const problem = await problemOf(renderTemplate(template));
    expect(problem).toMatchObject({ code: 'limit-exceeded' });
  });

  it('fails when it calls itself for ever', async () => {
    const problem = await problemOf(renderTemplate('{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}'));
    expect(problem).toMatchObject({ code: 'render-failed', where: { file: 'bomb/templates/a.yaml' } });
  });

  it('is ended when it never ends', async () => {
    const loop = '{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}';
    const dir = await folderWith({ 'Chart.yaml': CHART, 'templates/a.yaml': loop });
    const { helm } = await testTools();
    const ran = await run({ program: helm.path, args: ['template', '.'], cwd: dir, limits: { seconds: 1 } });
    expect(['time', 'memory']).toContain(ran.reason);
  });
});

describe('an application like any other', () => {
  it('renders within the limits: five hundred objects', async () => {
    const template = [
      '{{ range $i := until 500 }}',
      '---',
      'apiVersion: v1',
      'kind: ConfigMap',
      'metadata:',
      '  name: a-{{ $i }}',
      'data: {text: {{ repeat 200 "lorem " | quote }}}',
      '{{ end }}',
    ].join('\n');
    expect(await renderTemplate(template)).toHaveLength(500);
  });
});
