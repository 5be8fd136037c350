/**
 * Which lists of the built-in kinds are merged item by item, and by which keys: `x-kubernetes-list-type` and `-map-keys` of the
 * Kubernetes API. A list that is not named here is atomic: it is replaced as a whole and owned as a whole.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
const LIST_KEYS: Readonly<Record<string, string>> = {
  'V1Container.env': 'name',
  'V1Container.ports': 'containerPort protocol',
  'V1Container.volumeDevices': 'devicePath',
  'V1Container.volumeMounts': 'mountPath',
  'V1ContainerStatus.volumeMounts': 'mountPath',
  'V1CSINodeSpec.drivers': 'name',
  'V1DaemonSetStatus.conditions': 'type',
  'V1DeploymentStatus.conditions': 'type',
  'V1EphemeralContainer.env': 'name',
  'V1EphemeralContainer.ports': 'containerPort protocol',
  'V1EphemeralContainer.volumeDevices': 'devicePath',
  'V1EphemeralContainer.volumeMounts': 'mountPath',
  'V1MutatingWebhook.matchConditions': 'name',
  'V1MutatingWebhookConfiguration.webhooks': 'name',
  'V1NamespaceStatus.conditions': 'type',
  'V1NodeStatus.addresses': 'type',
  'V1NodeStatus.conditions': 'type',
  'V1ObjectMeta.ownerReferences': 'uid',
  'V1PersistentVolumeClaimStatus.conditions': 'type',
  'V1PodDisruptionBudgetStatus.conditions': 'type',
  'V1PodSpec.containers': 'name',
  'V1PodSpec.ephemeralContainers': 'name',
  'V1PodSpec.hostAliases': 'ip',
  'V1PodSpec.imagePullSecrets': 'name',
  'V1PodSpec.initContainers': 'name',
  'V1PodSpec.resourceClaims': 'name',
  'V1PodSpec.schedulingGates': 'name',
  'V1PodSpec.topologySpreadConstraints': 'topologyKey whenUnsatisfiable',
  'V1PodSpec.volumes': 'name',
  'V1PodStatus.conditions': 'type',
  'V1PodStatus.podIPs': 'ip',
  'V1PodStatus.resourceClaimStatuses': 'name',
  'V1ReplicaSetStatus.conditions': 'type',
  'V1ReplicationControllerStatus.conditions': 'type',
  'V1ResourceRequirements.claims': 'name',
  'V1ServiceAccount.secrets': 'name',
  'V1ServiceSpec.ports': 'port protocol',
  'V1ServiceStatus.conditions': 'type',
  'V1StatefulSetStatus.conditions': 'type',
  'V1ValidatingAdmissionPolicySpec.matchConditions': 'name',
  'V1ValidatingAdmissionPolicySpec.variables': 'name',
  'V1ValidatingAdmissionPolicyStatus.conditions': 'type',
  'V1ValidatingWebhook.matchConditions': 'name',
  'V1ValidatingWebhookConfiguration.webhooks': 'name',
  'V2HorizontalPodAutoscalerStatus.conditions': 'type',
};

/** Lists whose items are plain values, each owned for itself. */
const SETS: ReadonlySet<string> = new Set([
  'V1CSIDriverSpec.volumeLifecycleModes',
  'V1Endpoint.addresses',
  'V1NodeSpec.podCIDRs',
  'V1ObjectMeta.finalizers',
  'V1PodFailurePolicyOnExitCodesRequirement.values',
  'V1UncountedTerminatedPods.failed',
  'V1UncountedTerminatedPods.succeeded',
  'V1ValidatingAdmissionPolicyBindingSpec.validationActions',
]);

/**
 * Lists that a strategic merge patch replaces, though server-side apply merges them: they have no
 * `x-kubernetes-patch-strategy`.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */
const PATCHED_WHOLE: ReadonlySet<string> = new Set([
  'V1CSIDriverSpec.volumeLifecycleModes',
  'V1Endpoint.addresses',
  'V1PodFailurePolicyOnExitCodesRequirement.values',
  'V1ResourceRequirements.claims',
  'V1UncountedTerminatedPods.failed',
  'V1UncountedTerminatedPods.succeeded',
  'V1ValidatingAdmissionPolicyBindingSpec.validationActions',
]);

/** Other strategies of a strategic merge patch than merging a list. */
const PATCH_STRATEGIES: Readonly<Record<string, string>> = {
  'V1DeploymentSpec.strategy': 'retainKeys',
  'V1PodDisruptionBudgetSpec.selector': 'replace',
  'V1PodSpec.resourceClaims': 'merge,retainKeys',
  'V1PodSpec.volumes': 'merge,retainKeys',
};

/** Objects that are owned and replaced as a whole (`x-kubernetes-map-type: atomic`). */
const ATOMIC_TYPES: ReadonlySet<string> = new Set([
  'CoreV1EndpointPort',
  'DiscoveryV1EndpointPort',
  'RbacV1Subject',
  'V1ConfigMapKeySelector',
  'V1CrossVersionObjectReference',
  'V1EndpointAddress',
  'V1FileKeySelector',
  'V1LabelSelector',
  'V1LocalObjectReference',
  'V1MatchResources',
  'V1NamedRuleWithOperations',
  'V1NodeSelector',
  'V1NodeSelectorTerm',
  'V1ObjectFieldSelector',
  'V1ObjectReference',
  'V1OwnerReference',
  'V1ParamKind',
  'V1ParamRef',
  'V1ResourceFieldSelector',
  'V1RoleRef',
  'V1ScopeSelector',
  'V1SecretKeySelector',
  'V1SecretReference',
  'V1ServiceBackendPort',
  'V1TopologySelectorTerm',
  'V1TypedLocalObjectReference',
  'V1Variable',
]);

/** Maps of plain values that are replaced as a whole. */
const ATOMIC_MAPS: ReadonlySet<string> = new Set([
  'V1PodSpec.nodeSelector',
  'V1ReplicationControllerSpec.selector',
  'V1Scheduling.nodeSelector',
  'V1ServiceSpec.selector',
]);

/** How a list field of a built-in type merges; keys are empty for anything but `map`. */
export function listTypeOf(
  type: string,
  field: string,
): { readonly listType: 'atomic' | 'set' | 'map'; readonly keys: readonly string[] } {
  const keys = LIST_KEYS[`${type}.${field}`];
  if (keys !== undefined) return { listType: 'map', keys: keys.split(' ') };
  return { listType: SETS.has(`${type}.${field}`) ? 'set' : 'atomic', keys: [] };
}

/** `x-kubernetes-patch-strategy` of a field of a built-in type; '' where it has none. */
export function patchStrategyOf(type: string, field: string): string {
  const { listType } = listTypeOf(type, field);
  const merges = listType !== 'atomic' && !PATCHED_WHOLE.has(`${type}.${field}`);
  return PATCH_STRATEGIES[`${type}.${field}`] ?? (merges ? 'merge' : '');
}

/** Whether objects of this type are owned as a whole. */
export function isAtomicType(type: string): boolean {
  return ATOMIC_TYPES.has(type);
}

/** Whether this map field is owned as a whole. */
export function isAtomicMap(type: string, field: string): boolean {
  return ATOMIC_MAPS.has(`${type}.${field}`);
}
