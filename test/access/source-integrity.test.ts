import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { integrityProblems, integrityRule, unsealed } from '../../src/access/source-integrity.ts';
import type { AppProjectSpec, IntegrityPolicy } from '../../src/spec/project.ts';
import type { SignedCommit } from '../../src/spec/signature.ts';
import { projectOf } from './projects.ts';

const GITHUB = '4AEE18F83AFDEB23';
const BOB = 'D56C4FCA57A46444';
const URL = 'https://github.com/acme/web';

const policy = (mode: IntegrityPolicy['gpg']['mode'], ...urls: string[]): IntegrityPolicy => ({
  repos: urls.map((url) => ({ url })),
  gpg: { mode, keys: [GITHUB] },
});
const policies = (...all: IntegrityPolicy[]): AppProjectSpec => ({ sourceIntegrity: { git: { policies: all } } });

// https://argo-cd.readthedocs.io/en/latest/user-guide/source-integrity-git-gpg/#policies-for-gnupg-signature-verification
describe('what a project wants of the commits of a repository', () => {
  it.each<[string, AppProjectSpec, 'head' | 'strict' | 'nothing']>([
    ['no rule', {}, 'nothing'],
    ['an empty list of keys', { signatureKeys: [] }, 'nothing'],
    ['signatureKeys', { signatureKeys: [{ keyID: GITHUB }] }, 'head'],
    ['a policy for its owner', policies(policy('head', 'https://github.com/acme/*')), 'head'],
    ['a policy for everything', policies(policy('strict', '*')), 'strict'],
    ['a policy of no verification', policies(policy('none', '*')), 'nothing'],
    ['a policy for another host', policies(policy('head', 'https://gitlab.com/*')), 'nothing'],
    ['a policy that leaves it out', policies(policy('head', '*', '!https://github.com/acme/*')), 'nothing'],
    ['one of two policies', policies(policy('head', 'https://gitlab.com/*'), policy('strict', '*/web')), 'strict'],
  ])('%s', (_, spec, mode) => {
    const rule = integrityRule(projectOf(spec), URL);
    expect(rule === undefined || 'refused' in rule ? 'nothing' : rule.mode).toBe(mode);
    expect(rule ?? {}).not.toHaveProperty('refused');
  });

  it('is refused where two policies match, or the two ways to say it are mixed', () => {
    const two = policies(policy('none', '*'), policy('strict', '*'));
    expect(integrityRule(projectOf(two), URL)).toEqual({
      refused: `multiple (2) git source integrity policies found for repo URL: ${URL}`,
    });
    const both = { ...policies(policy('none', '*')), signatureKeys: [{ keyID: GITHUB }] };
    expect(integrityRule(projectOf(both), URL)).toHaveProperty('refused');
  });

  it('takes key ids and fingerprints in either case, and nothing shorter', () => {
    const keys = [GITHUB.toLowerCase(), `5DE3E0509C47EA3CF04A42D3${BOB}`, '4AEE18F8', 'nonsense'];
    const rule = integrityRule(projectOf({ signatureKeys: keys.map((keyID) => ({ keyID })) }), URL);
    expect(rule).toEqual({ mode: 'head', keys: new Set([GITHUB, BOB]) });
  });
});

const sha = (letter: string): string => letter.repeat(40);
const commit = (letter: string, parents: string, by: Partial<SignedCommit> = {}): SignedCommit => ({
  revision: sha(letter),
  by: 'Bob <bob@acme.example>',
  result: 'signed',
  keyId: GITHUB,
  parents: [...parents].map(sha),
  message: `Commit ${letter}`,
  ...by,
});
const seal = (letter: string, parents: string, by: Partial<SignedCommit> = {}): SignedCommit =>
  commit(letter, parents, { message: 'Trust all\n\nArgocd-gpg-seal: reviewed', ...by });
const UNSIGNED = { result: 'unsigned', keyId: '' } as const;
const KEYS = new Set([GITHUB]);

describe('problems with signatures', () => {
  it('are told in the words of Argo CD', () => {
    expect(integrityProblems([commit('a', '')], KEYS)).toEqual([]);
    expect(integrityProblems([commit('a', '', { result: 'unsigned', keyId: '' })], KEYS)).toEqual([
      `GIT/GPG: Failed verifying revision ${sha('a')} by 'Bob <bob@acme.example>': unsigned (key_id=)`,
    ]);
    expect(integrityProblems([commit('a', '', { keyId: BOB })], KEYS)).toEqual([
      `GIT/GPG: Failed verifying revision ${sha('a')} by 'Bob <bob@acme.example>': signed with unallowed key (key_id=${BOB})`,
    ]);
    const expired = commit('a', '', { result: 'signed with expired key' });
    expect(integrityProblems([expired], KEYS)[0]).toContain(`: signed with expired key (key_id=${GITHUB})`);
  });

  it('name a key once, unsigned commits each, and ten at most', () => {
    const by = (letters: string, how: Partial<SignedCommit>) => [...letters].map((each) => commit(each, '', how));
    expect(integrityProblems(by('abc', { keyId: BOB }), KEYS)).toHaveLength(1);
    expect(
      integrityProblems(
        by('0123456789abcdef', { result: 'unsigned' }).map(({ keyId: _, ...rest }) => rest),
        KEYS,
      ),
    ).toHaveLength(10);
  });
});

// https://argo-cd.readthedocs.io/en/latest/user-guide/source-integrity-git-gpg/#commit-seal-signing-with-strict-mode
describe('what strict verifies', () => {
  const verified = (head: string, history: readonly SignedCommit[]): string => {
    const { commits, isComplete } = unsealed(sha(head), history, KEYS);
    const letters = commits.map(({ revision }) => revision.charAt(0)).join('');
    return isComplete ? letters : `${letters}…`;
  };

  it.each<[string, string, readonly SignedCommit[]]>([
    ['everything, without a seal', 'cba', [commit('c', 'b'), commit('b', 'a'), commit('a', '')]],
    ['up to the seal, and the seal itself', 'cb', [commit('c', 'b'), seal('b', 'a'), commit('a', '', UNSIGNED)]],
    ['a seal that is the head alone', 'c', [seal('c', 'b'), commit('b', 'a'), commit('a', '')]],
    ['past a seal that is not signed', 'cba', [commit('c', 'b'), seal('b', 'a', UNSIGNED), commit('a', '')]],
    [
      'past a seal by a key that is not allowed',
      'cba',
      [commit('c', 'b'), seal('b', 'a', { keyId: BOB }), commit('a', '')],
    ],
    [
      'a branch that was merged past the seal',
      'dcb',
      [commit('d', 'bc'), commit('c', 'a'), seal('b', 'a'), commit('a', '', UNSIGNED)],
    ],
    ['what is not known yet is asked for', 'c…', [commit('c', 'b')]],
    ['what a seal vouches for is not', 'cb', [commit('c', 'b'), seal('b', 'a')]],
  ])('%s', (_, letters, history) => {
    expect([...verified(history[0]?.revision.charAt(0) ?? '', history)].sort()).toEqual([...letters].sort());
  });

  it('never leaves out a commit between the head and the newest seals', () => {
    const chain = fc.array(fc.constantFrom('plain', 'seal', 'unsigned'), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(chain, (kinds) => {
        const name = (index: number): string => index.toString(16).padStart(40, '0');
        const history = kinds.map((kind, index) => {
          const made = kind === 'seal' ? seal('0', '') : commit('0', '', kind === 'unsigned' ? UNSIGNED : {});
          return { ...made, revision: name(index), parents: index + 1 < kinds.length ? [name(index + 1)] : [] };
        });
        const first = kinds.indexOf('seal');
        const expected = history.slice(0, first < 0 ? undefined : first + 1).map(({ revision }) => revision);
        expect(unsealed(name(0), history, KEYS).commits.map(({ revision }) => revision)).toEqual(expected);
      }),
    );
  });
});
