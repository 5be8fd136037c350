import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MOST_IN_COMMENT, shorten, shortenDescription } from '../../src/forge/shorten.ts';

const MOST = 200;
const line = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom('```diff', '```', '+ replicas: 3'),
);
const markdown = fc.array(line, { maxLength: 60 }).map((lines) => lines.join('\n'));

describe('shorten', () => {
  test('keeps what GitHub takes as it is', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        expect(shorten(text, MOST_IN_COMMENT)).toBe(text);
      }),
    );
  });

  test('never gives more than GitHub takes, cuts no letter in two, and leaves no code block open', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        const short = shorten(text, MOST);
        expect(short.length).toBeLessThanOrEqual(MOST);
        expect(short.isWellFormed()).toBe(text.isWellFormed());
        if (text.length > MOST) {
          expect((short.match(/^```/gm) ?? []).length % 2).toBe(0);
          expect(short).toMatch(/Cut here/);
        }
      }),
    );
  });

  test('cuts within a line that has no end', () => {
    const short = shorten('🚀'.repeat(500), MOST);
    expect(short).toMatch(/^(🚀)+\n\n\*Cut here/);
  });
});

test('a description is one line of at most 140 letters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
      const short = shortenDescription(text);
      expect(short.length).toBeLessThanOrEqual(140);
      expect(short).not.toMatch(/[\r\n]/);
      expect(short.isWellFormed()).toBe(true);
    }),
  );
});
