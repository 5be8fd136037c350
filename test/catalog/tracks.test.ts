import { describe, expect, it } from 'vitest';
import { tracks } from '../../src/catalog/tracks.ts';

describe('tracks', () => {
  it.each([
    [undefined, true, true],
    ['', true, true],
    ['HEAD', true, true],
    ['HEAD', false, false],
    [undefined, false, false],
    ['main', true, true],
    ['main', false, true],
    ['refs/heads/main', false, true],
    ['refs/tags/main', true, false],
    ['v1.2.0', true, false],
    ['Main', true, false],
    ['4a8af6e0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6', true, false],
  ])('targetRevision %j follows main (default: %j): %j', (targetRevision, isDefault, expected) => {
    expect(tracks(targetRevision, 'main', isDefault ? 'main' : 'develop')).toBe(expected);
  });
});
