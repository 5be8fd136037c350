import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { code, fenced, prose, short } from '../../templates/markdown.ts';

describe('Markdown of what others wrote', () => {
  it.each([
    [
      'our own words with code',
      'guard the template with `with` or `default`.',
      'guard the template with `with` or `default`.',
    ],
    ['a mention', 'ask @acme/platform', 'ask @\u200bacme/platform'],
    ['formatting', 'a *bold* [link](https://evil.example)', 'a \\*bold\\* \\[link\\](https://evil.example)'],
    ['HTML', '<img src=x onerror=alert(1)>', '\\<img src=x onerror=alert(1)\\>'],
    ['a lonely backtick', 'cut ` here', 'cut \\` here'],
    ['code at both ends', '`a` and `b`', '`a` and `b`'],
  ])('as prose: %s', (_, text, expected) => {
    expect(prose(text)).toBe(expected);
  });

  it('keeps code in its fence, whatever backticks it holds', () => {
    expect(code('a ``` b')).toBe('````a ``` b````');
    expect(fenced('diff', '+ ```')).toBe('````diff\n+ ```\n````');
  });

  it('never lets a mention out of prose or code', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const outside = prose(`${before} @octocat ${after}`).replaceAll(/(`+)(?:(?!`).)*?\1(?!`)/g, '');
        expect(outside).not.toMatch(/@octocat/);
      }),
    );
  });
});

it('commits and digests of artifacts are written by their first digits', () => {
  expect(short('8f14e45fceea167a5a36dedd4bea2543e9d1c0b7')).toBe('8f14e45');
  expect(short(`sha256:${'ab12cd3'.padEnd(64, '0')}`)).toBe('ab12cd3');
});
