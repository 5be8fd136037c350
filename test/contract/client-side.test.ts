import { createLocalCluster } from '../../src/local/cluster/index.ts';
import { clientSideContract } from './client-side.ts';

clientSideContract({
  name: 'the embedded cluster',
  start: async () => {
    const cluster = await createLocalCluster({ controllers: 'manual' });
    return { url: cluster.url, kubeconfig: cluster.kubeconfig(), breath: 10, close: cluster.close };
  },
});
