import type { TestProject } from 'vitest/node';
import { type RealCluster, startServer } from './server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    cluster: RealCluster;
  }
}

/** Starts the cluster, with its controllers and a node, that all test files share. */
export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const began = performance.now();
  const { cluster, close } = await startServer();
  console.log(`Kubernetes ${cluster.version} was ready after ${((performance.now() - began) / 1000).toFixed(1)} s.`);
  project.provide('cluster', cluster);
  return close;
}
