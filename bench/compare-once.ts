import { compareLive, createMarks } from '../src/diff/index.ts';
import type { Manifest } from '../src/spec/manifest.ts';
import { resource } from './resources.ts';

// Compares COUNT desired resources with as many live ones, of which every hundredth differs, and prints what that took:
// node compare-once.ts COUNT
const count = Number(process.argv[2]);
const desired: Manifest[] = [];
const live: Manifest[] = [];
for (let index = 0; index < count; index += 1) {
  const wanted = resource(index);
  desired.push(wanted.desired);
  live.push(index % 100 === 0 ? drifted(wanted.live) : wanted.live);
}
const rules = { marks: createMarks('a key of this benchmark') };
// Until the compiler is warm.
compareLive(desired.slice(0, 500), live.slice(0, 500), rules);
const began = process.cpuUsage();
const changes = compareLive(desired, live, rules);
const { user, system } = process.cpuUsage(began);
process.stdout.write(JSON.stringify({ changes: changes.length, milliseconds: (user + system) / 1000 }));

function drifted(manifest: Manifest): Manifest {
  const { labels } = manifest.metadata;
  return { ...manifest, metadata: { ...manifest.metadata, labels: { ...labels, team: 'somebody else' } } };
}
