import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOCUMENTED = readFileSync(join(ROOT, 'docs/environment.md'), 'utf8');

/** The first column of the tables. */
const ROWS = [...DOCUMENTED.matchAll(/^\| `([A-Z_]+)`(?: ✍)? \|/gm)].map(([, name]) => name);

function declared(): readonly (string | undefined)[] {
  const source = readFileSync(join(ROOT, 'src/spec/environment.ts'), 'utf8');
  const [fields = ''] = source.match(/export interface Environment \{.*?\n\}/s) ?? [];
  return [...fields.matchAll(/readonly (\w+): string;/g)].map(([, name]) => name);
}

/** Names that the sources look up by themselves: on the laptop there is no `Environment`. */
function lookedUp(): readonly (string | undefined)[] {
  const files = ['src/cli', 'src/local', 'src/source'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(ROOT, folder, file), 'utf8')),
  );
  const names = files.flatMap((text) => [
    ...text.matchAll(
      /(?:variable\('|process\.env\['|given\[')([A-Z_]+)'|(?<=process\.env;?.*)\b(TRIMTAB_[A-Z]+): \w+ =/g,
    ),
  ]);
  return [...new Set(names.map(([, name, other]) => name ?? other))];
}

test('every variable of the functions has a row in docs/environment.md, and every row is one', () => {
  expect(declared().length).toBeGreaterThan(20);
  const ofFunctions = DOCUMENTED.slice(0, DOCUMENTED.indexOf('## Of `trimtab dev`'));
  const rows = [...ofFunctions.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual([...declared()].sort());
});

test('every variable that the laptop reads is documented', () => {
  const usual = DOCUMENTED.slice(DOCUMENTED.lastIndexOf('\n\n'));
  const missing = lookedUp().filter((name) => !ROWS.includes(name) && !usual.includes(`\`${name}\``));
  expect(missing).toEqual([]);
  expect(lookedUp()).toContain('WEBHOOK_PROXY_URL');
});
