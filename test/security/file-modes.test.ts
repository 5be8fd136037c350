import { execFileSync } from 'node:child_process';
import { symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { changedFiles } from '../../src/catalog/changed-files.ts';
import { createLocalGitSource } from '../../src/source/index.ts';
import { emptyFolder } from '../source/archive.ts';

test('a change that only makes a file a symbolic link is a change, and no render of the file is taken for it', async () => {
  const dir = await emptyFolder();
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@acme.example', '-c', 'commit.gpgsign=false'];
  const git = (...args: readonly string[]) =>
    execFileSync('git', [...identity, '-C', dir, ...args])
      .toString()
      .trim();
  const commit = () => {
    git('add', '-A');
    git('commit', '-qm', 'x');
    return git('rev-parse', 'HEAD');
  };
  git('init', '-q');
  writeFileSync(join(dir, 'values.yaml'), '/etc/passwd');
  const base = commit();
  unlinkSync(join(dir, 'values.yaml'));
  symlinkSync('/etc/passwd', join(dir, 'values.yaml'));
  const head = commit();
  const source = createLocalGitSource({ map: { r: dir }, cacheDir: await emptyFolder() });
  const [before, after] = [await source.tree('r', base), await source.tree('r', head)];
  expect(changedFiles(before, after)).toEqual([{ path: 'values.yaml', status: 'modified' }]);
});
