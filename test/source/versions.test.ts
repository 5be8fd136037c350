import { describe, expect, it } from 'vitest';
import { chosenVersion, isExact } from '../../src/source/versions.ts';

const VERSIONS = ['0.2.3', '0.3.0', '1.2.3', '1.3.0', '1.3.1', '1.4.0-rc.1', '2.0.0', 'latest', 'v3.1.0'];

describe('the version that a targetRevision means', () => {
  // https://github.com/Masterminds/semver#checking-version-constraints
  it.each([
    ['1.2.3', '1.2.3'],
    ['3.1.0', 'v3.1.0'],
    ['v1.3.0', '1.3.0'],
    ['latest', 'latest'],
    ['', 'v3.1.0'],
    ['*', 'v3.1.0'],
    ['1.x', '1.3.1'],
    ['1.*', '1.3.1'],
    ['1', '1.3.1'],
    ['^1.2.0', '1.3.1'],
    ['^0.2.0', '0.2.3'],
    ['~1.2', '1.2.3'],
    ['>=1.2 <2', '1.3.1'],
    ['>= 1.2, < 1.3', '1.2.3'],
    ['=>1.2 =<1.3.0', '1.3.0'],
    ['1.2 - 1.3.0', '1.3.0'],
    ['^1.2 !=1.3.1', '1.3.0'],
    ['^0.3 || ^2', '2.0.0'],
    ['>=1.4.0-0 <2', '1.4.0-rc.1'],
    ['^1.4', undefined],
    ['9.x', undefined],
    ['main', undefined],
  ])('%j is %j', (targetRevision, version) => {
    expect(chosenVersion(targetRevision, VERSIONS)).toBe(version);
  });

  it('is the newest where nothing is said', () => {
    expect(chosenVersion(undefined, ['1.10.0', '1.9.0'])).toBe('1.10.0');
  });

  it('needs no list where it is one whole version', () => {
    expect(['1.2.3', 'v1.2.3', '1.2.3-rc.1+build.7'].every(isExact)).toBe(true);
    expect(['1.2', '1.x', '^2', '*', '', undefined, 'main'].some(isExact)).toBe(false);
  });
});
