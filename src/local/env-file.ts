import { chmod, readFile, rename, writeFile } from 'node:fs/promises';

/**
 * Sets variables in a `.env` file, which only its owner may read afterwards; every other line stays as it is. Values are
 * quoted, line breaks written as `\n`, as Node's `process.loadEnvFile` reads them back.
 * https://nodejs.org/api/environment_variables.html#dotenv
 */
export async function writeEnvFile(path: string, values: Readonly<Record<string, string>>): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => '');
  const kept = before.split('\n').filter((line) => !Object.hasOwn(values, nameOf(line)));
  while (kept.at(-1) === '') kept.pop();
  const added = Object.entries(values).map(([name, value]) => `${name}="${value.trim().replaceAll('\n', '\\n')}"`);
  const temporary = `${path}.new`;
  await writeFile(temporary, `${[...kept, ...added].join('\n')}\n`, { mode: 0o600 });
  await chmod(temporary, 0o600);
  await rename(temporary, path);
}

function nameOf(line: string): string {
  return /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/.exec(line)?.[1] ?? '';
}
