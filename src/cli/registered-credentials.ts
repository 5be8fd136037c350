import { createAws } from '../aws/index.ts';
import type { CredentialOptions } from '../cluster/credentials.ts';
import { createClusterSecrets } from '../secrets/named-secrets.ts';
import { createSecrets } from '../secrets/resolve-secret.ts';
import { readEnvironment, type Variables } from '../spec/environment.ts';

/**
 * How the registrations of a clone come to their credentials. They stand in Git: they may name credentials made for
 * clusters, and nothing else of this machine, and run programs only by leave of its owner.
 */
export function registeredCredentials(variables: Variables): CredentialOptions {
  const settings = readEnvironment(
    ['AWS_REGION', 'TRIMTAB_CLUSTER_SECRETS', 'TRIMTAB_RUN_CREDENTIAL_PROGRAMS'],
    variables,
  );
  const aws = createAws({ region: settings.AWS_REGION });
  return {
    aws,
    resolveSecret: createClusterSecrets({
      resolve: createSecrets({ aws, values: variables }),
      prefix: settings.TRIMTAB_CLUSTER_SECRETS,
    }),
    runPrograms: settings.TRIMTAB_RUN_CREDENTIAL_PROGRAMS === 'true',
  };
}
