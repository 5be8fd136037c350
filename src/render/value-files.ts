import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HelmSource } from '../spec/application.ts';
import type { Checkout } from '../spec/ports.ts';
import { Problem, type Where } from '../spec/problem.ts';
import { buildEnvironment, substitute } from './build-environment.ts';
import type { Context } from './context.ts';
import { expandGlob, isGlob } from './expand-glob.ts';
import { lentFile } from './lent-file.ts';
import { insideCheckout } from './paths.ts';
import { bringValues, valueFileURL } from './remote-values.ts';

/** A file of the source's own repository, or of one that another source lends by `ref`. */
interface Resolved {
  readonly checkout: Checkout;
  /** Path, or glob, from the root of that repository. */
  readonly path: string;
}

/**
 * The value files of a source as absolute paths, in the order in which helm reads them: each once, where it stands first;
 * globs expanded in their place, without what is listed by itself as well; those by URL are brought into the temporary
 * folder. Throws Problem `not-found` for a file or a
 * glob without files (unless `ignoreMissingValueFiles`), `unsafe-path` for a way out of the repository, `unsupported`
 * for a URL.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#glob-patterns-in-value-files
 */
export async function valueFiles(context: Context, helm: HelmSource, temporary: string): Promise<readonly string[]> {
  const written = helm.valueFiles ?? [];
  const resolved = written.map((text, index) =>
    valueFileURL(context, text) === undefined ? resolve(context, text, `valueFiles[${index}]`) : undefined,
  );
  const listed = new Set(resolved.flatMap((file) => (file === undefined || isGlob(file.path) ? [] : [absolute(file)])));
  const found = new Set<string>();
  for (const [index, file] of resolved.entries()) {
    const where = { field: `spec.source.helm.valueFiles[${index}]` };
    const url = valueFileURL(context, written[index] ?? '');
    if (file === undefined)
      found.add(await bringValues(context, url ?? '', join(temporary, `url-${index}.yaml`), where));
    else if (isGlob(file.path)) {
      const matched = await matches(file, where);
      if (matched.length === 0 && helm.ignoreMissingValueFiles !== true) throw noMatch(written[index] ?? '', where);
      for (const path of matched) if (!listed.has(path)) found.add(path);
    } else if (await stat(absolute(file)).catch(() => undefined)) {
      found.add(absolute(file));
    } else if (helm.ignoreMissingValueFiles !== true) throw missing(file, context.input.checkout, where);
  }
  return [...found];
}

/** The files of `fileParameters`, as absolute paths. Throws as above; a file that is missing is left to helm. */
export function fileParameters(
  context: Context,
  helm: HelmSource,
): readonly { readonly name: string; readonly path: string }[] {
  return (helm.fileParameters ?? []).map(({ name, path }, index) => ({
    name,
    path: absolute(resolve(context, path, `fileParameters[${index}].path`)),
  }));
}

function resolve(context: Context, written: string, field: string): Resolved {
  const { checkout } = context.input;
  const where = { field: `spec.source.helm.${field}` };
  const lent = lentFile(context.input, written, where);
  if (lent !== undefined) return lent;
  const text = substitute(written, buildEnvironment(context.input));
  if (/^secrets(\+[^:]*)?:/i.test(text)) throw encrypted(text, where);
  return { checkout, path: insideCheckout(checkout, context.folder, text, where) };
}

function absolute({ checkout, path }: Resolved): string {
  return join(checkout.dir, path);
}

/** Each match passes the same check as a path that is written out. A folder is none that helm could read. */
async function matches({ checkout, path: pattern }: Resolved, where: Where): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of await expandGlob(checkout, pattern)) {
    const inside = join(checkout.dir, insideCheckout(checkout, '', path, where));
    if ((await stat(inside)).isDirectory()) {
      throw new Problem('render-failed', `The glob ${pattern} matches the folder ${path}, which holds no values.`, {
        where,
        fix: 'Let the glob end in the names of files: `*.yaml`.',
      });
    }
    found.push(inside);
  }
  return found;
}

function noMatch(pattern: string, where: Where): Problem {
  return new Problem('not-found', `No value file matches ${pattern}.`, {
    where,
    fix: 'Add a file, correct the glob, or set ignoreMissingValueFiles: true.',
  });
}

function missing({ checkout, path }: Resolved, own: Checkout, where: Where): Problem {
  const place = checkout === own ? '' : ` in ${checkout.repoURL} at ${checkout.revision.slice(0, 7)}`;
  return new Problem('not-found', `The value file ${path} does not exist${place}.`, {
    where,
    fix: 'Add the file, remove it from valueFiles, or set ignoreMissingValueFiles: true.',
  });
}

function encrypted(text: string, where: Where): Problem {
  const scheme = text.slice(0, text.indexOf(':'));
  return new Problem('unsupported', `${scheme}:// value files need the plugin helm-secrets; trimtab runs no plugins.`, {
    where,
    fix: 'Commit the file encrypted with SOPS and name it by its path: trimtab decrypts it while it renders.',
  });
}
