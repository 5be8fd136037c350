import { describe, expect, it } from 'vitest';
import { readRemote } from '../../src/render/remote-base.ts';

const git = (repoURL: string, path: string, ref?: string, isFile = false) => ({
  kind: 'git',
  base: { repoURL, path, isFile, ...(ref === undefined ? {} : { ref }) },
});

describe('a URL in resources', () => {
  // The forms of kustomize's documentation (examples/remoteBuild.md) and of its parser.
  it.each([
    ['https://github.com/acme/bases//web/prod?ref=v1', git('https://github.com/acme/bases', 'web/prod', 'v1')],
    [
      'https://github.com/acme/bases//web/prod/?timeout=120&ref=v1',
      git('https://github.com/acme/bases', 'web/prod', 'v1'),
    ],
    ['https://github.com/acme/bases/web?ref=v1', git('https://github.com/acme/bases', 'web', 'v1')],
    ['https://github.com/acme/bases?version=v1', git('https://github.com/acme/bases', '', 'v1')],
    ['https://github.com/acme/bases.git/web?ref=v1', git('https://github.com/acme/bases.git', 'web', 'v1')],
    ['github.com/acme/bases/web?ref=v1', git('https://github.com/acme/bases', 'web', 'v1')],
    ['github.com/acme/bases', git('https://github.com/acme/bases', '')],
    ['git::https://github.com/acme/bases//web?ref=v1', git('https://github.com/acme/bases', 'web', 'v1')],
    ['git@github.com:acme/bases.git//web?ref=v1', git('git@github.com:acme/bases.git', 'web', 'v1')],
    ['git@github.com/acme/bases?ref=v1', git('git@github.com:acme/bases', '', 'v1')],
    ['ssh://git@github.com/acme/bases.git?ref=v1', git('git@github.com:acme/bases.git', '', 'v1')],
    ['git@git.acme.example:bases.git//web?ref=v1', git('git@git.acme.example:bases.git', 'web', 'v1')],
    [
      'ssh://git@git.acme.example:7999/p/bases.git//web?ref=v1',
      git('ssh://git@git.acme.example:7999/p/bases.git', 'web', 'v1'),
    ],
    [
      'https://dev.azure.com/acme/p/_git/bases/web?version=v1',
      git('https://dev.azure.com/acme/p/_git/bases', 'web', 'v1'),
    ],
    [
      'https://raw.githubusercontent.com/acme/bases/v1/crds/a.yaml',
      git('https://github.com/acme/bases', 'crds/a.yaml', 'v1', true),
    ],
    [
      'https://raw.githubusercontent.com/acme/bases/refs/tags/v1/crds/a.yaml',
      git('https://github.com/acme/bases', 'crds/a.yaml', 'v1', true),
    ],
    ['https://github.com/acme/bases/raw/main/a.yaml', git('https://github.com/acme/bases', 'a.yaml', 'main', true)],
    [
      'https://github.com/acme/bases/releases/download/v1/install.yaml',
      { kind: 'file', url: 'https://github.com/acme/bases/releases/download/v1/install.yaml' },
    ],
    ['https://acme.example/a.yaml', { kind: 'file', url: 'https://acme.example/a.yaml' }],
  ])('%s', (written, expected) => {
    expect(readRemote(written)).toEqual(expected);
  });

  it.each(['../base', 'base.yaml', 'deploy/github.yaml', 'a/b.git.d/x.yaml', '.', 'my.folder/x'])(
    '%s is a path',
    (path) => {
      expect(readRemote(path)).toBeUndefined();
    },
  );

  it.each([
    'file:///etc/passwd',
    's3://bucket/x',
    'https://github.com/acme//../../etc?ref=v1',
    'https://github.com/acme/bases//../x?ref=v1',
    'https://user:secret@github.com/acme/bases?ref=v1',
    'gitlab.com/acme/bases//web?ref=v1',
    'gh:acme/bases',
  ])('%s leads nowhere that may be asked', (written) => {
    expect(readRemote(written)).toEqual({ kind: 'other' });
  });
});
