import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/spec/change.ts';
import type { ApplicationPreview, Preview } from '../../src/spec/preview.ts';
import { Problem } from '../../src/spec/problem.ts';
import { previewChecks } from '../../templates/check-run.ts';
import { GITHUB_LIMIT } from '../../templates/markdown.ts';
import { previewText } from '../../templates/preview-comment.ts';

/** What charts and people put into diffs: fences, tags, emoji, lines of any length. */
const line = fc.oneof(
  fc.string({ maxLength: 120 }),
  fc.constantFrom('```', '````diff', '</details>', '<!-- trimtab:preview -->', '🚀'.repeat(40), 'x'.repeat(3000)),
);
const diff = fc
  .array(line, { minLength: 1, maxLength: 60 })
  .chain((lines) => fc.integer({ min: 1, max: 40 }).map((times) => Array(times).fill(lines).flat()))
  .map((lines) => lines.map((text) => `+${String(text).replaceAll('\n', ' ')}`).join('\n'));

const application = fc
  .record({
    name: fc.stringMatching(/^[a-z][a-z0-9-]{0,40}$/),
    diffs: fc.array(diff, { maxLength: 12 }),
    broken: fc.boolean(),
  })
  .map(
    ({ name, diffs, broken }): ApplicationPreview => ({
      application: name,
      project: 'production',
      destination: 'https://kubernetes.default.svc, shop',
      lifecycle: 'changed',
      because: 'charts/shop/values.yaml',
      automated: true,
      prunes: true,
      cascades: false,
      changes: broken ? [] : diffs.map((_, index) => change(`${name}-${index}`)),
      diffs: broken ? [] : diffs,
      conditions: [],
      warnings: [],
      ...(broken ? { problem: new Problem('render-failed', 'x'.repeat(5000)) } : {}),
    }),
  );

const preview = fc.array(application, { maxLength: 30 }).map(
  (applications): Preview => ({
    repo: 'acme/platform',
    pull: 7,
    base: 'a'.repeat(40),
    head: 'b'.repeat(40),
    applications,
    problems: [],
  }),
);

function change(name: string): Change {
  const key = { group: 'apps', kind: 'Deployment', namespace: 'shop', name };
  return {
    key,
    action: 'update',
    fields: [{ path: 'spec.replicas', from: 1, to: 2 }],
    before: '',
    after: '',
    hook: false,
    wave: 0,
  };
}

describe('the comment of a preview, whatever the diff', () => {
  it('fits into what GitHub takes, and so does each page of the check', () => {
    fc.assert(
      fc.property(preview, (given) => {
        const { comment, pages } = previewText(given);
        expect(comment.length).toBeLessThanOrEqual(GITHUB_LIMIT);
        for (const page of pages) expect(page.length).toBeLessThanOrEqual(GITHUB_LIMIT);
        for (const check of previewChecks(given)) expect(check.summary.length).toBeLessThan(GITHUB_LIMIT);
      }),
      { numRuns: 60 },
    );
  });

  it('loses no resource: each is in the comment or on a page', () => {
    fc.assert(
      fc.property(preview, (given) => {
        const { comment, pages } = previewText(given);
        const all = [comment, ...pages].join('\n');
        for (const each of given.applications.flatMap((one) => one.changes)) {
          expect(all).toContain(`Deployment shop/${each.key.name}`);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('closes every code block that it opens, so that nothing of a diff becomes Markdown', () => {
    fc.assert(
      fc.property(preview, (given) => {
        const { comment, pages } = previewText(given);
        for (const text of [comment, ...pages]) {
          let open = '';
          for (const each of text.split('\n')) {
            const fence = /^`{3,}/.exec(each)?.[0];
            if (fence === undefined) continue;
            if (open === '') open = fence;
            else if (each === open) open = '';
          }
          expect(open).toBe('');
        }
      }),
      { numRuns: 60 },
    );
  });
});
