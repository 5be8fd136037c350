import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { substitute } from '../../src/render/build-environment.ts';
import { type Origin, parseManifests } from '../../src/render/parse-manifests.ts';
import { insideCheckout } from '../../src/render/paths.ts';
import { readYaml } from '../../src/render/yaml.ts';
import { Problem } from '../../src/spec/problem.ts';

const segment = fc.oneof(
  fc.constantFrom('..', '.', '', 'a', 'b', '...', ' ', '..\\', '%2e%2e', '\0'),
  fc.string({ maxLength: 5 }),
);
const path = fc.array(segment, { maxLength: 8 }).map((parts) => parts.join('/'));
const folder = fc.constantFrom('', 'charts', 'charts/shop', 'a/b/c');

/** The path as it is taken, or undefined when it is refused. */
function taken(base: string, written: string, links: readonly string[]): string | undefined {
  const checkout = { repoURL: 'https://github.com/acme/platform', revision: 'a', dir: '/checkout', links };
  try {
    return insideCheckout(checkout, base, written, {});
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Problem);
    return undefined;
  }
}

describe('a path that is taken', () => {
  it('never leaves the checkout, whatever it is', () => {
    fc.assert(
      fc.property(folder, path, (base, written) => {
        const found = taken(base, written, []);
        if (found === undefined) return;
        const absolute = posix.resolve('/checkout', found);
        expect(absolute === '/checkout' || absolute.startsWith('/checkout/')).toBe(true);
        expect(found).not.toContain('\0');
        expect(found.endsWith('/')).toBe(false);
      }),
    );
  });

  it('never is a link, and never leads through one', () => {
    fc.assert(
      fc.property(folder, path, fc.constantFrom('a', 'charts', 'charts/shop/a', 'b/a'), (base, written, link) => {
        const found = taken(base, written, [link]);
        expect(found === link || found?.startsWith(`${link}/`)).not.toBe(true);
      }),
    );
  });
});

describe('text that nobody vouches for', () => {
  const origin: Origin = { code: 'invalid-manifest', file: () => 'a.yaml', lines: true };
  const line = fc.constantFrom(
    'a: b',
    '- x',
    '---',
    'kind: A',
    '  x: [',
    '"',
    '*a',
    '&a',
    '<<: *a',
    '? y',
    '|',
    '>',
    '\t',
    '#',
    '{',
    '!!int x',
  );
  const yaml = fc.oneof(
    fc.string(),
    fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n')),
  );

  it('is read as YAML, or told as a fault on one of its lines', () => {
    fc.assert(
      fc.property(yaml, (text) => {
        const read = readYaml(text);
        if (read.ok) return;
        expect(read.fault.line).toBeGreaterThanOrEqual(1);
        expect(read.fault.line).toBeLessThanOrEqual(text.split('\n').length);
      }),
    );
  });

  it('gives manifests with names, or a Problem in its file', () => {
    fc.assert(
      fc.property(yaml, (text) => {
        try {
          for (const manifest of parseManifests(text, origin)) {
            expect(typeof (manifest.metadata.name ?? manifest.metadata.generateName)).toBe('string');
          }
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'invalid-manifest', where: { file: 'a.yaml' } });
        }
      }),
    );
  });

  it('without a dollar is not changed by the build environment', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const plain = text.replaceAll('$', '');
        expect(substitute(plain, { A: 'b' })).toBe(plain);
        expect(substitute(text.replaceAll('$', '$$$$'), {})).toBe(text);
      }),
    );
  });
});
