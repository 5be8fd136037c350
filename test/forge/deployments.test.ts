import { expect, test } from 'vitest';
import { openPull, problemIn, REPO, stage } from './support.ts';

test('a deployment goes through its states', async () => {
  const { forge, site } = await stage();
  const sha = await site.resolve(REPO, 'main');
  const id = await forge.createDeployment(REPO, {
    operation: 'sync-3',
    sha,
    environment: 'web',
    description: 'Sync 3 of web',
  });
  await forge.setDeployment(REPO, id, 'in_progress', 'Wave 1 of 3');
  await forge.setDeployment(REPO, id, 'success', 'Healthy');
  expect(site.deployments(REPO)).toEqual([
    { id, environment: 'web', sha, description: 'Sync 3 of web', state: 'success', states: ['in_progress', 'success'] },
  ]);
});

test('a commit is deployed as it is, though its checks fail and the default branch went on', async () => {
  const { forge, site } = await stage();
  const { head } = await openPull(site);
  await forge.check(REPO, { name: 'trimtab', head, conclusion: 'failure', title: 'No', summary: 'No' });
  await site.commit(REPO, { branch: 'main', message: 'Go on', changes: { other: '1\n' } });
  await forge.createDeployment(REPO, { operation: 'sync-3', sha: head, environment: 'web', description: '' });
  expect(site.deployments(REPO).map(({ sha }) => sha)).toEqual([head]);
  const [asked] = site.exchanges().filter(({ method, path }) => method === 'POST' && path.endsWith('/deployments'));
  expect(asked?.requestBody).toMatchObject({ auto_merge: false, required_contexts: [], transient_environment: false });
});

test('a step that runs again finds the deployment that it made, and another operation makes its own', async () => {
  const { forge, site } = await stage();
  const sha = await site.resolve(REPO, 'main');
  const wanted = { operation: 'sync-3', sha, environment: 'web', description: 'Sync 3 of web' };
  const id = await forge.createDeployment(REPO, wanted);
  expect(await forge.createDeployment(REPO, wanted)).toBe(id);
  expect(await forge.createDeployment(REPO, { ...wanted, operation: 'sync-4' })).not.toBe(id);
  expect(site.deployments(REPO)).toHaveLength(2);
});

test('a long description is cut to what GitHub takes', async () => {
  const { forge, site } = await stage();
  const sha = await site.resolve(REPO, 'main');
  const description = `Deployment shop/web:\n${'it waits '.repeat(40)}`;
  const id = await forge.createDeployment(REPO, { operation: 'sync-3', sha, environment: 'web', description });
  await forge.setDeployment(REPO, id, 'failure', description);
  const [deployment] = site.deployments(REPO);
  expect(deployment?.description).toHaveLength(140);
  expect(deployment?.description).toMatch(/^Deployment shop\/web: it waits .*…$/);
});

test('a commit that is not there is refused by name', async () => {
  const { forge } = await stage();
  const wanted = { operation: 'sync-3', sha: 'c'.repeat(40), environment: 'web', description: '' };
  expect(await problemIn(forge.createDeployment(REPO, wanted))).toMatchObject({
    code: 'bad-request',
    message: expect.stringContaining(`commit ${wanted.sha} in acme/shop`),
  });
});
