import { clusterOf } from '../catalog/cluster-of.ts';
import { ANNOTATION } from '../spec/annotations.ts';
import type { Application } from '../spec/application.ts';
import type { Catalogue } from '../spec/catalogue.ts';
import type { Change } from '../spec/change.ts';
import { isHook } from '../spec/hook.ts';
import { keyOf, keyText, type Manifest } from '../spec/manifest.ts';
import type { ApplicationPreview, Leaving } from '../spec/preview.ts';
import { fateOf, readSyncOptions } from '../sync/index.ts';

/** An application at both sides of a change. */
export interface Departure {
  readonly before: Application | undefined;
  readonly after: Application | undefined;
  /** What it was rendered to. */
  readonly manifests: readonly Manifest[];
  readonly changes: readonly Change[];
  /** The settings of either side. */
  readonly base: Pick<Catalogue, 'settings'>;
  readonly head: Pick<Catalogue, 'settings'>;
}

/**
 * What becomes of the resources that an application has no more, as its sync or its deletion will see them. What it had in a
 * cluster that it leaves stays there, as in Argo CD: nothing there is looked at any more.
 */
export function departureOf({
  before,
  after,
  manifests,
  changes,
  base,
  head,
}: Departure): Pick<ApplicationPreview, 'leaving' | 'approved' | 'leavesCluster'> {
  const options = readSyncOptions((after ?? before)?.spec.syncPolicy?.syncOptions ?? []);
  const approval = (after ?? before)?.metadata.annotations?.[ANNOTATION.deletionApproved];
  const approved = approval === undefined ? {} : { approved: approval };
  const from = serverOf(before, base);
  const to = serverOf(after, head);
  if (from !== undefined && to !== undefined && from !== to) {
    return { leavesCluster: { server: from, resources: manifests.filter((one) => !isHook(one)).length } };
  }
  const rendered = new Map(manifests.map((manifest) => [keyText(keyOf(manifest)), manifest]));
  const leaving = changes.flatMap(({ key, action, hook }): readonly Leaving[] => {
    const manifest = action === 'delete' && !hook ? rendered.get(keyText(key)) : undefined;
    return manifest === undefined ? [] : [{ key, ...fateOf(manifest, options, after === undefined) }];
  });
  return leaving.length === 0 ? {} : { leaving, ...approved };
}

/** What one application of a change will desire, and where. */
export interface Arrival {
  readonly application: string;
  readonly server: string | undefined;
  readonly desired: ReadonlySet<string>;
}

/** Where an application and what it is rendered to will be. */
export function arrivalOf(
  name: string,
  after: Application | undefined,
  manifests: readonly Manifest[],
  head: Pick<Catalogue, 'settings'>,
): Arrival {
  return {
    application: name,
    server: serverOf(after, head),
    desired: new Set(manifests.map((manifest) => keyText(keyOf(manifest)))),
  };
}

/** A preview in which what another application of the same cluster has from then on moves to that one. */
export function withMoves(
  preview: ApplicationPreview,
  server: string | undefined,
  arrivals: readonly Arrival[],
): ApplicationPreview {
  if (preview.leaving === undefined || server === undefined) return preview;
  const others = arrivals.filter((one) => one.application !== preview.application && one.server === server);
  const leaving = preview.leaving.map((one): Leaving => {
    const to = others.find(({ desired }) => desired.has(keyText(one.key)));
    return to === undefined ? one : { key: one.key, fate: 'moves', because: to.application };
  });
  return { ...preview, leaving };
}

/** Undefined where nobody knows where it goes. */
export function serverOf(
  application: Application | undefined,
  { settings }: Pick<Catalogue, 'settings'>,
): string | undefined {
  if (application === undefined) return undefined;
  try {
    return clusterOf(application, settings.clusters).server;
  } catch {
    return undefined;
  }
}
