import { expect, test } from 'vitest';
import { openPull, REPO, stage } from '../forge/support.ts';

const PREVIEW = '<!-- trimtab:preview -->';
const ANSWER = '<!-- trimtab:answer:7 -->';

test('a manifest that holds our marker does not make an answer overwrite the preview', async () => {
  const { forge, site } = await stage();
  const { number } = await openPull(site);
  await forge.upsertComment(REPO, number, PREVIEW, `${PREVIEW}\n\`\`\`diff\n+  note: ${ANSWER}\n\`\`\`\n`);
  expect(await forge.hasComment(REPO, number, ANSWER)).toBe(false);
  expect(await forge.upsertComment(REPO, number, ANSWER, `${ANSWER}\nsynced\n`)).toBe('created');
  expect(site.comments(REPO, number).map(({ body }) => body.split('\n')[0])).toEqual([PREVIEW, ANSWER]);
});
