import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { application, configMap, type Files, type Platform, REPO, startPlatform } from './platform.ts';

/** GitHub refuses a longer comment, check summary or check text. */
const GITHUB_LIMIT = 65_536;

let trimtab: Platform;

beforeAll(async () => {
  trimtab = await startPlatform({
    'argocd/web.yaml': application('web'),
    'apps/web/config.yaml': configMap('web', 'before'),
    'argocd/pages.yaml': application('pages'),
    'apps/pages/index.yaml': configMap('index', 'before'),
  });
});
afterAll(() => trimtab.close());

/** A ConfigMap of about ten kilobytes, in lines as people write them. */
function page(number: number): string {
  const lines = Array.from(
    { length: 150 },
    (_, line) => `Line ${line} of page ${number}, as the author wrote it down.`,
  );
  return stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `page-${number}` },
    data: { text: lines.join('\n'), last: `the end of page ${number}` },
  });
}

function pages(count: number): Files {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`apps/pages/page-${n}.yaml`, page(n)]));
}

/** Everything that a pull request shows: its comment, and the texts of its checks. */
function shown(pull: number): { readonly comment: string; readonly checks: readonly string[] } {
  const { headSha } = trimtab.forge.pull(REPO, pull);
  const checks = trimtab.forge.checks(REPO, headSha).map((check) => `${check.summary}\n${check.text}`);
  return { comment: trimtab.preview(pull), checks };
}

describe('a diff of 300 kB', () => {
  test('fits into a comment of at most 65,536 characters, and the whole of it is in the checks', async () => {
    const { number } = await trimtab.propose({ ...pages(32), 'apps/web/config.yaml': configMap('web', 'after') });
    const { comment, checks } = shown(number);
    expect(comment.length).toBeLessThanOrEqual(GITHUB_LIMIT);
    expect(comment.length).toBeGreaterThan(GITHUB_LIMIT / 2);
    expect(comment).toMatch(/parts? of \d+ not shown here/);
    expect(comment).toContain('| `pages` |');
    expect(comment).toContain('| `web` |');
    expect(checks.join('').length).toBeGreaterThan(300_000);
    for (const check of checks) expect(check.length).toBeLessThanOrEqual(2 * GITHUB_LIMIT);
    const all = [comment, ...checks].join('\n');
    for (let n = 0; n < 32; n += 1) {
      expect(all).toContain(`ConfigMap pages/page-${n}`);
      expect(all).toContain(`+  last: the end of page ${n}`);
      expect(all).toContain(`Line 149 of page ${n},`);
    }
    expect(all).toContain('-  value: before\n+  value: after');
    expect(fences(comment) % 2).toBe(0);
    for (const check of checks) expect(fences(check) % 2).toBe(0);
  });

  test('in one single resource is cut into pages, and loses no line', async () => {
    const lines = Array.from({ length: 5000 }, (_, line) => `Line ${line} of the long text, as the author wrote it.`);
    const long = stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'long' },
      data: { text: lines.join('\n') },
    });
    const { number } = await trimtab.propose({ 'apps/pages/long.yaml': long });
    const { comment, checks } = shown(number);
    expect(comment.length).toBeLessThanOrEqual(GITHUB_LIMIT);
    const all = [comment, ...checks].join('\n');
    const seen = new Set(Array.from(all.matchAll(/Line (\d+) of the long text/g), ([, line]) => Number(line)));
    expect(seen.size).toBe(5000);
  });
});

function fences(text: string): number {
  return text.split('\n').filter((line) => line.startsWith('```')).length;
}

describe('a pull request with 3,000 files', () => {
  test('that no application reads gets its preview of the one that does change', async () => {
    const notes = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`docs/${n % 50}/${n}.md`, `${n}\n`]));
    const { number } = await trimtab.propose({ ...notes, 'apps/web/config.yaml': configMap('web', 'after') });
    const comment = trimtab.preview(number);
    expect(comment).toContain('### trimtab: 1 application changes');
    expect(comment).toContain('-  value: before\n+  value: after');
    expect(trimtab.check(number)).toMatchObject({ conclusion: 'success' });
  });

  test('that one application renders shows each of its resources, and the other application as well', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 3000 }, (_, n) => [`apps/pages/${n % 50}/${n}.yaml`, configMap(`entry-${n}`, `value-${n}`)]),
    );
    const definition = application('pages').replace(
      'path: apps/pages',
      'path: apps/pages\n    directory:\n      recurse: true',
    );
    const { number } = await trimtab.propose({
      ...many,
      'argocd/pages.yaml': definition,
      'apps/web/config.yaml': configMap('web', 'after'),
    });
    const { comment, checks } = shown(number);
    expect(comment.length).toBeLessThanOrEqual(GITHUB_LIMIT);
    expect(comment).toContain('| `pages` | `default` | +3000 created |');
    expect(comment).toContain('| `web` | `default` | ~1 changed |');
    const all = [comment, ...checks].join('\n');
    const seen = new Set(Array.from(all.matchAll(/\+ {2}value: value-(\d+)$/gm), ([, n]) => Number(n)));
    expect(seen.size).toBe(3000);
    expect(all).toContain('-  value: before\n+  value: after');
  });
});
