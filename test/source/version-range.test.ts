import { describe, expect, it } from 'vitest';
import { greatestVersion, isRange, versionOf } from '../../src/source/version-range.ts';

const TAGS = [
  'v1.2.0',
  '1.2.3',
  '1.3.0',
  '1.9.9',
  'v2.0.0-rc.1',
  '2.0.0',
  '2.1.0',
  '0.2.3',
  '0.2.9',
  '0.3.0',
  'nightly',
];

describe('a range of versions', () => {
  // https://argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies/ and Masterminds' README.
  it.each([
    ['1.2.*', '1.2.3'],
    ['>=1.2.0 <1.3.0', '1.2.3'],
    ['1.*', '1.9.9'],
    ['>=1.0.0, <2.0.0', '1.9.9'],
    ['*', '2.1.0'],
    ['>=0.0.0', '2.1.0'],
    ['^0.2', '0.2.9'],
    ['^0.2.3', '0.2.9'],
    ['^1.2', '1.9.9'],
    ['~1.2', '1.2.3'],
    ['~1', '1.9.9'],
    ['1.2 - 1.3', '1.3.0'],
    ['>1.3', '2.1.0'],
    ['<=1.3', '1.3.0'],
    ['<1.3', '1.2.3'],
    ['!=2.1.0, <3', '2.0.0'],
    ['~1.2 || ~0.3', '1.2.3'],
    ['>1 <2', undefined],
    ['^3', undefined],
    ['main', undefined],
  ])('%s is the greatest that fits, as it is written', (range, expected) => {
    expect(greatestVersion(range, TAGS)).toBe(expected);
  });

  it('takes a prerelease only where it names one', () => {
    expect(greatestVersion('<=2.0.0-rc.9', TAGS)).toBe('v2.0.0-rc.1');
    expect(greatestVersion('>=1.9.9 <2.1', ['1.9.9', '2.0.0-rc.1'])).toBe('1.9.9');
    expect(greatestVersion('*-0', ['1.9.9', '2.0.0-rc.1'])).toBe('2.0.0-rc.1');
  });

  it('is no single version: Argo CD takes 1.2 for the tag of that name', () => {
    expect(['1.2', 'v1', '1.2.3', '1.2.3-rc.1'].map(isRange)).toEqual([false, false, false, false]);
    expect(['1.x', '^1', '*', '>=1 <2', '1 - 2', ''].map(isRange)).toEqual([true, true, true, true, true, false]);
    expect(['main', 'release-1.2', 'feature/x', '1.2,', '>= '].map(isRange)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(versionOf('v1.2')).toBe('1.2.0');
  });
});
