import { expect, test } from 'vitest';
import type { CommandPorts } from '../../src/flows/asked.ts';
import { runCommand } from '../../src/flows/command.ts';
import type { Operation } from '../../src/spec/operation.ts';
import type { Permission } from '../../src/spec/ports.ts';
import { controlApplication, fileSource } from './support.ts';

const CONTROL = 'acme/platform';

/** What a comment in a repository of one team does; its author's permissions by repository. */
async function comment(repo: string, body: string, permissions: Readonly<Record<string, Permission>>) {
  const answers: string[] = [];
  const started: Operation[] = [];
  const pull = {
    repo,
    number: 3,
    nodeId: 'PR_3',
    title: 'A change',
    url: `https://github.com/${repo}/pull/3`,
    author: 'mallory',
    state: 'open',
    draft: false,
    merged: false,
    fork: false,
    labels: [],
    base: { ref: 'main', sha: 'b'.repeat(40) },
    head: { ref: 'change', sha: 'c'.repeat(40) },
  };
  const ports = {
    forge: {
      comment: async () => ({ id: 9, author: 'mallory', body, url: '' }),
      pull: async () => pull,
      permission: async (of: string) => permissions[of] ?? 'none',
      react: async () => undefined,
      hasComment: async () => false,
      upsertComment: async (_repo: string, _pull: number, _marker: string, text: string) => {
        answers.push(text);
        return 'created';
      },
    },
    source: fileSource({
      'shop.yaml': controlApplication('shop', 'acme/shop'),
      'payroll.yaml': controlApplication('payroll', 'acme/payroll'),
    }),
    store: {
      operations: { load: async () => undefined, save: async (operation: Operation) => started.push(operation) },
      statuses: { load: async () => undefined },
      histories: { list: async () => [] },
      seen: async () => false,
      once: async () => true,
    },
    queue: { send: async () => undefined },
    clock: () => '2026-11-24T10:00:00Z',
    host: 'github.com',
    controlRepository: CONTROL,
  } as unknown as CommandPorts;
  await runCommand({ kind: 'command', repo, pull: 3, comment: 9 }, ports);
  return { answer: answers.join(), started: started.map(({ application }) => application) };
}

test('a writer of one source repository can not sync the application of another team', async () => {
  const { answer, started } = await comment('acme/shop', '/sync payroll --prune', { 'acme/shop': 'admin' });
  expect(started).toEqual([]);
  expect(answer).toContain('There is no application payroll');
});

test('an application that must not be seen is answered like one that does not exist (CVE-2022-41354)', async () => {
  const permissions = { 'acme/shop': 'write' } as const;
  const secret = await comment('acme/shop', '/history payroll', permissions);
  const missing = await comment('acme/shop', '/history payrolk', permissions);
  expect(secret.answer.replaceAll('payroll', 'payrolk')).toBe(missing.answer);
});

test('a writer of a source repository syncs what renders from it', async () => {
  const { started, answer } = await comment('acme/shop', '/sync shop', { 'acme/shop': 'write' });
  expect(started, answer).toEqual(['shop']);
});

test('who may write to the control repository syncs any application from any pull request', async () => {
  const { started } = await comment('acme/shop', '/sync payroll', { 'acme/shop': 'write', [CONTROL]: 'write' });
  expect(started).toEqual(['payroll']);
});

test('who may only read the control repository does not sync from a repository of their own', async () => {
  const { started } = await comment('acme/shop', '/sync payroll', { 'acme/shop': 'admin', [CONTROL]: 'read' });
  expect(started).toEqual([]);
});
