import type { Command } from '../spec/command.ts';
import type { Permission } from '../spec/ports.ts';

/** Whether somebody may run a command; if not, the least access that could, and the rule in words. */
export type Permitted =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly needed: 'read' | 'write'; readonly rule: string };

/**
 * Who may run which command, by their permission on the repository. What only looks is for everybody who may read;
 * what changes a cluster or Git, or runs a stranger's charts, is for those who may write. `/help` is for all.
 * https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user
 */
export function permitted(command: Command, permission: Permission, pull: { readonly fork: boolean }): Permitted {
  if (command.name === 'help') return { allowed: true };
  const needsWrite = writeRule(command, pull.fork);
  if (needsWrite !== undefined) {
    return mayWrite(permission) ? { allowed: true } : { allowed: false, needed: 'write', rule: needsWrite };
  }
  if (permission !== 'none') return { allowed: true };
  return { allowed: false, needed: 'read', rule: `\`/${command.name}\` shows what the repository holds` };
}

/** Whether somebody may have a pull request from a fork rendered. */
export function mayPreviewFork(permission: Permission): boolean {
  return mayWrite(permission);
}

function mayWrite(permission: Permission): boolean {
  return permission === 'admin' || permission === 'maintain' || permission === 'write';
}

function writeRule(command: Command, fork: boolean): string | undefined {
  switch (command.name) {
    case 'sync':
      return '`/sync` changes the cluster';
    case 'terminate':
      return '`/terminate` stops a sync of the cluster';
    case 'rollback':
      return '`/rollback` changes the repository';
    case 'preview':
      return fork ? '`/preview` of a fork renders what a stranger wrote' : undefined;
    case 'help':
    case 'diff':
    case 'history':
      return undefined;
  }
}
