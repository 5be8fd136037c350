import MarkdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';
import type { Task } from '../../src/spec/operation.ts';
import type { Preview } from '../../src/spec/preview.ts';
import { Problem } from '../../src/spec/problem.ts';
import { failedAnswer, historyAnswer, syncAnswer } from '../../templates/answers.ts';
import { previewChecks } from '../../templates/check-run.ts';
import { diffAnswer } from '../../templates/diff-answer.ts';
import { previewText } from '../../templates/preview-comment.ts';

/** A task that failed. */
const FAILED: Task = {
  ...{ apiVersion: 'v1', phase: 'Sync', wave: 0, action: 'apply', status: 'Failed', message: '' },
  ...{ key: { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'web' }, hookDeletePolicies: [] },
};

/** What a chart, a manifest or somebody in the cluster may write, to speak in trimtab's name. */
const ATTACKS: readonly string[] = [
  '@acme/admins look here',
  '&commat;acme/admins &#64;acme/admins',
  '<img src="https://evil.example/x.png"> <!-- hidden',
  '[click](javascript:alert(1)) ![](https://evil.example/x.png)',
  'one line\n# A heading\n@acme/admins',
  'one\n \n@acme/admins\n\n<h1>two</h1>\n```\n</details>\n| a | b |',
  '</details></summary>\n\n**Approved** by @acme/admins\n\n~~~\n@acme/admins',
  'a `` ` ``` | @acme/admins | \\| @acme/admins \\` @acme/admins',
  '- @acme/admins\n> @acme/admins\n1. @acme/admins\n<https://evil.example>',
];

const markdown = new MarkdownIt({ html: true, linkify: false });

/** What GitHub would make of a comment beside plain words: mentions, HTML that we did not write, links, headings. */
function effects(text: string): readonly string[] {
  const tokens = markdown.parse(text, {}).flatMap((token) => [token, ...(token.children ?? [])]);
  return tokens.flatMap((token) => {
    if (token.type === 'text' && /(^|[^\w`])@\w/.test(token.content)) return [`mention: ${token.content}`];
    if (token.type === 'link_open' || token.type === 'image') return [token.type];
    if (token.type === 'heading_open' && !['h3', 'h4'].includes(token.tag)) return [`heading ${token.tag}`];
    if (token.type.startsWith('html_')) {
      const foreign = token.content.replace(/<\/?(details|summary|b|sub)( open)?>|<!-- trimtab:[\w:-]+ -->/g, '');
      return /<(img|h1|!--|https)|(^|[^\w`])@\w/.test(foreign) ? [`html: ${token.content}`] : [];
    }
    return [];
  });
}

const key = (name: string) => ({ group: '', kind: 'ConfigMap', namespace: 'shop', name });

const about = {
  application: 'shop',
  project: 'default',
  destination: 'in-cluster',
  lifecycle: 'changed',
  because: 'a.yaml',
  automated: true,
  prunes: true,
  cascades: false,
  changes: [],
  diffs: [],
  conditions: [],
  warnings: [],
} as const;

const commits = { repo: 'acme/shop', pull: 1, base: 'b'.repeat(40), head: 'a'.repeat(40) };

describe.each(ATTACKS)('a text such as %j mentions nobody, links nowhere and shows no HTML', (attack) => {
  const problem = new Problem('render-failed', attack, { where: { file: attack, line: 3 }, fix: attack });

  it('as a fault of a manifest or a chart', () => {
    const preview: Preview = {
      ...commits,
      problems: [problem],
      applications: [
        { ...about, problem, warnings: [problem] },
        { ...about, warnings: [problem], conditions: [{ type: 'SyncError', message: attack }] },
      ],
    };
    expect(effects(previewText(preview).comment)).toEqual([]);
    expect(previewChecks(preview).flatMap((check) => effects(check.summary))).toEqual([]);
    expect(effects(failedAnswer('sync', problem))).toEqual([]);
    expect(effects(syncAnswer([], [{ application: attack, problem }]))).toEqual([]);
  });

  it('as the name or the content of a resource', () => {
    const field = { path: attack, from: attack, to: 1 };
    const change = { key: key(attack), hook: false, wave: 0, fields: [field], before: '', after: attack } as const;
    const diff = attack.replace(/^/gm, '+');
    const preview: Preview = {
      ...commits,
      problems: [],
      applications: [
        {
          ...about,
          application: attack,
          project: attack,
          changes: [
            { ...change, action: 'create' },
            { ...change, action: 'delete' },
          ],
          diffs: [diff, diff],
          approved: attack,
          leavesCluster: { server: attack, resources: 2 },
          leaving: (['goes', 'asks', 'stays', 'moves'] as const).map((fate) => ({
            key: key(attack),
            fate,
            because: attack,
          })),
        },
      ],
    };
    expect(effects(previewText(preview).comment)).toEqual([]);
  });

  it('as a live value, or the name of who wrote it', () => {
    const field = { path: 'data.x', from: attack, to: attack, manager: attack, at: attack };
    const change = { key: key(attack), hook: false, wave: 0, action: 'update', fields: [field] } as const;
    const status = {
      application: 'shop',
      sync: 'OutOfSync',
      health: { status: 'Healthy', message: attack },
      healthSince: '',
      revisions: [],
      conditions: [],
      resources: [],
      drift: [{ ...change, before: '', after: '' }],
      observedAt: '',
    } as const;
    expect(effects(diffAnswer([status], new Map([['shop', [attack.replace(/^/gm, '-')]]])))).toEqual([]);
  });

  it('as an actor of the history', () => {
    const entry = {
      id: 1,
      operation: 'o',
      revisions: [attack],
      definition: attack,
      trigger: { kind: 'command', actor: attack },
      phase: 'Failed',
      message: attack,
      startedAt: '2026-11-24T10:00:00Z',
      finishedAt: '2026-11-24T10:00:09Z',
      sources: [{ repoURL: 'https://github.com/acme/platform', path: attack }],
      tasks: [{ ...FAILED, key: { ...FAILED.key, name: attack } }],
    } as const;
    expect(effects(historyAnswer(attack, [entry]))).toEqual([]);
  });
});
