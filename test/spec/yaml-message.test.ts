import { expect, it } from 'vitest';
import { readYaml } from '../../src/render/yaml.ts';
import { readDocuments } from '../../src/spec/documents.ts';

it.each([
  ['an alias', 'password: *pa55-canary'],
  ['a tag', 'password: !pa55-canary x'],
  ['a tag of a kind that nobody declared', 'password: !x!pa55-canary b'],
  ['a block', 'password: |pa55-canary\n  x'],
  ['a folded block', 'password: >pa55-canary\n x'],
])('a password without quotes that YAML takes for %s is not said again', (_, text) => {
  const read = readYaml(text);
  const documents = readDocuments({ path: 'secret.yaml', text });
  const said = [read.ok ? '' : read.fault.message, ...documents.problems.map(({ message }) => message)];
  for (const document of documents.documents) {
    try {
      document.value();
    } catch (thrown) {
      said.push(String(thrown));
    }
  }
  expect(said.join('')).not.toBe('');
  expect(said.join(' ')).not.toContain('canary');
});
