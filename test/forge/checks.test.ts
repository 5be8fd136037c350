import { describe, expect, test } from 'vitest';
import type { CheckOutput } from '../../src/spec/ports.ts';
import { openPull, problemIn, REPO, stage } from './support.ts';

function output(head: string, more: Partial<CheckOutput> = {}): CheckOutput {
  return { name: 'trimtab', head, conclusion: 'success', title: '1 application', summary: 'web: 2 → 3', ...more };
}

const annotation = (line: number) => ({
  path: 'web/values.yaml',
  line,
  title: 'web',
  message: `Line ${line} is wrong`,
});

describe('check', () => {
  test('creates a completed run, and updates it in place', async () => {
    const { forge, site } = await stage();
    const { head } = await openPull(site);
    await forge.check(REPO, output(head));
    await forge.check(REPO, output(head, { conclusion: 'failure', title: 'web fails', text: 'Details' }));
    expect(site.checks(REPO, head)).toEqual([
      expect.objectContaining({
        name: 'trimtab',
        status: 'completed',
        conclusion: 'failure',
        title: 'web fails',
        summary: 'web: 2 → 3',
        text: 'Details',
      }),
    ]);
  });

  test('keeps runs of other names apart', async () => {
    const { forge, site } = await stage();
    const { head } = await openPull(site);
    await forge.check(REPO, output(head));
    await forge.check(REPO, output(head, { name: 'trimtab / web' }));
    await forge.check(REPO, output(head, { title: 'changed' }));
    expect(site.checks(REPO, head).map(({ name, title }) => [name, title])).toEqual([
      ['trimtab', 'changed'],
      ['trimtab / web', '1 application'],
    ]);
  });

  test('makes no call when the run says all that already', async () => {
    const { forge, site, said } = await stage();
    const { head } = await openPull(site);
    const wanted = output(head, { conclusion: 'failure', annotations: [annotation(1)] });
    await forge.check(REPO, wanted);
    said();
    await forge.check(REPO, wanted);
    expect(said().filter((line) => !line.startsWith('GET'))).toEqual([]);
  });

  test('sends many annotations in parts that GitHub takes, each once and in order', async () => {
    const { forge, site } = await stage();
    const { head } = await openPull(site);
    const annotations = Array.from({ length: 120 }, (_, index) => annotation(index + 1));
    await forge.check(REPO, output(head, { conclusion: 'failure', annotations }));
    const [run] = site.checks(REPO, head);
    expect(run?.annotations.map(({ line }) => line)).toEqual(annotations.map(({ line }) => line));
  });

  test('shows the annotations of the last preview only, though GitHub just adds to those of a run', async () => {
    const { forge, site } = await stage();
    const { head } = await openPull(site);
    await forge.check(REPO, output(head, { conclusion: 'failure', annotations: [annotation(1), annotation(2)] }));
    await forge.check(REPO, output(head, { conclusion: 'failure', summary: 'less', annotations: [annotation(2)] }));
    expect(
      site
        .checks(REPO, head)
        .at(-1)
        ?.annotations.map(({ line }) => line),
    ).toEqual([2]);
  });

  test('of two that were made in one moment the one that GitHub shows is brought up to date', async () => {
    const { forge, site } = await stage();
    const { head } = await openPull(site);
    await Promise.all([forge.check(REPO, output(head)), forge.check(REPO, output(head, { conclusion: 'failure' }))]);
    await forge.check(REPO, output(head, { conclusion: 'neutral', title: 'last' }));
    // GitHub shows the newest run of a name
    expect(site.checks(REPO, head).at(-1)).toMatchObject({ conclusion: 'neutral', title: 'last' });
  });

  test('cuts a summary and a text that GitHub would refuse, at the end of a line and with a note', async () => {
    const { forge, site } = await stage();
    const { head } = await openPull(site);
    const long = `\`\`\`diff\n${'+ a line\n'.repeat(20_000)}\`\`\`\n`;
    await forge.check(REPO, output(head, { summary: long, text: long }));
    const [run] = site.checks(REPO, head);
    for (const words of [run?.summary ?? '', run?.text ?? '']) {
      expect(words.length).toBeLessThanOrEqual(65_535);
      expect(words).toMatch(/\n\+ a line\n```\n\n\*Cut here: GitHub takes no more\.\*\n$/);
    }
  });

  test('names the commit that is not there', async () => {
    const { forge } = await stage();
    const problem = await problemIn(forge.check(REPO, output('d'.repeat(40))));
    expect(problem).toMatchObject({ code: 'not-found', message: expect.stringContaining('dddd') });
  });
});
