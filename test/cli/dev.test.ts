import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readExamples } from '../../src/local/examples.ts';
import { createLocalForge, type LocalForge } from '../../src/local/forge/index.ts';
import { type Running, start, temporaryFolder, trimtab } from './support.ts';

const SETUP = /^ {2}(http:\S+\/setup\S+)$/m;
const PATIENCE = { timeout: 20_000 };
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

/** A home without a kubeconfig; helm and kubectl stay where they were unpacked. */
function surroundings(home: string): Readonly<Record<string, string>> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(process.env['HOME'] ?? '', '.cache');
  return { HOME: home, KUBECONFIG: '', XDG_CACHE_HOME: cache };
}

function dev(forge: LocalForge, cwd: string, ...more: readonly string[]): Running {
  return start(['dev', '--github-url', forge.url, '--control-repository', REPO, '--port', '0', ...more], {
    cwd,
    env: surroundings(cwd),
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
  const decoded = (text = ''): string => text.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  const [form = ''] = html.match(/<form[^>]*action="[^"]*[0-9]\/settings\/apps\/new[^>]*>.*?<\/form>/s) ?? [];
  return {
    html,
    action: decoded(/action="([^"]*)"/.exec(form)?.[1]),
    manifest: decoded(/name="manifest" value="([^"]*)"/.exec(form)?.[1]),
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
  const [, setup = ''] = await running.says(SETUP);
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
  await expect.poll(() => forge.comments(REPO, number)[0]?.body, PATIENCE).toContain('+  replicas: 5');
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

test('what was set up once needs no options, and no page, the next time', async () => {
  const forge = await createGitHub();
  const folder = temporaryFolder();
  const first = dev(forge, folder);
  const [, setup = ''] = await first.says(SETUP);
  const form = await open(setup);
  await fetch(await register(form), { headers: { cookie: form.cookie }, redirect: 'manual' });
  await first.says(/trimtab runs for/);
  first.child.kill('SIGINT');
  await first.ended;

  const second = start(['dev', '--port', '0'], { cwd: folder, env: surroundings(folder) });
  await second.says(/trimtab runs for acme\/platform on 127\.0\.0\.1/);
  second.child.kill('SIGINT');
  const { stdout } = await second.ended;
  expect(stdout).not.toContain('No GitHub App is configured');
});

test('the set-up answers only the browser that opened the printed address, and takes a code once', async () => {
  const forge = await createGitHub();
  const running = dev(forge, temporaryFolder());
  const [, setup = ''] = await running.says(SETUP);
  const { origin } = new URL(setup);
  const status = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
    (await fetch(url, { headers, redirect: 'manual' })).status;

  expect(await status(`${origin}/setup`)).toBe(403);
  expect(await status(`${setup}0`)).toBe(403);
  expect(await statusWithHost(setup, 'trimtab.example.com')).toBe(421);
  expect(await status(`${origin}/setup/registered?code=c0de&state=`)).toBe(403);

  const form = await open(setup);
  const back = await register(form);
  const foreign = back.replace(/state=[0-9a-f]+/, 'state=00');
  expect(await status(back)).toBe(403);
  expect(await status(back, { cookie: 'trimtab_setup=00' })).toBe(403);
  expect(await status(foreign, { cookie: form.cookie })).toBe(403);
  const conversions = forge.exchanges().filter(({ path }) => path.includes('app-manifests'));
  expect(conversions).toEqual([]);

  expect(await status(back, { cookie: form.cookie })).toBe(302);
  await running.says(/trimtab runs for/);
  expect(await status(setup)).toBe(404);
  expect(await status(back, { cookie: form.cookie })).toBe(404);
});

test('a code that GitHub does not know is told in the browser, and the set-up goes on', async () => {
  const forge = await createGitHub();
  const running = dev(forge, temporaryFolder());
  const [, setup = ''] = await running.says(SETUP);
  const form = await open(setup);
  const wrong = (await register(form)).replace(/code=[0-9a-f]+/, 'code=c0de');
  const answer = await fetch(wrong, { headers: { cookie: form.cookie }, redirect: 'manual' });
  expect(answer.status).toBe(500);
  expect(await answer.text()).toContain('GitHub does not know this code');

  const again = await open(setup);
  await fetch(await register(again), { headers: { cookie: again.cookie }, redirect: 'manual' });
  await running.says(/trimtab runs for/);
});

test('settings that are wrong are told before anything starts', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, '.env'), 'APP_ID=1\nCONTROL_REPOSITORY=acme/platform\n');
  const env = surroundings(folder);
  const inPart = await trimtab(['dev'], { cwd: folder, env });
  expect(inPart.stderr).toMatch(/configured in part: PRIVATE_KEY, WEBHOOK_SECRET not set in .*\.env\.\n {2}fix: /);
  const url = await trimtab(['dev', '--github-url', 'github'], { cwd: folder, env });
  expect(url.stderr).toContain('github is not the URL of a GitHub.');
  const repo = await trimtab(['dev', '--control-repository', 'platform'], { cwd: folder, env });
  expect(repo.stderr).toContain('must be OWNER/REPO, and is platform');
  expect([inPart.code, url.code, repo.code]).toEqual([1, 1, 2]);
});

test('a port that is taken is told as such', async () => {
  const forge = await createGitHub();
  const { port } = new URL(forge.url);
  const { code, stderr } = await dev(forge, temporaryFolder(), '--port', port).ended;
  expect(stderr).toContain(`Port ${port} on 127.0.0.1 is taken by another program.`);
  expect(code).toBe(1);
});

/** A page of another site whose name was pointed at this machine sends that name. */
function statusWithHost(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
