// Loaded before a measured program (`node --import`): when it ends, leaves the most memory that it ever had, in bytes, in
// the file that PEAK_FILE names.
import { readFileSync, writeFileSync } from 'node:fs';

const { PEAK_FILE } = process.env;

process.on('exit', () => {
  if (PEAK_FILE !== undefined) writeFileSync(PEAK_FILE, String(peak()));
});

/** Not `resourceUsage().maxRSS`: on Linux that begins with the memory of the process that started this one. */
function peak() {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
