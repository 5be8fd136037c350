import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseCommand } from '../../src/access/commands.ts';

const word = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('shop', '--prune', '--now', '"', "'", '`', '—', '\r\n', '12', 'deadbeef', ' '),
);
const body = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .tuple(fc.constantFrom('/sync', '/rollback', '/diff', '/history', '/help', '/rolbak', '/'), fc.array(word))
    .map(([command, words]) => [command, ...words].join(' ')),
);

it('never throws, and lets only well-formed names, numbers and commits through', () => {
  fc.assert(
    fc.property(body, (text) => {
      const parsed = parseCommand(text);
      if (parsed.kind !== 'command') return;
      const { command } = parsed;
      const names =
        command.name === 'sync' ? command.applications : 'application' in command ? [command.application] : [];
      for (const name of names) expect(name).toMatch(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
      if (command.name !== 'rollback' || command.to === undefined) return;
      if (command.to.kind === 'id') expect(Number.isSafeInteger(command.to.id)).toBe(true);
      else expect(command.to.revision).toMatch(/^[0-9a-f]{7,40}$/);
    }),
    { numRuns: 1000 },
  );
});
