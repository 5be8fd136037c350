import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isDestinationPermitted } from '../../src/access/destination-rule.ts';
import { isSourcePermitted } from '../../src/access/source-repos.ts';
import { matchesGlob } from '../../src/spec/glob.ts';
import { projectOf } from './projects.ts';

const pattern = fc.oneof(
  fc.constantFrom(
    '*',
    'https://github.com/acme/*',
    'https://github.com/**',
    'shop',
    'shop-*',
    '[',
    '{a',
    '{a,b}',
    '\\',
  ),
  fc.string(),
);
const repo = fc.constantFrom('https://github.com/acme/gitops', 'git@github.com:acme/gitops.git', 'shop', 'a');
const destination = fc.record({ server: pattern, name: pattern, namespace: pattern }, { requiredKeys: [] });
const cluster = { name: 'shop', server: 'https://github.com/acme/x' };

it('a denial never permits anything that was not permitted without it', () => {
  fc.assert(
    fc.property(fc.array(pattern), pattern, repo, (sourceRepos, denied, url) => {
      const more = isSourcePermitted(projectOf({ sourceRepos: [...sourceRepos, `!${denied}`] }), url);
      if (more) expect(isSourcePermitted(projectOf({ sourceRepos }), url)).toBe(true);
    }),
  );
});

it('denials alone permit no repository and no destination', () => {
  fc.assert(
    fc.property(fc.array(pattern), repo, (patterns, url) => {
      const denials = patterns.map((each) => `!${each}`);
      const destinations = denials.map((namespace) => ({ server: '*', namespace }));
      expect(isSourcePermitted(projectOf({ sourceRepos: denials }), url)).toBe(false);
      expect(isDestinationPermitted(projectOf({ destinations }), cluster, url)).toBe(false);
    }),
  );
});

it('the order of the entries does not matter', () => {
  fc.assert(
    fc.property(fc.array(destination), fc.constantFrom('shop', 'shop-1', ''), (destinations, namespace) => {
      const there = isDestinationPermitted(projectOf({ destinations }), cluster, namespace);
      const back = isDestinationPermitted(projectOf({ destinations: destinations.toReversed() }), cluster, namespace);
      expect(back).toBe(there);
    }),
  );
});

it('a text without special characters matches itself only', () => {
  const plain = fc.stringMatching(/^[\w./:@ +$^|()-]+$/);
  fc.assert(
    fc.property(plain, plain, (text, other) => {
      expect(matchesGlob(text, text)).toBe(true);
      expect(matchesGlob(text, other)).toBe(text === other);
    }),
  );
});

it('never throws, whatever the pattern', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.string(),
      (glob, text) => typeof matchesGlob(glob, text) === 'boolean',
    ),
  );
});
