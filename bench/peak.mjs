// Loaded before a measured program (`node --import`) and the Node programs that it starts: when one ends, leaves the most
// memory that it ever had, in bytes, in the file that PEAK_FILE names, unless another had more.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const { PEAK_FILE } = process.env;

process.on('exit', () => {
  if (PEAK_FILE === undefined) return;
  const before = existsSync(PEAK_FILE) ? Number(readFileSync(PEAK_FILE, 'utf8')) : 0;
  writeFileSync(PEAK_FILE, String(Math.max(before, peak())));
});

/** Not `resourceUsage().maxRSS`: on Linux that begins with the memory of the process that started this one. */
function peak() {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
