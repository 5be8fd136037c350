import { afterAll, beforeAll } from 'vitest';
import { createLocalCluster, type LocalCluster } from '../../src/local/cluster/index.ts';
import { normalisationContract } from './normalisation.ts';

let cluster: LocalCluster;
beforeAll(async () => {
  cluster = await createLocalCluster({ controllers: 'manual' });
});
afterAll(() => cluster.close());

normalisationContract({
  name: 'the embedded cluster',
  numRuns: 200,
  registration: () => ({ name: 'embedded', server: cluster.url, labels: {}, namespaces: [], config: {} }),
});
