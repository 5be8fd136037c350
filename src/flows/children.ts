import { ANNOTATION } from '../spec/annotations.ts';
import { type Application, applicationName } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import { keyOf } from '../spec/manifest.ts';
import type { Health, ResourceStatus } from '../spec/operation.ts';
import type { Store } from '../spec/ports.ts';

/**
 * The Applications that an application renders, as resources of it (app of apps): Git defines them, so each is as it
 * should be, and as healthy as it was when it was looked at last. One that asks for it with `ignore-healthcheck` has no health.
 */
export async function childrenOf(
  parent: Application,
  { applications }: Pick<Catalogue, 'applications'>,
  store: Pick<Store, 'statuses'>,
): Promise<readonly ResourceStatus[]> {
  const name = applicationName(parent);
  const children = applications.filter((one) => one.parents?.at(-1) === name && one.generatedBy === undefined);
  return await Promise.all(
    children.map(async ({ value }): Promise<ResourceStatus> => {
      const { metadata, apiVersion, kind } = value;
      const status = await store.statuses.load(applicationName(value));
      // One that manages itself would keep itself as bad as it was
      const counts = applicationName(value) !== name && metadata.annotations?.[ANNOTATION.ignoreHealthcheck] !== 'true';
      const namespace = metadata.namespace ?? parent.spec.destination.namespace ?? '';
      return {
        key: keyOf({ apiVersion, kind, metadata: { ...metadata, namespace } }),
        version: 'v1alpha1',
        sync: 'Synced',
        ...(counts ? { health: status?.health ?? NOT_LOOKED_AT } : {}),
        requiresPruning: false,
        hook: false,
      };
    }),
  );
}

const NOT_LOOKED_AT: Health = { status: 'Progressing', message: 'Waiting for the health of the application' };
