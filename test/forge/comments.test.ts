import { describe, expect, test } from 'vitest';
import { openPull, problemIn, REPO, stage } from './support.ts';

const MARKER = '<!-- trimtab:preview -->';
const text = (words: string) => `${MARKER}\n${words}\n`;

describe('upsertComment', () => {
  test('writes one comment, updates it in place, and makes no call when nothing changed', async () => {
    const { forge, site, said } = await stage();
    const { number } = await openPull(site);
    expect(await forge.upsertComment(REPO, number, MARKER, text('2 → 3'))).toBe('created');
    expect(await forge.upsertComment(REPO, number, MARKER, text('2 → 4'))).toBe('updated');
    said();
    expect(await forge.upsertComment(REPO, number, MARKER, text('2 → 4'))).toBe('unchanged');
    expect(said().filter((line) => !line.startsWith('GET'))).toEqual([]);
    expect(site.comments(REPO, number).map(({ author, body }) => [author, body.trimEnd()])).toEqual([
      ['trimtab[bot]', `${MARKER}\n2 → 4`],
    ]);
  });

  test('takes a body for the same that GitHub stored with other line ends and no blanks at its end', async () => {
    const { forge, site } = await stage();
    const { number } = await openPull(site);
    await forge.upsertComment(REPO, number, MARKER, `${MARKER}\r\nsame\r\n`);
    expect(await forge.upsertComment(REPO, number, MARKER, `${MARKER}\nsame\n\n  `)).toBe('unchanged');
  });

  test('leaves a comment alone that somebody else wrote with our marker', async () => {
    const { forge, site } = await stage();
    const { number } = await openPull(site);
    await site.comment(REPO, number, 'carol', text('fooled'));
    expect(await forge.upsertComment(REPO, number, MARKER, text('ours'))).toBe('created');
    expect(site.comments(REPO, number).map(({ author, body }) => [author, body.includes('fooled')])).toEqual([
      ['carol', true],
      ['trimtab[bot]', false],
    ]);
  });

  test('finds our comment behind hundreds of others', async () => {
    const { forge, site } = await stage();
    const { number } = await openPull(site);
    for (let n = 0; n < 230; n += 1) await site.comment(REPO, number, 'bob', `Comment ${n}`);
    await forge.upsertComment(REPO, number, MARKER, text('first'));
    expect(await forge.upsertComment(REPO, number, MARKER, text('second'))).toBe('updated');
    expect(site.comments(REPO, number)).toHaveLength(231);
  });

  test('leaves one of two that were written in one moment', async () => {
    const { forge, site } = await stage();
    const { number } = await openPull(site);
    await forge.hasComment(REPO, number, MARKER);
    await Promise.all(['one', 'other'].map((words) => forge.upsertComment(REPO, number, MARKER, text(words))));
    expect(site.comments(REPO, number)).toHaveLength(1);
    expect(await forge.upsertComment(REPO, number, MARKER, text('later'))).toBe('updated');
    expect(site.comments(REPO, number).map(({ body }) => body.trimEnd())).toEqual([`${MARKER}\nlater`]);
  });

  test('cuts a text that GitHub would refuse', async () => {
    const { forge, site } = await stage();
    const { number } = await openPull(site);
    await forge.upsertComment(REPO, number, MARKER, text('a line\n'.repeat(20_000)));
    const [comment] = site.comments(REPO, number);
    expect(comment?.body.length).toBeLessThanOrEqual(65_536);
    expect(comment?.body).toMatch(/a line\n\n\*Cut here: GitHub takes no more\.\*\s*$/);
  });
});

test('hasComment knows our comment by marker and author', async () => {
  const { forge, site } = await stage();
  const { number } = await openPull(site);
  await site.comment(REPO, number, 'bob', text('not ours'));
  expect(await forge.hasComment(REPO, number, MARKER)).toBe(false);
  await forge.upsertComment(REPO, number, MARKER, text('ours'));
  expect(await forge.hasComment(REPO, number, MARKER)).toBe(true);
  expect(await forge.hasComment(REPO, number, '<!-- trimtab:other -->')).toBe(false);
});

test('addComment always writes one more, and comment reads it', async () => {
  const { forge, site } = await stage();
  const { number } = await openPull(site);
  await forge.addComment(REPO, number, 'Synced.');
  await forge.addComment(REPO, number, 'Synced.');
  const [first, second] = site.comments(REPO, number);
  expect(second?.body).toBe('Synced.');
  expect(await forge.comment(REPO, first?.id ?? 0)).toEqual({
    id: first?.id,
    author: 'trimtab[bot]',
    body: 'Synced.',
    url: first?.url,
  });
});

test('react puts each reaction once', async () => {
  const { forge, site } = await stage();
  const { number } = await openPull(site);
  const id = await site.comment(REPO, number, 'bob', '/sync');
  await forge.react(REPO, id, 'eyes');
  await forge.react(REPO, id, 'eyes');
  await forge.react(REPO, id, 'rocket');
  expect(site.comments(REPO, number)[0]?.reactions).toEqual(['eyes', 'rocket']);
});

test('a comment that was deleted is named', async () => {
  const { forge } = await stage();
  const problem = await problemIn(forge.comment(REPO, 12345));
  expect(problem).toMatchObject({ code: 'not-found', message: expect.stringContaining('comment 12345 in acme/shop') });
});
