import { resolve } from 'node:path';
import { cacheFolder } from '../local/cache-folder.ts';

/** Where the CLI keeps what it need not make twice: TRIMTAB_CACHE, else this user's cache folder. */
export function cacheDir(): string {
  const chosen = process.env['TRIMTAB_CACHE'] ?? '';
  return chosen === '' ? cacheFolder() : resolve(chosen);
}
