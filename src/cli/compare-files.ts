import { randomBytes } from 'node:crypto';
import { createMarks, type Marks, withNamespace } from '../diff/index.ts';
import { concerning } from '../flows/concerning.ts';
import { differencesOf } from '../flows/look.ts';
import type { Application } from '../spec/application.ts';
import type { Change } from '../spec/change.ts';
import { isExcluded } from '../spec/customisations.ts';
import { keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import { Problem } from '../spec/problem.ts';
import { readApplicationFile } from './find-application.ts';
import { readManifests } from './manifests.ts';
import { clock, engines } from './repository.ts';
import { readSettingsFile } from './settings-file.ts';
import { warn } from './show-problem.ts';

/**
 * What differs between two files: the first look alone, since there is no API server to ask. With an Application, live
 * objects that are not desired count only if they carry its tracking id; without, all do.
 */
export async function compareFiles(
  desiredFile: string,
  liveFile: string,
  options: { readonly application?: string; readonly settings?: string },
): Promise<readonly Change[]> {
  const customisations = await readSettingsFile(options.settings);
  const desired = await readManifests(desiredFile);
  const live = withNamespace(await readManifests(liveFile), [], '');
  const given = options.application === undefined ? undefined : await readApplicationFile(options.application);
  for (const warning of given?.warnings ?? []) warn(warning);
  const application = given?.value ?? UNNAMED;
  const isManaged = (manifest: Manifest): boolean => !isExcluded(keyOf(manifest), '', customisations);
  const there = live.filter(isManaged);
  const looking = { marks: marks(), reader: NO_SERVER, engines: engines(), customisations, at: clock() };
  const wanted = placed(withNamespace(desired, [], application.spec.destination.namespace ?? ''), there).filter(
    isManaged,
  );
  const about = { application, desired: wanted };
  const own =
    given === undefined
      ? there
      : concerning(about, new Map(there.map((one) => [keyText(keyOf(one)), one])), customisations.tracking);
  return await differencesOf(about, own, looking);
}

/**
 * What `helm template` and `kustomize` print has often no namespace: it is held against the one live object of its group,
 * kind and name. Where none or several are there it stays as it is.
 */
function placed(desired: readonly Manifest[], live: readonly Manifest[]): readonly Manifest[] {
  const byName = Map.groupBy(live, nameText);
  const taken = new Set(desired.map((manifest) => keyText(keyOf(manifest))));
  return desired.map((manifest) => {
    if ((manifest.metadata.namespace ?? '') !== '') return manifest;
    const [found, ...others] = byName.get(nameText(manifest)) ?? [];
    const namespace = found?.metadata.namespace ?? '';
    if (found === undefined || others.length > 0 || namespace === '' || taken.has(keyText(keyOf(found))))
      return manifest;
    return { ...manifest, metadata: { ...manifest.metadata, namespace } };
  });
}

function nameText(manifest: Manifest): string {
  return keyText({ ...keyOf(manifest), namespace: '' });
}

const UNNAMED: Application = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'application' },
  spec: { project: 'default', destination: {} },
};

/** Refuses every dry run, so that the first look stands. */
const NO_SERVER = {
  dryRun: async () => {
    throw new Problem('cluster-refused', 'Files are compared without a cluster.');
  },
};

/** Marks of a key that nobody knows: within one diff the same value has the same mark. */
export function marks(): Marks {
  return createMarks(randomBytes(32).toString('hex'));
}
