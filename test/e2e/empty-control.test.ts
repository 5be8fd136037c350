import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation } from '../../src/local/installation.ts';

let trimtab: Installation;
const REPO = 'acme/website';

beforeAll(async () => {
  trimtab = await createInstallation({ controlRepository: REPO, channels: [], delayScale: 0.05 });
  await trimtab.forge.createRepository({
    owner: 'acme',
    name: 'website',
    files: {
      'README.md': '# Our website\n',
      'k8s/deployment.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: website\n',
      '.github/workflows/test.yaml': 'on: push\njobs: {}\n',
    },
  });
  await trimtab.settled();
});
afterAll(() => trimtab.close());

test('a repository without any Argo CD manifest gets a green check and no comment at all', async () => {
  const { forge, settled } = trimtab;
  await forge.commit(REPO, {
    branch: 'words',
    from: 'main',
    message: 'Words',
    changes: {
      'README.md': '# Our new website\n',
      'k8s/service.yaml': 'apiVersion: v1\nkind: Service\nmetadata:\n  name: website\n',
    },
  });
  const { number, headSha } = await forge.openPull(REPO, { title: 'Words', head: 'words' });
  await settled();
  expect(forge.comments(REPO, number)).toEqual([]);
  expect(forge.checks(REPO, headSha)).toMatchObject([{ name: 'trimtab', conclusion: 'success' }]);
  await forge.merge(REPO, number, 'bob');
  await trimtab.schedule();
  expect(forge.comments(REPO, number)).toEqual([]);
  expect(trimtab.cluster.requests).toEqual([]);
});

test('a pull request of a repository that is not the control repository gets no comment while no application reads it', async () => {
  const { forge, settled } = trimtab;
  await forge.createRepository({ owner: 'acme', name: 'library', files: { 'lib.txt': 'one\n' } });
  await forge.commit('acme/library', { branch: 'two', from: 'main', message: 'Two', changes: { 'lib.txt': 'two\n' } });
  const { number, headSha } = await forge.openPull('acme/library', { title: 'Two', head: 'two' });
  await settled();
  expect(forge.comments('acme/library', number)).toEqual([]);
  expect(forge.checks('acme/library', headSha)).toMatchObject([{ conclusion: 'success' }]);
});
