import { normalisationContract } from '../contract/normalisation.ts';
import { registration } from './support.ts';

normalisationContract({ name: 'a real kube-apiserver', numRuns: 150, registration });
