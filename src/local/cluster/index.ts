export { createLocalCluster, type LocalCluster, type LocalClusterOptions } from './create.ts';
export type { Fault, Intercepted, LoggedRequest } from './server.ts';
