import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { cacheFolder } from '../../src/local/cache-folder.ts';
import { locateTools } from '../../src/render/index.ts';
import { faintTexts, overflow } from './readability.ts';
import { type Browser, type Demo, startBrowser, startDemo } from './support.ts';

let demo: Demo;
let browser: Browser;

beforeAll(async () => {
  [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
});

afterAll(async () => {
  await Promise.all([demo?.close(), browser?.close()]);
});

afterEach(async () => {
  await browser.closePages();
  expect(browser.complaints()).toEqual([]);
});

/** The demo's day leaves three: Release 42 (merged), its revert (merged), and one whose chart does not render (open). */
const RELEASE = '/acme/platform/pull/1';
const REVERT = '/acme/platform/pull/2';
const BROKEN = '/acme/platform/pull/3';
const LIST = '/acme/platform/pulls';

async function open(path: string, options?: Parameters<Browser['open']>[1]): Promise<Page> {
  return browser.open(demo.forge + path, options);
}

/** Writes in the box as somebody and sends it off, as one does with a mouse. */
async function comment(page: Page, as: string, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Comment' }).fill(text);
  await page.getByLabel('Write as').selectOption(as);
  await page.getByRole('button', { name: 'Comment', exact: true }).click();
}

const by = (page: Page, author: string) => page.getByRole('article', { name: `Comment by ${author}` });

const Kubeconfig = z.object({
  clusters: z.tuple([z.object({ cluster: z.object({ server: z.url() }) })]),
  users: z.tuple([z.object({ user: z.object({ token: z.string().optional() }) })]),
});

const Deployment = z.object({
  spec: z.object({ template: z.object({ spec: z.object({ containers: z.array(z.object({ image: z.string() })) }) }) }),
});

/** The image that payments runs, asked of the cluster that the demo printed. */
async function paymentsImage(): Promise<string | undefined> {
  const { clusters, users } = Kubeconfig.parse(parse(await readFile(demo.kubeconfig, 'utf8')));
  const { token } = users[0].user;
  const answer = await fetch(`${clusters[0].cluster.server}/apis/apps/v1/namespaces/payments/deployments/payments`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  return Deployment.parse(await answer.json()).spec.template.spec.containers[0]?.image;
}

describe('a person who plays with `trimtab demo --serve` in a browser', () => {
  it('finds the pull requests of the day in the list, each with its state, and goes from there to one', async () => {
    const page = await open(LIST);
    const row = (title: string) => page.locator('.row', { has: page.getByRole('link', { name: title, exact: true }) });
    await row('Release 42').getByText('#1 merged').waitFor();
    await row('Revert "Release 42"').getByText('#2 merged').waitFor();
    await row('Autoscale payments').getByText('#3 open').waitFor();
    await page.getByRole('link', { name: 'Release 42', exact: true }).click();
    await page.getByRole('heading', { name: 'Release 42 #1' }).waitFor();
    await by(page, 'trimtab').first().waitFor();
  });

  it('sees the preview as GitHub shows it: a table, parts to unfold, diffs in colours, and no Markdown signs', async () => {
    const page = await open(RELEASE);
    const preview = by(page, 'trimtab').filter({ has: page.getByRole('heading', { name: /^trimtab:/ }) });
    const row = preview.getByRole('row').filter({ hasText: 'payments' });
    expect(await row.getByRole('cell').allInnerTexts()).toEqual([
      'payments',
      'production',
      expect.stringContaining('changed'),
      '',
      'syncs by itself',
    ]);
    const part = preview.locator('details', { hasText: 'Deployment payments/payments' });
    const line = part.getByText('ghcr.io/acme/payments:2.8.0');
    await line.waitFor();
    await part.locator('summary').click();
    await line.waitFor({ state: 'hidden' });
    await part.locator('summary').click();
    const background = (text: string) =>
      part.getByText(text).evaluate((element) => getComputedStyle(element).backgroundColor);
    const [added, removed, kept] = await Promise.all([
      background('ghcr.io/acme/payments:2.8.0'),
      background('ghcr.io/acme/payments:2.7.1'),
      background('containerPort'),
    ]);
    expect(new Set([added, removed, kept]).size).toBe(3);
    const text = await preview.textContent();
    for (const sign of ['```', '**', '| ---', '###', '<!--', '<details>']) expect(text).not.toContain(sign);
  });

  it('comments /rollback, sees the revert come with its preview, merges it, and the cluster follows', async () => {
    const before = await paymentsImage();
    const page = await open(REVERT);
    await comment(page, 'bob', '/rollback');
    await by(page, 'bob').filter({ hasText: '/rollback' }).waitFor();
    const link = by(page, 'trimtab').filter({ hasText: 'reverts #2' }).getByRole('link').first();
    await link.waitFor();
    const list = await open(LIST);
    await list.getByText('Revert "Revert').waitFor();
    await link.click();
    await page.getByRole('heading', { name: /^Revert "Revert/ }).waitFor();
    const preview = by(page, 'trimtab').filter({ has: page.getByRole('heading', { name: /^trimtab:/ }) });
    await preview.getByText('ghcr.io/acme/payments:2.8.0').first().waitFor();
    expect(before).toBe('ghcr.io/acme/payments:2.7.1');

    await page.getByLabel('Write as').selectOption('bob');
    await page.getByRole('button', { name: 'Merge pull request' }).click();
    await page.getByText('bob merged').first().waitFor();
    const deployment = page.locator('.row', { hasText: 'payments' }).filter({ hasText: 'successfully synced' });
    await deployment.waitFor();
    expect(await paymentsImage()).toBe('ghcr.io/acme/payments:2.8.0');
  });

  it('mistypes a command and is told which one was meant', async () => {
    const page = await open(RELEASE);
    await comment(page, 'bob', '/rolback');
    await by(page, 'trimtab').filter({ hasText: 'did you mean /rollback?' }).waitFor();
  });

  it('is safe from comments with scripts in them', async () => {
    const page = await open(BROKEN);
    const attack = [
      'Nothing to see here.',
      '<script>window.owned = 1</script>',
      '<img src="/avatars/mallory.svg" onload="window.owned = 1" onerror="window.owned = 1">',
      '<svg onload="window.owned = 1"></svg><iframe srcdoc="<script>parent.owned = 1</script>"></iframe>',
      '<style>main { display: none }</style><form action="/"><button>Merge pull request</button></form>',
      '[press](javascript:window.owned=1) <a href="javascript:window.owned=1">press</a>',
    ];
    await comment(page, 'carol', attack.join('\n\n'));
    const shown = by(page, 'carol').filter({ hasText: 'Nothing to see here.' });
    await shown.locator('img[src*=mallory]').waitFor();
    await page.reload();
    await shown.waitFor();
    const harmful = shown.locator(
      'script, svg, iframe, style, form, button, [onload], [onerror], [href^="javascript:" i]',
    );
    expect(await harmful.count()).toBe(0);
    expect(await page.evaluate(() => 'owned' in window)).toBe(false);
  });

  it('needs no mouse: the keyboard gets to the box, to who writes, and to the button', async () => {
    const page = await open(RELEASE);
    const box = page.getByRole('textbox', { name: 'Comment' });
    const focused = (): Promise<boolean> => box.evaluate((element) => element === document.activeElement);
    for (let presses = 0; presses < 100 && !(await focused()); presses++) await page.keyboard.press('Tab');
    expect(await focused()).toBe(true);
    await page.keyboard.type('/help');
    await page.keyboard.press('Tab');
    await page.keyboard.type('carol');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await by(page, 'carol').filter({ hasText: '/help' }).waitFor();
    await by(page, 'trimtab').filter({ hasText: '/rollback' }).last().waitFor();
  });

  it('loses neither words nor folds when the page updates by itself', async () => {
    const page = await open(BROKEN);
    const part = by(page, 'trimtab').locator('details', { hasText: 'Ingress storefront-staging/storefront' });
    await part.locator('summary').click();
    await part.getByText('next.example.com').waitFor({ state: 'hidden' });
    const file = page.locator('details.file').first();
    await file.locator('summary').click();

    const other = await open(BROKEN);
    await comment(other, 'alice', 'Who broke it?');
    await by(page, 'alice').filter({ hasText: 'Who broke it?' }).waitFor();
    expect(await part.getAttribute('open')).toBeNull();
    expect(await file.getAttribute('open')).not.toBeNull();
  });

  it.each([
    { colorScheme: 'light', width: 1280 },
    { colorScheme: 'light', width: 400 },
    { colorScheme: 'dark', width: 1280 },
    { colorScheme: 'dark', width: 400 },
  ] as const)('can read every page, $colorScheme and $width pixels wide', async ({ colorScheme, width }) => {
    const page = await open('/', { colorScheme, viewport: { width, height: 900 } });
    for (const path of ['/', LIST, RELEASE, REVERT, BROKEN]) {
      await page.goto(demo.forge + path);
      expect(await faintTexts(page), path).toEqual([]);
      expect(await overflow(page), path).toBe(0);
    }
  });

  it('sees the cluster with kubectl, by the line that was printed', async () => {
    const { kubectl } = await locateTools({ cacheDir: cacheFolder() });
    const { stdout } = await promisify(execFile)(kubectl.path, ['--kubeconfig', demo.kubeconfig, ...demo.kubectl]);
    expect(stdout).toMatch(/^NAMESPACE +NAME +READY/);
    expect(stdout).toMatch(/^storefront-production +storefront +3\/3 /m);
  });
});
