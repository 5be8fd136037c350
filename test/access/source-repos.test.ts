import { describe, expect, it } from 'vitest';
import { isSourcePermitted } from '../../src/access/source-repos.ts';
import { projectOf } from './projects.ts';

describe('sourceRepos', () => {
  it.each<[string[], string, boolean]>([
    [['*'], 'https://github.com/acme/gitops', true],
    [[], 'https://github.com/acme/gitops', false],
    [['https://github.com/acme/gitops'], 'https://github.com/acme/gitops.git', true],
    [['https://github.com/acme/gitops.git'], 'https://GitHub.com/Acme/gitops/', true],
    [['https://github.com/acme/*'], 'https://github.com/acme/gitops', true],
    [['https://github.com/acme/*'], 'https://github.com/acme-evil/gitops', false],
    [['https://github.com/*'], 'https://github.com/acme/gitops', false],
    [['https://github.com/**'], 'https://github.com/acme/gitops', true],
    [['git@github.com:acme/*'], 'ssh://git@github.com/acme/gitops.git', true],
    [['https://github.com/acme/*'], 'git@github.com:acme/gitops.git', false],
    [['*', '!https://github.com/acme/secret'], 'https://github.com/acme/secret.git', false],
    [['*', '!https://github.com/acme/secret'], 'https://github.com/acme/gitops', true],
    [['!https://github.com/acme/secret'], 'https://github.com/acme/gitops', false],
    [['*', '!https://github.com/[z-a]'], 'https://github.com/acme/gitops', false],
    [['https://github.com/{acme,other}/gitops'], 'https://github.com/other/gitops', true],
    [['https://github.com.acme/gitops'], 'https://github.comxacme/gitops', false],
    [['*', '!https://github.com/acme/secret'], 'git@github.com:acme/secret.git', false],
    [['*', '!https://github.com/acme/secret'], 'https://github.com/acme%2Fsecret', false],
    [['*', '!https://github.com/acme/secret'], 'https://me@www.github.com:443/acme/secret/', false],
    [['*', '!git@github.com:acme/*'], 'https://github.com/acme/secret', false],
    [['https://github.com/acme/**'], 'https://github.com/acme/../evil/secret', false],
    [['https://github.com/acme/**'], 'https://github.com/acme/.\t./evil/secret', false],
    [['https://github.com/acme/**'], 'https://github.com/acme/%2e%2e/evil/secret', false],
    [['https://github.com/acme/**'], 'https://github.com/acme/..%2Fevil', false],
    [['https://github.com/acme/**'], 'https://github.com@evil.example/acme/x', false],
    [['oci://registry.acme.example/*'], 'oci://registry.acme.example/charts', true],
    [['file:///srv/*'], 'file:///srv/../etc', false],
  ])('%j permits %s: %j', (sourceRepos, repoURL, expected) => {
    expect(isSourcePermitted(projectOf({ sourceRepos }), repoURL)).toBe(expected);
  });

  it('permits nothing without the field', () => {
    expect(isSourcePermitted(projectOf({}), 'https://github.com/acme/gitops')).toBe(false);
  });
});
