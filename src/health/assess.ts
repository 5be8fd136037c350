import { FINALIZER } from '../spec/annotations.ts';
import { groupOf, type Manifest } from '../spec/manifest.ts';
import type { Health } from '../spec/operation.ts';
import { conventionalHealth } from './convention.ts';
import { customRule } from './custom/index.ts';
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

/** `group/Kind` → what says how it is, for the kinds that Argo CD has built in. */
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
 * How a live object is. `customised` is the verdict of the user's own script for it, if there is one (Unknown where the
 * script failed), and beats what is built in; kinds that nobody knows go by the conventions of Kubernetes' controllers.
 * Undefined where a kind has no health (a ConfigMap is there, or it is not). What is being deleted is Progressing,
 * unless it is a hook that is only held for its sync. Never throws.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/health/
 */
export function assess(live: Manifest, customised?: Health): Health | undefined {
  const { deletionTimestamp, finalizers = [] } = live.metadata;
  if (deletionTimestamp !== undefined && !finalizers.includes(FINALIZER.hook)) {
    return { status: 'Progressing', message: 'Pending deletion' };
  }
  if (customised !== undefined) return customised;
  const group = groupOf(live.apiVersion);
  const kind = `${group}/${live.kind}`;
  const rule = (Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined) ?? customRule(group, live.kind);
  return rule === undefined ? conventionalHealth(live) : rule(live);
}
