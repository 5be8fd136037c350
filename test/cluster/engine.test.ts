import { engineContract } from '../contract/engine/index.ts';
import { engineCluster } from './support.ts';

engineContract({ name: 'a real Kubernetes', start: async () => engineCluster() });
