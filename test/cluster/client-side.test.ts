import { clientSideContract } from '../contract/client-side.ts';
import { engineCluster } from './support.ts';

clientSideContract({ name: 'a real Kubernetes', start: async () => engineCluster() });
