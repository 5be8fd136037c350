import { lstat, mkdir } from 'node:fs/promises';
import { Problem } from '../spec/problem.ts';

/**
 * Makes a folder that only this user can write to, and returns its path. Throws Problem `misconfigured` when somebody
 * else's is already there: what lies in it is applied to clusters (compare CVE-2022-36035).
 */
export async function privateFolder(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const found = await lstat(dir);
  const owner = process.getuid?.() ?? found.uid;
  if (!found.isDirectory() || found.uid !== owner || (found.mode & 0o022) !== 0) {
    throw new Problem('misconfigured', `The cache folder ${dir} could be changed by other users of this machine.`, {
      fix: 'Set TRIMTAB_CACHE to a folder of your own (mode 700), or remove this one.',
    });
  }
  return dir;
}
