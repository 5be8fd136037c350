import { describe, expect, it } from 'vitest';
import { parseCommand, USAGE } from '../../src/access/commands.ts';
import type { Command } from '../../src/spec/command.ts';
import type { Problem } from '../../src/spec/problem.ts';

function answerTo(body: string): Problem {
  const parsed = parseCommand(body);
  if (parsed.kind !== 'answer') throw new Error(`${body} was expected to be answered at once, and is ${parsed.kind}`);
  return parsed.problem;
}

describe('parseCommand', () => {
  it.each<[string, Command]>([
    ['/help', { name: 'help' }],
    ['/preview', { name: 'preview' }],
    ['/diff', { name: 'diff' }],
    ['/diff shop', { name: 'diff', application: 'shop' }],
    ['/history shop-eu.prod', { name: 'history', application: 'shop-eu.prod' }],
    ['/sync', { name: 'sync', applications: [], prune: false, dryRun: false }],
    ['/sync shop web shop --prune', { name: 'sync', applications: ['shop', 'web'], prune: true, dryRun: false }],
    ['/sync --dry-run shop', { name: 'sync', applications: ['shop'], prune: false, dryRun: true }],
    [
      '/sync shop --resource apps:Deployment:shop/web --resource :ConfigMap:web',
      {
        name: 'sync',
        applications: ['shop'],
        prune: false,
        dryRun: false,
        resources: [
          { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
          { group: '', kind: 'ConfigMap', name: 'web' },
        ],
      },
    ],
    ['/terminate shop', { name: 'terminate', application: 'shop' }],
    ['/rollback', { name: 'rollback', now: false }],
    ['/rollback shop', { name: 'rollback', application: 'shop', now: false }],
    ['/rollback shop 12 --now', { name: 'rollback', application: 'shop', to: { kind: 'id', id: 12 }, now: true }],
    [
      '/rollback shop 4A8AF6E',
      { name: 'rollback', application: 'shop', to: { kind: 'revision', revision: '4a8af6e' }, now: false },
    ],
    [
      '/rollback shop 1234567',
      { name: 'rollback', application: 'shop', to: { kind: 'revision', revision: '1234567' }, now: false },
    ],
  ])('reads %s', (body, command) => {
    expect(parseCommand(body)).toEqual({ kind: 'command', command });
  });

  it.each([
    '/sync "shop"',
    "/sync 'shop'",
    '/sync `shop`',
    '/sync “shop”',
    '  /sync   shop  ',
    '/SYNC shop',
    '\r\n/sync shop\r\nplease, it is urgent\r\n/rollback',
    '/sync\tshop',
  ])('reads %j as /sync shop', (body) => {
    const command = { name: 'sync', applications: ['shop'], prune: false, dryRun: false };
    expect(parseCommand(body)).toEqual({ kind: 'command', command });
  });

  it.each([
    ['/sync shop --resource', 'names no resource: write GROUP:KIND:NAMESPACE/NAME'],
    ['/sync shop --resource Deployment/web', '`Deployment/web` names no resource'],
    ['/terminate', 'needs the name of an application'],
  ])('answers %s', (body, text) => {
    expect(answerTo(body).message).toContain(text);
  });

  it('takes the long dash of a phone for two short ones', () => {
    expect(parseCommand('/sync shop —prune')).toMatchObject({ command: { prune: true } });
  });

  it.each([
    '',
    'please /sync shop',
    'I ran\n/sync shop',
    '> /sync shop',
    '```\n/sync shop\n```',
    '    /sync shop',
    '`/sync shop`',
    '/lgtm',
    '/cc @octocat',
    '/etc/hosts is wrong',
    '/',
    '// sync',
    '/sync/shop',
    '<!-- /sync -->',
  ])('leaves %j alone', (body) => {
    expect(parseCommand(body)).toEqual({ kind: 'none' });
  });

  it.each([
    ['/rolback shop', 'rollback'],
    ['/rollbak', 'rollback'],
    ['/snyc', 'sync'],
    ['/previw', 'preview'],
    ['/histroy shop', 'history'],
  ] as const)('answers %s with the command that was meant', (body, meant) => {
    const problem = answerTo(body);
    expect(problem.code).toBe('bad-command');
    expect(problem.message).toMatch(new RegExp(`did you mean /${meant}\\?$`));
    expect(problem.fix).toContain(USAGE[meant]);
  });

  it.each([
    ['/sync shop --prun', '/sync has no option `--prun`: did you mean --prune?'],
    ['/sync shop --force', '/sync has no option `--force`'],
    ['/sync shop -p', '/sync has no option `-p`'],
    ['/help me', '/help takes no argument, found 1'],
    ['/history a b', '/history takes at most 1 argument, found 2'],
    ['/rollback shop 12 13', '/rollback takes at most 2 arguments, found 3'],
    ['/rollback shop yesterday', /`yesterday` is neither a number of `\/history` nor a commit/],
    ['/sync "shop', 'a quote is opened, but not closed'],
    ['/sync ""', 'a name is expected between quotes'],
    ['/diff Shop', /`Shop` can't be the name of an application/],
  ])('answers %s with what is wrong', (body, message) => {
    const problem = answerTo(body);
    expect(problem.message).toMatch(message);
    expect(problem.fix).toMatch(/^Write `\//);
  });

  it.each(['$(reboot)', '`x`;`y`', '../../etc', 'a|b', '@everyone', '<script>', '--upload-pack=x', '-x'])(
    'passes nothing on of %s, and repeats it only in a harmless form',
    (text) => {
      const problem = answerTo(`/diff ${text}`);
      expect(`${problem.message}${problem.fix}`).not.toMatch(/[$@<>|;]/);
    },
  );
});
