import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { assess } from '../../src/health/assess.ts';
import type { Manifest } from '../../src/spec/manifest.ts';
import type { HealthStatus } from '../../src/spec/operation.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');

function fixture(name: string): Manifest {
  return parse(readFileSync(join(FIXTURES, `${name}.yaml`), 'utf8'));
}

/** One line a file: the file, its verdict, and the message where it matters. */
const VERDICTS: [name: string, status: HealthStatus, message?: string][] = [
  ['alertmanager-down-degraded', 'Degraded'],
  ['analysis-run-failed-degraded', 'Degraded', 'metric too high'],
  ['analysis-run-inconclusive-unknown', 'Unknown'],
  ['api-service-healthy', 'Healthy'],
  ['api-service-new-progressing', 'Progressing'],
  ['api-service-progressing', 'Progressing', 'MissingEndpoints: no endpoints'],
  ['application-degraded', 'Degraded', 'one pod crashes'],
  ['application-new-progressing', 'Progressing'],
  ['application-set-refused-degraded', 'Degraded'],
  ['capi-cluster-failing-degraded', 'Degraded', 'quota exceeded'],
  ['capi-cluster-healthy', 'Healthy'],
  ['capi-cluster-paused-suspended', 'Suspended'],
  ['capi-cluster-provisioning-progressing', 'Progressing'],
  ['capi-machine-deployment-scaling-progressing', 'Progressing'],
  ['capi-machine-health-check-degraded', 'Degraded', '1 of 3 machines are healthy'],
  ['certificate-healthy', 'Healthy', 'Certificate is up to date'],
  ['certificate-new-progressing', 'Progressing'],
  ['certificate-refused-degraded', 'Degraded', 'the issuer does not exist'],
  ['certificate-renewed-progressing', 'Progressing', 'Renewing certificate'],
  ['certificate-request-denied-degraded', 'Degraded', 'by policy'],
  ['certificate-request-pending-progressing', 'Progressing'],
  ['challenge-pending-progressing', 'Progressing'],
  ['cluster-external-secret-partial-degraded', 'Degraded'],
  ['cluster-issuer-healthy', 'Healthy'],
  ['cnpg-backup-failed-degraded', 'Degraded', 'no credentials'],
  ['cnpg-cluster-failover-degraded', 'Degraded', 'primary unreachable'],
  ['cnpg-cluster-healthy', 'Healthy'],
  ['cnpg-cluster-hibernated-suspended', 'Suspended'],
  ['cnpg-cluster-setting-up-progressing', 'Progressing'],
  ['cron-job-failed-degraded', 'Degraded', 'The last run did not succeed'],
  ['cron-job-first-run-healthy', 'Healthy'],
  ['cron-job-new-progressing', 'Progressing'],
  ['cron-job-not-scheduled-healthy', 'Healthy'],
  ['cron-job-running-healthy', 'Healthy'],
  ['cron-job-succeeded-healthy', 'Healthy'],
  ['cron-job-suspended-healthy', 'Healthy'],
  ['crossplane-bucket-creating-progressing', 'Progressing'],
  ['crossplane-bucket-paused-suspended', 'Suspended'],
  ['crossplane-bucket-ready-healthy', 'Healthy'],
  ['crossplane-bucket-refused-degraded', 'Degraded', 'access denied'],
  ['crossplane-claim-of-own-group-degraded', 'Degraded'],
  ['crossplane-provider-config-healthy', 'Healthy'],
  ['crossplane-provider-degraded', 'Degraded'],
  ['custom-resource-definition-healthy', 'Healthy'],
  ['custom-resource-definition-installing-progressing', 'Progressing'],
  ['custom-resource-definition-names-taken-degraded', 'Degraded', 'plural in use'],
  ['daemon-set-few-updated-progressing', 'Progressing', 'Rolling out: 1 of 3 new pods are made'],
  ['daemon-set-healthy', 'Healthy'],
  ['daemon-set-not-observed-progressing', 'Progressing'],
  ['daemon-set-on-delete-healthy', 'Healthy'],
  ['daemon-set-unavailable-progressing', 'Progressing', 'Rolling out: 2 of 3 pods are available'],
  ['deployment-being-deleted-progressing', 'Progressing', 'Pending deletion'],
  ['deployment-deadline-degraded', 'Degraded', 'Deployment web exceeded its progress deadline'],
  ['deployment-few-updated-progressing', 'Progressing', 'Rolling out: 1 of 3 new pods are made'],
  ['deployment-healthy', 'Healthy'],
  ['deployment-not-observed-progressing', 'Progressing'],
  ['deployment-old-pods-progressing', 'Progressing', 'Rolling out: 1 old pods are still to end'],
  ['deployment-paused-suspended', 'Suspended', 'The Deployment is paused'],
  ['deployment-scaled-to-zero-healthy', 'Healthy'],
  ['deployment-unavailable-progressing', 'Progressing', 'Rolling out: 2 of 3 new pods are available'],
  ['experiment-running-progressing', 'Progressing'],
  ['external-secret-healthy', 'Healthy'],
  ['external-secret-new-progressing', 'Progressing'],
  ['external-secret-no-store-degraded', 'Degraded'],
  ['flux-git-repository-not-observed-progressing', 'Progressing'],
  ['flux-helm-release-progressing', 'Progressing'],
  ['flux-helm-release-stalled-degraded', 'Degraded'],
  ['flux-kustomization-failed-degraded', 'Degraded', 'build failed'],
  ['flux-kustomization-healthy', 'Healthy'],
  ['flux-kustomization-suspended', 'Suspended'],
  ['flux-oci-helm-repository-healthy', 'Healthy'],
  ['gateway-listener-degraded', 'Degraded', 'no certificate'],
  ['horizontal-pod-autoscaler-healthy', 'Healthy'],
  ['horizontal-pod-autoscaler-limited-healthy', 'Healthy'],
  ['horizontal-pod-autoscaler-new-progressing', 'Progressing'],
  ['horizontal-pod-autoscaler-no-metric-degraded', 'Degraded', 'no metrics'],
  ['horizontal-pod-autoscaler-no-target-degraded', 'Degraded'],
  ['horizontal-pod-autoscaler-v1-broken-unknown', 'Unknown'],
  ['horizontal-pod-autoscaler-v1-degraded', 'Degraded', 'selector is required'],
  ['horizontal-pod-autoscaler-v1-progressing', 'Progressing'],
  ['http-route-refused-degraded', 'Degraded', 'no such Service'],
  ['ingress-extensions-healthy', 'Healthy'],
  ['ingress-extensions-progressing', 'Progressing'],
  ['ingress-healthy', 'Healthy'],
  ['ingress-progressing', 'Progressing'],
  ['issuer-refused-degraded', 'Degraded'],
  ['job-complete-healthy', 'Healthy'],
  ['job-failed-degraded', 'Degraded', 'Job has reached the specified backoff limit'],
  ['job-resumed-healthy', 'Healthy'],
  ['job-running-progressing', 'Progressing'],
  ['job-suspended', 'Suspended'],
  ['kafka-connect-paused-suspended', 'Suspended'],
  ['kafka-creating-progressing', 'Progressing'],
  ['kafka-healthy', 'Healthy'],
  ['kafka-topic-refused-degraded', 'Degraded'],
  ['knative-revision-scaled-to-zero-healthy', 'Healthy'],
  ['knative-route-progressing', 'Progressing'],
  ['knative-service-healthy', 'Healthy'],
  ['knative-service-no-image-degraded', 'Degraded', 'Unable to fetch image'],
  ['order-errored-degraded', 'Degraded', 'rate limited'],
  ['order-valid-healthy', 'Healthy'],
  ['persistent-volume-claim-bound-healthy', 'Healthy'],
  ['persistent-volume-claim-lost-degraded', 'Degraded'],
  ['persistent-volume-claim-pending-progressing', 'Progressing'],
  ['persistent-volume-claim-without-phase-unknown', 'Unknown'],
  ['pod-config-degraded', 'Degraded', 'CreateContainerConfigError'],
  ['pod-crash-loop-degraded', 'Degraded', 'back-off 40s restarting failed container'],
  ['pod-crashed-before-degraded', 'Degraded'],
  ['pod-creating-progressing', 'Progressing'],
  ['pod-disruption-budget-none-allowed-healthy', 'Healthy'],
  ['pod-evicted-degraded', 'Degraded', 'The node was low on resource: memory.'],
  ['pod-exit-code-degraded', 'Degraded', 'container web failed with exit code 137'],
  ['pod-hook-progressing', 'Progressing'],
  ['pod-ignored-restart-policy-degraded', 'Degraded'],
  ['pod-ignored-restart-policy-ready-healthy', 'Healthy'],
  ['pod-image-degraded', 'Degraded', 'no such image'],
  ['pod-out-of-memory-degraded', 'Degraded', 'OOMKilled'],
  ['pod-pending-progressing', 'Progressing'],
  ['pod-ready-healthy', 'Healthy'],
  ['pod-running-once-progressing', 'Progressing'],
  ['pod-starting-progressing', 'Progressing'],
  ['pod-succeeded-healthy', 'Healthy'],
  ['pod-unreachable-unknown', 'Unknown'],
  ['pod-waiting-once-progressing', 'Progressing'],
  ['prometheus-healthy', 'Healthy'],
  ['prometheus-rolling-progressing', 'Progressing'],
  ['replica-set-healthy', 'Healthy'],
  ['replica-set-not-observed-progressing', 'Progressing'],
  ['replica-set-quota-degraded', 'Degraded', 'exceeded quota: pods'],
  ['replica-set-unavailable-progressing', 'Progressing', 'Waiting for pods: 1 of 2 are available'],
  ['rollout-degraded', 'Degraded', 'aborted'],
  ['rollout-healthy', 'Healthy'],
  ['rollout-not-observed-progressing', 'Progressing'],
  ['rollout-old-version-steps-progressing', 'Progressing'],
  ['rollout-paused-suspended', 'Suspended', 'CanaryPauseStep'],
  ['scaled-job-unknown-degraded', 'Degraded'],
  ['scaled-object-fallback-degraded', 'Degraded'],
  ['scaled-object-healthy', 'Healthy'],
  ['scaled-object-paused-suspended', 'Suspended'],
  ['sealed-secret-no-key-degraded', 'Degraded', 'no key could decrypt secret'],
  ['sealed-secret-unsealed-healthy', 'Healthy'],
  ['secret-store-refused-degraded', 'Degraded'],
  ['service-cluster-ip-healthy', 'Healthy'],
  ['service-load-balancer-healthy', 'Healthy'],
  ['service-load-balancer-progressing', 'Progressing'],
  ['stateful-set-healthy', 'Healthy'],
  ['stateful-set-new-progressing', 'Progressing'],
  ['stateful-set-not-observed-progressing', 'Progressing'],
  ['stateful-set-not-ready-progressing', 'Progressing', 'Waiting for pods: 2 of 3 are ready'],
  ['stateful-set-on-delete-healthy', 'Healthy'],
  ['stateful-set-partition-healthy', 'Healthy'],
  ['stateful-set-partition-progressing', 'Progressing', 'Partitioned rollout: 1 of 2 pods are updated'],
  ['stateful-set-revision-progressing', 'Progressing'],
  ['unknown-kind-not-observed-progressing', 'Progressing'],
  ['unknown-kind-not-ready-progressing', 'Progressing', 'still at it'],
  ['unknown-kind-ready-healthy', 'Healthy', 'done'],
  ['unknown-kind-reconciling-progressing', 'Progressing', 'moving'],
  ['unknown-kind-stalled-degraded', 'Degraded', 'invalid spec'],
  ['unknown-kind-without-conditions-healthy', 'Healthy'],
  [
    'virtual-service-analysed-degraded',
    'Degraded',
    'IST0101 ReferencedResourceNotFound: https://istio.io/latest/docs/reference/config/analysis/ist0101/',
  ],
  ['virtual-service-warned-healthy', 'Healthy'],
  ['workflow-error-degraded', 'Degraded'],
  ['workflow-failed-degraded', 'Degraded', 'said by the workflow'],
  ['workflow-new-progressing', 'Progressing'],
  ['workflow-omitted-unknown', 'Unknown'],
  ['workflow-pending-progressing', 'Progressing'],
  ['workflow-running-progressing', 'Progressing'],
  ['workflow-succeeded-healthy', 'Healthy'],
];

describe('the health of a kind', () => {
  it.each(VERDICTS)('%s is %s', (...[name, status, message]) => {
    const health = assess(fixture(name));
    expect(health?.status).toBe(status);
    if (message !== undefined) expect(health?.message).toBe(message);
  });

  it('has a line above for every fixture, and each fixture is named by its verdict', () => {
    const files = readdirSync(FIXTURES).map((file) => file.replace(/\.yaml$/, ''));
    expect(VERDICTS.map(([name]) => name).sort()).toEqual(files.sort());
    for (const [name, status] of VERDICTS) expect(name).toMatch(new RegExp(`-${status.toLowerCase()}$`));
  });
});

describe('assess', () => {
  it('knows no health of a ConfigMap, nor of a Deployment of another group', () => {
    const metadata = { name: 'settings' };
    expect(assess({ apiVersion: 'v1', kind: 'ConfigMap', metadata })).toBeUndefined();
    expect(assess({ apiVersion: 'acme.example/v1', kind: 'Deployment', metadata })).toBeUndefined();
    expect(assess({ apiVersion: 'v1', kind: 'constructor', metadata })).toBeUndefined();
  });

  it("lets the user's own script win over the built-in rule, but not over the deletion", () => {
    const customised = { status: 'Suspended', message: 'by script' } as const;
    expect(assess(fixture('deployment-healthy'), customised)).toEqual(customised);
    expect(assess(fixture('deployment-being-deleted-progressing'), customised)?.message).toBe('Pending deletion');
  });

  it('looks at a deleted hook that is only held for its sync as at any other', () => {
    const held = fixture('job-complete-healthy');
    const metadata = {
      ...held.metadata,
      deletionTimestamp: '2026-01-31T08:00:00Z',
      finalizers: ['argocd.argoproj.io/hook-finalizer'],
    };
    expect(assess({ ...held, metadata })?.status).toBe('Healthy');
  });
});
