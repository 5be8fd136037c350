import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bases } from '../spec/ports.ts';
import { Problem, type Where } from '../spec/problem.ts';
import { buildEnvironment, substitute } from './build-environment.ts';
import type { Context } from './context.ts';
import { notBrought, shown } from './kustomization-remotes.ts';
import { insideCheckout } from './paths.ts';
import { readRemote } from './remote-base.ts';

/**
 * The URL of a value file that may be brought: over https, unless the settings leave that out. Undefined for all else.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-cm-yaml/ (`helm.valuesFileSchemes`)
 */
export function valueFileURL({ input }: Context, written: string): string | undefined {
  const schemes = (input.valuesFileSchemes ?? 'https').split(',').map((scheme) => scheme.trim());
  if (input.bases?.webFile === undefined || !schemes.includes('https')) return undefined;
  const text = substitute(written, buildEnvironment(input));
  return /^https:\/\//i.test(text) && URL.canParse(text) ? text : undefined;
}

/**
 * Brings a value file by URL into a file of this machine, and returns its path. Files at GitHub's raw addresses are read as
 * their repository is. Throws Problem: `not-found`, `forbidden` where the project does not permit it, `unavailable`.
 */
export async function bringValues({ input }: Context, url: string, file: string, where: Where): Promise<string> {
  const { bases } = input;
  try {
    await bring(bases, url, file);
  } catch (thrown) {
    throw notBrought(thrown, `The value file ${shown(url)}`, where);
  }
  return file;
}

async function bring(bases: Bases | undefined, url: string, file: string): Promise<void> {
  const remote = readRemote(url);
  if (remote?.kind === 'git' && remote.base.isFile && bases !== undefined) {
    const { repoURL, ref, path } = remote.base;
    const checkout = await bases.checkout(repoURL, await bases.resolve(repoURL, ref));
    const from = join(checkout.dir, insideCheckout(checkout, '', path, {}));
    await copyFile(from, file).catch((cause: unknown) => {
      throw new Problem('not-found', `There is no file ${path} in ${repoURL} at ${ref}.`, { cause });
    });
  } else await writeFile(file, (await bases?.webFile?.(url)()) ?? '', { mode: 0o600 });
}
