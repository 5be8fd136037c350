import { createRefresh } from '../handlers/refresh.ts';
import { IN_CLUSTER } from '../src/spec/settings.ts';

// Plays the refresh function of an installation that its environment describes: looks at every application of the cluster
// once, so that all is known, then looks again, and prints the milliseconds of the second look.
const handler = await createRefresh(process.env);
const look = (): Promise<unknown> => handler({ kind: 'refresh', scope: { of: 'cluster', cluster: IN_CLUSTER.server } });
await look();
const began = performance.now();
await look();
process.stdout.write(JSON.stringify({ milliseconds: performance.now() - began }));
process.exit(0);
