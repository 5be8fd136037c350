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
  const wanted = withNamespace(desired, [], application.spec.destination.namespace ?? '').filter(isManaged);
  const about = { application, desired: wanted };
  const own =
    given === undefined
      ? there
      : concerning(about, new Map(there.map((one) => [keyText(keyOf(one)), one])), customisations.tracking);
  return await differencesOf(about, own, looking);
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
