import { FINALIZER } from '../spec/annotations.ts';
import { groupOf, type Manifest } from '../spec/manifest.ts';
import type { Health } from '../spec/operation.ts';
import { apiServiceHealth } from './kinds/api-service.ts';
import { applicationKindHealth } from './kinds/application.ts';
import { cronJobHealth } from './kinds/cron-job.ts';
import { daemonSetHealth } from './kinds/daemon-set.ts';
import { deploymentHealth } from './kinds/deployment.ts';
import { horizontalPodAutoscalerHealth } from './kinds/horizontal-pod-autoscaler.ts';
import { ingressHealth } from './kinds/ingress.ts';
import { jobHealth } from './kinds/job.ts';
import { persistentVolumeClaimHealth } from './kinds/persistent-volume-claim.ts';
import { podHealth } from './kinds/pod.ts';
import { replicaSetHealth } from './kinds/replica-set.ts';
import { serviceHealth } from './kinds/service.ts';
import { statefulSetHealth } from './kinds/stateful-set.ts';
import { workflowHealth } from './kinds/workflow.ts';

/** `group/Kind` → what says how it is. Kinds that are not here have no health of their own. */
const KINDS: Readonly<Record<string, (live: Manifest) => Health>> = {
  '/PersistentVolumeClaim': persistentVolumeClaimHealth,
  '/Pod': podHealth,
  '/Service': serviceHealth,
  'apiregistration.k8s.io/APIService': apiServiceHealth,
  'apps/DaemonSet': daemonSetHealth,
  'apps/Deployment': deploymentHealth,
  'apps/ReplicaSet': replicaSetHealth,
  'apps/StatefulSet': statefulSetHealth,
  'argoproj.io/Application': applicationKindHealth,
  'argoproj.io/Workflow': workflowHealth,
  'autoscaling/HorizontalPodAutoscaler': horizontalPodAutoscalerHealth,
  'batch/CronJob': cronJobHealth,
  'batch/Job': jobHealth,
  'extensions/Ingress': ingressHealth,
  'networking.k8s.io/Ingress': ingressHealth,
};

/**
 * How a live object is; undefined for kinds that have no health (a ConfigMap is there, or it is not). What is being
 * deleted is Progressing, unless it is a hook that is only held for its sync. `customised` is the verdict of the user's
 * own script for this object, if there is one (Unknown where the script failed). Never throws.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/health/
 */
export function assess(live: Manifest, customised?: Health): Health | undefined {
  const { deletionTimestamp, finalizers = [] } = live.metadata;
  if (deletionTimestamp !== undefined && !finalizers.includes(FINALIZER.hook)) {
    return { status: 'Progressing', message: 'Pending deletion' };
  }
  if (customised !== undefined) return customised;
  const kind = `${groupOf(live.apiVersion)}/${live.kind}`;
  return Object.hasOwn(KINDS, kind) ? KINDS[kind]?.(live) : undefined;
}
