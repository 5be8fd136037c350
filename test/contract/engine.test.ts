import { createLocalCluster } from '../../src/local/cluster/index.ts';
import { engineContract } from './engine/index.ts';

engineContract({
  name: 'the embedded cluster',
  start: async () => {
    const cluster = await createLocalCluster({ stepDelay: 2 });
    return { url: cluster.url, kubeconfig: cluster.kubeconfig(), breath: 10, close: cluster.close };
  },
});
