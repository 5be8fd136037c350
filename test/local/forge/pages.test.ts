import { describe, expect, test } from 'vitest';
import type { LocalForge } from '../../../src/local/forge/index.ts';
import { type Installed, startShop } from './support.ts';

async function startWithPull(): Promise<Installed & { readonly page: string }> {
  const shop = await startShop();
  await shop.forge.commit('acme/shop', {
    branch: 'scale',
    from: 'main',
    message: 'Scale',
    changes: { 'web/values.yaml': 'replicas: 3 # <b>\n' },
  });
  const pull = await shop.forge.openPull('acme/shop', {
    title: 'Scale <web>',
    head: 'scale',
    body: 'Three **replicas**.',
  });
  return { ...shop, page: pull.url };
}

async function read(address: string): Promise<string> {
  return (await fetch(address)).text();
}

function post(
  forge: LocalForge,
  address: string,
  fields: Record<string, string>,
  origin = forge.url,
): Promise<Response> {
  return fetch(address, { method: 'POST', redirect: 'manual', headers: { origin }, body: new URLSearchParams(fields) });
}

describe('the pages of the embedded forge', () => {
  test('list the repositories with their pull requests', async () => {
    const { forge, page } = await startWithPull();
    for (const address of ['/', '/acme/shop/pulls']) {
      const html = await read(forge.url + address);
      expect(html).toContain(`href="${new URL(page).pathname}"`);
      expect(html).toContain('Scale &#60;web&#62;');
    }
  });

  test('show a pull request with its text as Markdown and its diff as text', async () => {
    const { page } = await startWithPull();
    const html = await read(page);
    expect(html).toContain('Three <strong>replicas</strong>.');
    expect(html).toContain('alice wants to merge');
    expect(html).toContain('<span class="line add">+replicas: 3 # &#60;b&#62;</span>');
    expect(html).toContain('No conflicts with the base branch.');
  });

  test('show a comment with table, folded part and diff, and nothing in it that could run', async () => {
    const { ask, page } = await startWithPull();
    const body = [
      '<!-- trimtab:preview -->',
      '| app | changes |\n| --- | --: |\n| `web` | 1 |',
      '<details><summary>Deployment</summary>\n\n```diff\n-replicas: 2\n+replicas: 3\n```\n\n</details>',
      '> [!WARNING]\n> Look here.',
      '<script>alert(1)</script><img src="x" onerror="alert(2)"><a href="javascript:alert(3)">x</a><form><input></form>',
    ].join('\n\n');
    await ask('POST /repos/acme/shop/issues/1/comments', { body });
    const html = await read(page);
    expect(html).toMatch(/<td style="text-align:right">1<\/td>/);
    expect(html).toContain('<details><summary>Deployment</summary>');
    expect(html).toContain('<span class="line del">-replicas: 2</span>');
    expect(html).toContain('markdown-alert-warning');
    expect(html).not.toMatch(/trimtab:preview|alert\(|onerror|<input/);
    expect(html).toContain('<b>trimtab</b><span class="bot">bot</span>');
  });

  test('lead from #2 in a text to that issue, and leave #2 alone in code, in words and in addresses', async () => {
    const { ask, page } = await startWithPull();
    const body = 'See #2, `#3`, a#4 and https://example.com/#5.';
    await ask('POST /repos/acme/shop/issues/1/comments', { body });
    const html = await read(page);
    expect(html).toContain(
      '<p>See <a href="/acme/shop/issues/2">#2</a>, <code>#3</code>, a#4 and <a href="https://example.com/#5">https://example.com/#5</a>.</p>',
    );
  });

  test('show checks with their annotations, and deployments of the merge commit', async () => {
    const { forge, ask, page } = await startWithPull();
    const annotation = {
      path: 'web/values.yaml',
      start_line: 1,
      end_line: 1,
      annotation_level: 'failure',
      message: 'not a number',
    };
    await ask('POST /repos/acme/shop/check-runs', {
      name: 'trimtab',
      head_sha: forge.pull('acme/shop', 1).headSha,
      conclusion: 'failure',
      output: { title: 'web does not render', summary: 'One is **broken**.', annotations: [annotation] },
    });
    const merged = await forge.merge('acme/shop', 1);
    const wanted = { ref: merged, environment: 'production/web', auto_merge: false, required_contexts: [] };
    const deployment = await ask('POST /repos/acme/shop/deployments', wanted);
    await ask(`POST /repos/acme/shop/deployments/${String(deployment.body['id'])}/statuses`, {
      state: 'success',
      description: 'Synced',
    });
    const html = await read(page);
    expect(html).toContain('web does not render');
    expect(html).toContain('<code>web/values.yaml:1</code> not a number');
    expect(html).toMatch(/<b>production\/web<\/b>\s*<span class="success">success<\/span> <span class="dim">Synced/);
    expect(html).toContain('merged</span> commit');
  });

  test('take a comment from the person that was chosen, and go back to the page', async () => {
    const { forge, page } = await startWithPull();
    const sent = await post(forge, `${page}/comment`, { user: 'bob', body: '/rollback\r\nplease' });
    expect([sent.status, sent.headers.get('location')]).toEqual([303, '/acme/shop/pull/1?as=bob']);
    expect(forge.comments('acme/shop', 1)).toMatchObject([{ author: 'bob', body: '/rollback\nplease' }]);
    expect(await read(`${page}?as=bob`)).toContain('<option value="bob" selected>bob (write)</option>');
  });

  test('merge, and say who may not', async () => {
    const { forge, page } = await startWithPull();
    const refused = await post(forge, `${page}/merge`, { user: 'carol' });
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain('carol may not write to acme/shop.');
    expect((await post(forge, `${page}/merge`, { user: 'bob' })).status).toBe(303);
    expect(forge.pull('acme/shop', 1)).toMatchObject({ state: 'merged' });
  });

  test('close and reopen', async () => {
    const { forge, page } = await startWithPull();
    await post(forge, `${page}/close`, { user: 'alice' });
    expect(forge.pull('acme/shop', 1).state).toBe('closed');
    await post(forge, `${page}/reopen`, { user: 'alice' });
    expect(forge.pull('acme/shop', 1).state).toBe('open');
  });

  test('take forms from their own site only, run only their own script, and have no other name', async () => {
    const { forge, page } = await startWithPull();
    expect((await post(forge, `${page}/merge`, { user: 'alice' }, 'https://evil.example')).status).toBe(403);
    expect(forge.pull('acme/shop', 1).state).toBe('open');
    const policy = (await fetch(page)).headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/default-src 'none';.*script-src 'sha256-[\w+/=]+';/);
  });

  test('have an entity tag that changes when there is something new to see, and not before', async () => {
    const { forge, page } = await startWithPull();
    const tag = async () => (await fetch(page)).headers.get('etag');
    const before = await tag();
    expect(await tag()).toBe(before);
    await forge.comment('acme/shop', 1, 'carol', 'Nice');
    expect(await tag()).not.toBe(before);
  });

  test('say so when there is no such page', async () => {
    const { forge } = await startShop();
    for (const path of ['/acme/shop/pull/7', '/acme/none/pulls', '/nowhere']) {
      expect((await fetch(forge.url + path)).status).toBe(404);
    }
  });

  test('have the style sheet of GitHub’s Markdown', async () => {
    const { forge } = await startShop();
    const css = await fetch(`${forge.url}/_assets/markdown.css`);
    expect(css.headers.get('content-type')).toContain('text/css');
    expect(await css.text()).toContain('.markdown-body');
  });
});
