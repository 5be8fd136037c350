import type { Manifest } from '../../spec/manifest.ts';
import type { Health } from '../../spec/operation.ts';
import { byConditions, type HealthRule, READY, said } from '../by-conditions.ts';
import { conditionsOf } from '../fields.ts';
import { degraded, healthy, progressing } from '../verdicts.ts';

const readyHealth = byConditions(READY, 'Waiting for its first synchronisation');

/** Its conditions are a history: the last one counts. https://external-secrets.io/latest/api/clusterexternalsecret/ */
function clusterExternalSecretHealth(secret: Manifest): Health {
  const last = conditionsOf(secret).at(-1);
  if (last?.['status'] !== 'True') return progressing('Waiting for its first synchronisation');
  return last['type'] === 'Ready' ? healthy(said(last)) : degraded(said(last));
}

/** External Secrets, and Sealed Secrets. https://external-secrets.io/latest/api/externalsecret/ https://github.com/bitnami-labs/sealed-secrets */
export const SECRETS: Readonly<Record<string, HealthRule>> = {
  'external-secrets.io/ClusterExternalSecret': clusterExternalSecretHealth,
  'external-secrets.io/ClusterPushSecret': readyHealth,
  'external-secrets.io/ClusterSecretStore': readyHealth,
  'external-secrets.io/ExternalSecret': readyHealth,
  'external-secrets.io/PushSecret': readyHealth,
  'external-secrets.io/SecretStore': readyHealth,
  'bitnami.com/SealedSecret': byConditions(
    [
      { type: 'Synced', status: 'False', is: 'Degraded' },
      { type: 'Synced', status: 'True', is: 'Healthy' },
    ],
    'Waiting to be unsealed',
  ),
};
