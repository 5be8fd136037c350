import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

/** The files of `examples/`, by path: a GitOps repository, real and complete. */
export async function readExamples(): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(EXAMPLES, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [relative(EXAMPLES, file), await readFile(file, 'utf8')] as const)),
  );
}
