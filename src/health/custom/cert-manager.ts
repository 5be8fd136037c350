import { byConditions, type HealthRule, READY } from '../by-conditions.ts';
import { byState } from '../by-state.ts';

const issuerHealth = byConditions(READY, 'Waiting for the issuer');

/** https://cert-manager.io/docs/reference/api-docs/#acme.cert-manager.io/v1.State */
const acmeHealth = byState(
  'state',
  { valid: 'Healthy', invalid: 'Degraded', expired: 'Degraded', errored: 'Degraded' },
  'reason',
  'Waiting for the ACME server',
);

/** cert-manager. An issuance that goes on counts before a Ready of the certificate that is to be replaced. https://cert-manager.io/docs/usage/certificate/ */
export const CERT_MANAGER: Readonly<Record<string, HealthRule>> = {
  'cert-manager.io/Certificate': byConditions(
    [{ type: 'Issuing', status: 'True', is: 'Progressing' }, ...READY],
    'Waiting for the certificate',
  ),
  'cert-manager.io/CertificateRequest': byConditions(
    [
      { type: 'Denied', status: 'True', is: 'Degraded' },
      { type: 'InvalidRequest', status: 'True', is: 'Degraded' },
      { type: 'Ready', status: 'False', reason: /^(Failed|Denied)$/, is: 'Degraded' },
      { type: 'Ready', status: 'True', is: 'Healthy' },
      { type: 'Ready', status: 'False', is: 'Progressing' },
    ],
    'Waiting for the certificate to be signed',
  ),
  'cert-manager.io/ClusterIssuer': issuerHealth,
  'cert-manager.io/Issuer': issuerHealth,
  'acme.cert-manager.io/Challenge': acmeHealth,
  'acme.cert-manager.io/Order': acmeHealth,
};
