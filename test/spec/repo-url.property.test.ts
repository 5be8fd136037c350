import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repositoryOf, sameRepository } from '../../src/spec/repo-url.ts';

const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,10}$/);
const form = fc.constantFrom(
  (path: string) => `https://github.com/${path}`,
  (path: string) => `https://github.com/${path}.git`,
  (path: string) => `git@github.com:${path}.git`,
  (path: string) => `ssh://git@github.com/${path}/`,
);

describe('the URL of a repository', () => {
  it('means the same in every form', () => {
    fc.assert(
      fc.property(name, name, form, form, (owner, repo, one, other) => {
        const path = `${owner}/${repo}`;
        expect(sameRepository(one(path), other(path))).toBe(true);
        expect(repositoryOf(one(path), 'github.com')).toBe(path);
      }),
    );
  });

  it('never is read into anything but owner/name, and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((text) => `https://github.com/${text}`),
        ),
        (url) => {
          const found = repositoryOf(url, 'github.com');
          if (found !== undefined) expect(found).toMatch(/^[\w.-]+\/[\w.-]+$/);
          expect(sameRepository(url, url)).toBe(true);
        },
      ),
    );
  });
});
