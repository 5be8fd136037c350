export { createLocalCluster, type LocalCluster, type LocalClusterOptions } from './create.ts';
