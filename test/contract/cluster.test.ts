import { createLocalCluster } from '../../src/local/cluster/index.ts';
import { clusterContract } from './cluster/index.ts';

clusterContract({
  name: 'the embedded cluster',
  start: () => createLocalCluster({ controllers: 'manual' }),
});
