// Plays the refresh function of an installation that its environment describes: looks at every application of a cluster
// once, so that all is known, then looks again, and prints the milliseconds of the second look.
// node look-again.mjs BUNDLE CLUSTER
import { pathToFileURL } from 'node:url';

const [bundle, cluster] = process.argv.slice(2);
const { handler } = await import(pathToFileURL(bundle).href);
const look = () => handler({ kind: 'refresh', scope: { of: 'cluster', cluster } });
await look();
const began = performance.now();
await look();
process.stdout.write(JSON.stringify({ milliseconds: performance.now() - began }));
process.exit(0);
