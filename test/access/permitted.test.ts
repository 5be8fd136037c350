import { expect, it } from 'vitest';
import { parseCommand } from '../../src/access/commands.ts';
import { mayPreviewFork, permitted } from '../../src/access/permitted.ts';
import type { Command } from '../../src/spec/command.ts';
import type { Permission } from '../../src/spec/ports.ts';

function commandOf(body: string): Command {
  const parsed = parseCommand(body);
  if (parsed.kind !== 'command') throw new Error(`${body} is no command`);
  return parsed.command;
}

const PERMISSIONS: readonly Permission[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];

it.each<[string, boolean, Permission]>([
  ['/help', false, 'none'],
  ['/preview', false, 'read'],
  ['/preview', true, 'write'],
  ['/diff shop', false, 'read'],
  ['/diff shop', true, 'read'],
  ['/history shop', false, 'read'],
  ['/sync shop', false, 'write'],
  ['/sync shop --dry-run', false, 'write'],
  ['/rollback', false, 'write'],
  ['/rollback shop 3 --now', false, 'write'],
])('%s (fork: %j) is for %s and above, and for nobody below', (body, fork, least) => {
  const allowed = PERMISSIONS.filter((permission) => permitted(commandOf(body), permission, { fork }).allowed);
  expect(allowed).toEqual(PERMISSIONS.slice(PERMISSIONS.indexOf(least)));
});

it('tells the rule and the access that is needed', () => {
  expect(permitted(commandOf('/sync shop'), 'triage', { fork: false })).toEqual({
    allowed: false,
    needed: 'write',
    rule: '`/sync` changes the cluster',
  });
});

it('lets those who may write have a fork previewed', () => {
  expect(PERMISSIONS.filter(mayPreviewFork)).toEqual(['write', 'maintain', 'admin']);
});
