import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { folded, isNode, type Node } from './kustomization-fields.ts';
import type { Edits, Walked } from './walk.ts';
import { readYaml } from './yaml.ts';

/**
 * Copies all that a build reads into a folder of its own: each repository below its name, only what is read of it, the
 * charts that were brought where kustomize looks for them, and files of the web, which are downloaded now. A file that is not there is left to kustomize to complain about.
 */
export async function copyBuild({ parts, charts, lent }: Walked, target: string): Promise<void> {
  for (const { checkout, closure, name } of parts) {
    for (const path of closure) await copy(join(checkout.dir, path), join(target, name, path), path.endsWith('/'));
  }
  for (const { chart, part, path } of charts) await copy(chart.dir, join(target, part.name, path), true);
  for (const { from, to } of lent) {
    const file = join(target, to.part.name, to.path);
    if ('part' in from) await copy(join(from.part.checkout.dir, from.path), file, false);
    else await writeFile(file, await from.get());
  }
}

async function copy(from: string, to: string, isFolder: boolean): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  if (isFolder) await cp(from, to, { recursive: true });
  else await copyFile(from, to).catch(ignoreMissing);
}

function ignoreMissing(thrown: unknown): void {
  if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown;
}

/** Lets each kustomization of a copy name what lies in the copy, in place of what lies elsewhere. */
export async function pointToCopy({ edits }: Walked, target: string): Promise<void> {
  for (const [part, files] of edits) {
    for (const [path, edit] of files) {
      const file = join(target, part.name, path);
      const read = readYaml(await readFile(file, 'utf8'));
      const [found] = read.ok ? read.documents : [];
      if (isNode(found)) await writeFile(file, JSON.stringify(edited(found, edit)));
    }
  }
}

/** Lists whose entries are URLs of bases, or configurations. */
const LISTS = ['resources', 'bases', 'components', 'generators', 'transformers', 'validators'];

function edited(document: Node, { entries, charts }: Edits): Node {
  const fields = Object.entries(document).flatMap(([key, value]): (readonly [string, unknown])[] => {
    const field = folded(key);
    if (charts !== undefined && (field === 'helmcharts' || field === 'helmglobals')) return [];
    if (!LISTS.includes(field) || !Array.isArray(value)) return [[key, value]];
    const moved = value.flatMap((entry: unknown): unknown[] =>
      typeof entry === 'string' ? [...(entries.get(entry) ?? [entry])] : [entry],
    );
    return [[key, moved]];
  });
  const inflated = charts && {
    helmGlobals: charts.globals,
    helmCharts: charts.charts.map(({ entry }) => entry),
  };
  return { ...Object.fromEntries(fields), ...inflated };
}
