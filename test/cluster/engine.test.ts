import { inject } from 'vitest';
import { engineContract } from '../contract/engine/index.ts';
import { kubeconfig } from './support.ts';

engineContract({
  name: 'a real Kubernetes',
  start: async () => {
    const { url, token, ca } = inject('cluster');
    const headers = { authorization: `Bearer ${token}` };
    return { url, headers, tls: { ca }, kubeconfig: kubeconfig(), breath: 150, close: async () => undefined };
  },
});
