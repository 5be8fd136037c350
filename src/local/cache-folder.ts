import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where trimtab keeps what it need not make twice on this machine: `$XDG_CACHE_HOME/trimtab`, or `~/.cache/trimtab`. */
export function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'trimtab');
}
