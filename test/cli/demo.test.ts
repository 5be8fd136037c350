import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { cacheFolder } from '../../src/local/cache-folder.ts';
import { locateTools } from '../../src/render/index.ts';
import { start } from './support.ts';

test('the demo plays to its end, then serves pages and a cluster for kubectl, until Ctrl-C', {
  timeout: 120_000,
}, async () => {
  const running = start(['demo', '--serve']);
  const [, pulls = ''] = await running.says(/GitHub +(http:\S+\/acme\/platform\/pulls)/);
  const [, kubeconfig = ''] = await running.says(/kubectl --kubeconfig (\S+) get deploy -A/);
  await running.says(/webhooks +http:\S+\/webhook\n/);
  expect(await (await fetch(pulls)).text()).toContain('Release 42');
  const { kubectl } = await locateTools({ cacheDir: cacheFolder() });
  const deployments = execFileSync(kubectl.path, ['--kubeconfig', kubeconfig, 'get', 'deploy', '-A'], {
    encoding: 'utf8',
  });
  expect(deployments).toMatch(/^payments +payments +2\/2/m);
  running.child.kill('SIGINT');
  const { code, stdout, stderr } = await running.ended;
  expect(stderr).toBe('');
  expect(stdout).not.toContain('\u001b[');
  expect(code).toBe(0);
});
