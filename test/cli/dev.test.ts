import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readExamples } from '../../src/local/examples.ts';
import { createLocalForge, type LocalForge } from '../../src/local/forge/index.ts';
import { type Running, start, temporaryFolder, trimtab } from './support.ts';

const REPO = 'acme/platform';

/** A GitHub Enterprise Server that nobody has registered trimtab on. */
async function createGitHub(): Promise<LocalForge> {
  const forge = await createLocalForge({ app: 'somebody-elses' });
  onTestFinished(() => forge.close());
  return forge;
}

/** The example repository, as a team on that server has it. */
async function filesFor(forge: LocalForge): Promise<Readonly<Record<string, string>>> {
  const files = await readExamples();
  const host = new URL(forge.url).host;
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path, text.replaceAll('https://github.com/', `http://${host}/`)]),
  );
}

function dev(forge: LocalForge, cwd: string, ...more: readonly string[]): Running {
  return start(['dev', '--github-url', forge.url, '--control-repository', REPO, '--port', '0', ...more], {
    cwd,
    env: { HOME: cwd, KUBECONFIG: '', XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? join(process.env['HOME'] ?? '', '.cache') },
  });
}

interface SetupForm {
  readonly action: string;
  readonly manifest: string;
  readonly cookie: string;
  readonly html: string;
}

/** Opens the set-up page as a browser does. */
async function open(url: string): Promise<SetupForm> {
  const answer = await fetch(url);
  const html = await answer.text();
  const unescape = (text = ''): string => text.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  const [form = ''] = html.match(/<form[^>]*action="[^"]*[0-9]\/settings\/apps\/new[^>]*>.*?<\/form>/s) ?? [];
  return {
    html,
    action: unescape(/action="([^"]*)"/.exec(form)?.[1]),
    manifest: unescape(/name="manifest" value="([^"]*)"/.exec(form)?.[1]),
    cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '',
  };
}

/** Presses the button: GitHub registers the App and sends the browser back. Answers where to. */
async function register(form: SetupForm): Promise<string> {
  const answer = await fetch(form.action, {
    method: 'POST',
    body: new URLSearchParams({ manifest: form.manifest }),
    redirect: 'manual',
  });
  return answer.headers.get('location') ?? '';
}

test('from the set-up page over the new App and its installation to the first comment', async () => {
  const forge = await createGitHub();
  const folder = temporaryFolder();
  const running = dev(forge, folder);
  const [, setup = ''] = await running.says(/^ {2}(http:\S+\/setup\S+)$/m);
  const form = await open(setup);
  const back = await fetch(await register(form), { headers: { cookie: form.cookie }, redirect: 'manual' });
  expect(back.headers.get('location')).toMatch(/\/installations\/new$/);
  await running.says(/trimtab runs for acme\/platform/);

  await forge.createRepository({ owner: 'acme', name: 'platform', files: await filesFor(forge) });
  const values = (await filesFor(forge))['charts/payments/values-production.yaml'] ?? '';
  await forge.commit(REPO, {
    branch: 'scale',
    from: 'main',
    message: 'Scale',
    changes: { 'charts/payments/values-production.yaml': values.replace(/^replicas: .*$/m, 'replicas: 5') },
  });
  const { number } = await forge.openPull(REPO, { title: 'Scale', head: 'scale' });
  await forge.idle();
  const comment = await expect.poll(() => forge.comments(REPO, number)[0]?.body, { timeout: 20_000 });
  await comment.toContain('+  replicas: 5');
  expect(forge.comments(REPO, number)[0]?.author).toBe('trimtab-acme[bot]');

  const env = readFileSync(join(folder, '.env'), 'utf8');
  expect(env).toMatch(/^APP_ID="\d+"$/m);
  expect(env).toMatch(/^PRIVATE_KEY="-----BEGIN RSA PRIVATE KEY-----\\n/m);
  expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);

  running.child.kill('SIGINT');
  const { code, stdout, stderr } = await running.ended;
  expect(code).toBe(0);
  for (const text of [stdout, stderr, form.html]) expect(text).not.toContain('PRIVATE KEY');
});
