import { readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { JsonnetSource } from '../spec/application.ts';
import type { Manifest } from '../spec/manifest.ts';
import type { Checkout, RenderInput } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { buildEnvironment, substitute } from './build-environment.ts';
import type { Context } from './context.ts';
import { parseManifests } from './parse-manifests.ts';
import { insideCheckout } from './paths.ts';

/** What an evaluation may import, all files together. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The manifests of a Jsonnet file: one object, or a list of them, evaluated by the library that Argo CD uses, which sees
 * the files that it imports and nothing else. Throws Problem `render-failed` with file and line, `unsafe-path` for an
 * import or a lib out of the repository, `unsupported` where nothing evaluates Jsonnet.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/jsonnet/
 */
export async function renderJsonnet(context: Context, file: string): Promise<readonly Manifest[]> {
  const { input, jsonnet } = context;
  if (jsonnet === undefined) throw noEngine(file);
  const options = input.source.directory?.jsonnet ?? {};
  const variables = buildEnvironment(input);
  const filled = (list: JsonnetSource['tlas'] = []) =>
    list.map(({ name, value = '', code = false }) => ({ name, value: substitute(value, variables), code }));
  const libraries = librariesOf(input, context.folder);
  const [outcome] = await jsonnet([
    {
      file,
      files: await readImports(input.checkout, file, libraries),
      libraries,
      tlas: filled(options.tlas),
      extVars: filled(options.extVars),
    },
  ]);
  if (outcome === undefined || !outcome.ok) throw failed(file, outcome?.error ?? '', outcome?.limit);
  const list = Array.isArray(outcome.value) ? outcome.value : [outcome.value];
  const text = list.map((each) => JSON.stringify(each)).join('\n---\n');
  return parseManifests(text, { code: 'render-failed', file: () => file, lines: false });
}

/** Folders that imports are looked for in, the last one first. libs count from the root of the repository. */
function librariesOf({ checkout, source }: Pick<RenderInput, 'checkout' | 'source'>, folder: string) {
  const libs = source.directory?.jsonnet?.libs ?? [];
  return [
    folder,
    ...libs.map((path, index) =>
      insideCheckout(checkout, '', path, { field: `spec.source.directory.jsonnet.libs[${index}]` }),
    ),
  ];
}

/** Imports are plain text in Jsonnet, never computed: https://jsonnet.org/ref/spec.html#properties-and-lexing */
const IMPORT = /\bimport(?:str|bin)?\s*@?(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')/g;

/**
 * The paths of the repository that a Jsonnet file reads, itself included, and those that would be read if they were
 * there. Throws Problem `unsafe-path`.
 */
export async function importsOf(
  input: Pick<RenderInput, 'checkout' | 'source'>,
  folder: string,
  file: string,
): Promise<readonly string[]> {
  const found = await walk(input.checkout, file, librariesOf(input, folder));
  return [...found.keys()];
}

async function readImports(checkout: Checkout, file: string, libraries: readonly string[]) {
  const found = await walk(checkout, file, libraries);
  return Object.fromEntries([...found].filter((entry): entry is [string, string] => entry[1] !== undefined));
}

async function walk(
  checkout: Checkout,
  file: string,
  libraries: readonly string[],
): Promise<ReadonlyMap<string, string | undefined>> {
  const found = new Map<string, string | undefined>();
  const open = [file];
  let bytes = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const size = (await stat(join(checkout.dir, next)).catch(() => undefined))?.size ?? 0;
    bytes += size;
    if (bytes > MAX_BYTES) throw tooMuch(file);
    const text = await readFile(join(checkout.dir, next), 'utf8').catch(() => undefined);
    found.set(next, text);
    for (const [, double, single] of (text ?? '').matchAll(IMPORT)) {
      const written = double ?? single ?? '';
      for (const folder of [posix.dirname(next), ...libraries]) {
        const path = insideCheckout(checkout, folder, written, { file: next });
        if (!found.has(path) && !open.includes(path)) open.push(path);
      }
    }
  }
  return found;
}

function failed(file: string, error: string, limit: 'time' | 'memory' | undefined): Problem {
  if (limit !== undefined) {
    return new Problem('limit-exceeded', `Jsonnet ${error}.`, {
      where: { file },
      fix: 'Look for a loop or a very large list in the file and what it imports.',
    });
  }
  // `RUNTIME ERROR: message` and a trace, or `file:line:column-column message`.
  const text = error.replace(/^(RUNTIME|STATIC) ERROR: /, '');
  const [, at, line, column] = /([^\s:()]+\.(?:jsonnet|libsonnet|json)):\(?(\d+)(?::(\d+))?/.exec(text) ?? [];
  const message = (text.split('\n')[0] ?? '').replace(/^\S+\.(?:jsonnet|libsonnet):\S+\s+/, '');
  const place = line === undefined ? {} : { line: Number(line), ...(column === undefined ? {} : { column: +column }) };
  return new Problem('render-failed', `Jsonnet: ${message}`, {
    where: { file: at ?? file, ...place },
    fix: 'Mend the Jsonnet at this place, or what it is given by tlas and extVars.',
  });
}

function tooMuch(file: string): Problem {
  return new Problem('limit-exceeded', `${file} imports more than ${MAX_BYTES / 1024 / 1024} MiB.`, {
    where: { file },
    fix: 'Import only what the manifests need.',
  });
}

function noEngine(file: string): Problem {
  return new Problem('unsupported', `${file} is Jsonnet, and nothing here evaluates it.`, {
    where: { file },
    fix: 'Commit the manifests that it makes, or leave the file out with spec.source.directory.exclude.',
  });
}
