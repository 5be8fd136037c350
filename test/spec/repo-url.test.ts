import { describe, expect, it } from 'vitest';
import { repositoryOf, sameRepository } from '../../src/spec/repo-url.ts';

describe('repositoryOf', () => {
  it.each([
    'https://github.com/acme/platform',
    'https://github.com/acme/platform.git',
    'https://github.com/acme/platform/',
    'https://user@github.com/acme/platform.git',
    'https://GitHub.com/acme/platform',
    'http://github.com/acme/platform',
    'git@github.com:acme/platform.git',
    'git@github.com:acme/platform',
    'ssh://git@github.com/acme/platform.git',
    'ssh://git@github.com:22/acme/platform.git',
    'ssh://git@ssh.github.com:443/acme/platform.git',
  ])('reads %s', (url) => {
    expect(repositoryOf(url, 'github.com')).toBe('acme/platform');
  });

  it('keeps the case of names, and reads the host of a GitHub Enterprise Server with its port', () => {
    expect(repositoryOf('https://git.acme.example:8443/Acme/Platform', 'git.acme.example:8443')).toBe('Acme/Platform');
    expect(repositoryOf('git@git.acme.example:Acme/Platform.git', 'git.acme.example:8443')).toBe('Acme/Platform');
  });

  it.each([
    'https://gitlab.com/acme/platform',
    'https://github.com.evil.example/acme/platform',
    'https://evil.example/github.com/acme/platform',
    'https://github.com/acme',
    'https://github.com/acme/platform/tree/main',
    'https://github.com/acme/%2e%2e',
    'https://github.com/acme/..',
    'https://charts.example.com',
    '/srv/git/platform',
    '--upload-pack=touch /tmp/x',
    '',
  ])('finds no repository of github.com in %s', (url) => {
    expect(repositoryOf(url, 'github.com')).toBeUndefined();
  });
});

describe('sameRepository', () => {
  it.each([
    ['https://github.com/acme/platform', 'git@github.com:acme/platform.git', true],
    ['https://github.com/acme/platform', 'https://github.com/Acme/Platform/', true],
    ['https://git.acme.example:8443/a/b', 'ssh://git@git.acme.example:2222/a/b', true],
    ['https://github.com/acme/platform', 'https://github.com/acme/platform-2', false],
    ['https://github.com/acme/platform', 'https://gitlab.com/acme/platform', false],
    ['https://git.acme.example:8443/a/b', 'https://git.acme.example:9443/a/b', false],
    ['https://charts.example.com', 'https://charts.example.com/', true],
    ['', 'https://github.com/acme/platform', false],
  ])('%s and %s: %s', (a, b, same) => {
    expect(sameRepository(a, b)).toBe(same);
    expect(sameRepository(b, a)).toBe(same);
  });
});
