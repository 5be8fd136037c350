import { clusterContract } from '../contract/cluster/index.ts';
import { startServer } from './server.ts';

clusterContract({
  name: 'a real kube-apiserver',
  start: async () => {
    const { cluster, close } = await startServer('--bare');
    const { url, token, ca } = cluster;
    return { url, headers: { authorization: `Bearer ${token}` }, tls: { ca }, close };
  },
});
