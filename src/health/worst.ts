import { type ResourceKey, resourceText } from '../spec/manifest.ts';
import { HEALTH_ORDER, type Health } from '../spec/operation.ts';

/** The worst of several; the first of those that are equally bad; Healthy of none. */
export function worst(healths: readonly Health[]): Health {
  return healths.reduce<Health>((found, each) => (rank(each) > rank(found) ? each : found), {
    status: 'Healthy',
    message: '',
  });
}

function rank({ status }: Health): number {
  return HEALTH_ORDER.indexOf(status);
}

/** A resource, as the health of its application looks at it; `ResourceStatus` is one. */
export interface ResourceHealth {
  readonly key: ResourceKey;
  /** Undefined for kinds without health; Missing for what is not in the cluster. */
  readonly health?: Health;
  readonly hook: boolean;
  /** Annotated with `argocd.argoproj.io/ignore-healthcheck: "true"`. */
  readonly ignored?: boolean;
}

/**
 * The health of an application: the worst of its resources, which its message names. Hooks and what is annotated to be
 * ignored do not count, nor do resources that are missing (that is OutOfSync) and child Applications whose health nobody
 * knows. Missing when it has resources and none of them is there.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#how-health-is-determined
 */
export function applicationHealth(resources: readonly ResourceHealth[]): Health {
  const own = resources.filter(({ hook }) => !hook);
  if (own.length > 0 && own.every(isMissing)) return { status: 'Missing', message: 'None of its resources is there' };
  return worst(own.filter((resource) => !isMissing(resource) && counts(resource)).flatMap(named));
}

function isMissing({ health }: ResourceHealth): boolean {
  return health?.status === 'Missing';
}

function counts({ key, health, ignored }: ResourceHealth): boolean {
  const isChild = key.group === 'argoproj.io' && key.kind === 'Application';
  return ignored !== true && !(isChild && health?.status === 'Unknown');
}

function named({ key, health }: ResourceHealth): readonly Health[] {
  if (health === undefined) return [];
  if (health.status === 'Healthy') return [{ status: 'Healthy', message: '' }];
  const message = [resourceText(key), health.message].filter((part) => part !== '').join(': ');
  return [{ status: health.status, message }];
}
