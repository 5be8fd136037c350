import { applicationHealth } from '../health/index.ts';
import { ANNOTATION } from '../spec/annotations.ts';
import { type Application, applicationName } from '../spec/application.ts';
import type { Change } from '../spec/change.ts';
import { isHook } from '../spec/hook.ts';
import { groupOf, keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import type { ApplicationStatus, Health, ResourceStatus } from '../spec/operation.ts';
import type { Problem } from '../spec/problem.ts';
import type { Wanted } from './wanted.ts';

/**
 * What a refresh saw of an application, as its status. `healths` says how each live object is, by key (`healthsOf`);
 * `before` is the last status, for since when its health is so.
 */
export function statusOf(
  wanted: Wanted,
  live: readonly Manifest[],
  changes: readonly Change[],
  healths: ReadonlyMap<string, Health>,
  before: ApplicationStatus | undefined,
  at: string,
): ApplicationStatus {
  const resources = [...resourcesOf(wanted, live, changes, healths), ...(wanted.children ?? [])];
  // In the cluster, too: whoever silences a resource by hand has no time to write it to Git
  const ignored = new Set(
    [...wanted.desired, ...live].filter(ignoresHealth).map((manifest) => keyText(keyOf(manifest))),
  );
  const health = applicationHealth(
    resources.map((resource) => ({ ...resource, ignored: ignored.has(keyText(resource.key)) })),
  );
  const broken = wanted.conditions.some(({ type }) => !type.endsWith('Warning'));
  return {
    application: applicationName(wanted.application),
    sync: broken ? 'Unknown' : changes.length > 0 ? 'OutOfSync' : 'Synced',
    health,
    healthSince: since(health, before, at),
    revisions: wanted.revisions,
    conditions: wanted.conditions,
    resources,
    drift: changes,
    observedAt: at,
  };
}

/** The status of an application that could not be looked at: Unknown, with the reason; what was known stays. */
export function unknownStatus(
  application: Application,
  problem: Problem,
  before: ApplicationStatus | undefined,
  at: string,
): ApplicationStatus {
  const health: Health = { status: 'Unknown', message: problem.message };
  return {
    application: applicationName(application),
    sync: 'Unknown',
    health,
    healthSince: since(health, before, at),
    revisions: before?.revisions ?? [],
    conditions: [{ type: 'ComparisonError', message: problem.message }],
    resources: before?.resources ?? [],
    drift: [],
    observedAt: at,
  };
}

function resourcesOf(
  wanted: Wanted,
  live: readonly Manifest[],
  changes: readonly Change[],
  healths: ReadonlyMap<string, Health>,
): readonly ResourceStatus[] {
  const changed = new Map(changes.map((change) => [keyText(change.key), change]));
  const there = new Map(live.map((object) => [keyText(keyOf(object)), object]));
  const desired = new Set(wanted.desired.map((manifest) => keyText(keyOf(manifest))));
  const extra = live.filter((object) => !desired.has(keyText(keyOf(object))));
  return [...wanted.desired, ...extra].map((manifest): ResourceStatus => {
    const key = keyOf(manifest);
    const text = keyText(key);
    const object = there.get(text);
    const health = object === undefined ? MISSING : healths.get(text);
    return {
      key,
      version: manifest.apiVersion.slice(groupOf(manifest.apiVersion).length).replace('/', ''),
      sync: changed.has(text) ? 'OutOfSync' : 'Synced',
      ...(health === undefined ? {} : { health }),
      requiresPruning: changed.get(text)?.action === 'delete',
      hook: isHook(manifest),
    };
  });
}

const MISSING: Health = { status: 'Missing', message: 'Not in the cluster' };

function ignoresHealth(manifest: Manifest): boolean {
  return manifest.metadata.annotations?.[ANNOTATION.ignoreHealthcheck] === 'true';
}

function since(health: Health, before: ApplicationStatus | undefined, at: string): string {
  return before !== undefined && before.health.status === health.status ? before.healthSince : at;
}
