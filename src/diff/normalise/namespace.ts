import { groupOf, type Manifest } from '../../spec/manifest.ts';
import type { ApiKind } from '../../spec/ports.ts';
import { isMap } from '../json.ts';

/** Kubernetes' own kinds that live outside of namespaces, for previews: they know no cluster. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  '/Namespace',
  '/Node',
  '/PersistentVolume',
  '/ComponentStatus',
  'admissionregistration.k8s.io/MutatingAdmissionPolicy',
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'apiextensions.k8s.io/CustomResourceDefinition',
  'apiregistration.k8s.io/APIService',
  'authentication.k8s.io/TokenReview',
  'authentication.k8s.io/SelfSubjectReview',
  'authorization.k8s.io/SelfSubjectAccessReview',
  'authorization.k8s.io/SelfSubjectRulesReview',
  'authorization.k8s.io/SubjectAccessReview',
  'certificates.k8s.io/CertificateSigningRequest',
  'certificates.k8s.io/ClusterTrustBundle',
  'flowcontrol.apiserver.k8s.io/FlowSchema',
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration',
  'gateway.networking.k8s.io/GatewayClass',
  'networking.k8s.io/IngressClass',
  'networking.k8s.io/IPAddress',
  'networking.k8s.io/ServiceCIDR',
  'node.k8s.io/RuntimeClass',
  'policy/PodSecurityPolicy',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'resource.k8s.io/DeviceClass',
  'resource.k8s.io/ResourceSlice',
  'scheduling.k8s.io/PriorityClass',
  'snapshot.storage.k8s.io/VolumeSnapshotClass',
  'snapshot.storage.k8s.io/VolumeSnapshotContent',
  'storage.k8s.io/CSIDriver',
  'storage.k8s.io/CSINode',
  'storage.k8s.io/StorageClass',
  'storage.k8s.io/VolumeAttachment',
  'storage.k8s.io/VolumeAttributesClass',
  'cert-manager.io/ClusterIssuer',
  'external-secrets.io/ClusterExternalSecret',
  'external-secrets.io/ClusterSecretStore',
]);

/**
 * Manifests with the namespace that they will have in the cluster: the destination's where a namespaced kind names
 * none, and none where the kind is cluster-scoped (the API server refuses one there; charts often write it).
 * What is namespaced is asked of `kinds` (the cluster's; empty when it is not known), then of the
 * CustomResourceDefinitions among the manifests, then of the kinds that we know; anything else is namespaced.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/ (destination.namespace)
 */
export function withNamespace(
  manifests: readonly Manifest[],
  kinds: readonly ApiKind[],
  namespace: string,
): readonly Manifest[] {
  const scopes = new Map<string, boolean>();
  for (const manifest of manifests) {
    const defined = definedKind(manifest);
    if (defined !== undefined) scopes.set(defined.kind, defined.namespaced);
  }
  for (const kind of kinds) scopes.set(`${kind.group}/${kind.kind}`, kind.namespaced);
  return manifests.map((manifest) => {
    const kind = `${groupOf(manifest.apiVersion)}/${manifest.kind}`;
    const namespaced = scopes.get(kind) ?? !CLUSTER_SCOPED.has(kind);
    return placed(manifest, namespaced, namespace);
  });
}

function placed(manifest: Manifest, namespaced: boolean, namespace: string): Manifest {
  const { namespace: given, ...metadata } = manifest.metadata;
  if (namespaced) {
    if (given !== undefined && given !== '') return manifest;
    return namespace === '' ? manifest : { ...manifest, metadata: { ...manifest.metadata, namespace } };
  }
  return given === undefined ? manifest : { ...manifest, metadata };
}

function definedKind(manifest: Manifest): { readonly kind: string; readonly namespaced: boolean } | undefined {
  const { spec } = manifest;
  if (manifest.kind !== 'CustomResourceDefinition' || !isMap(spec) || !isMap(spec['names'])) return undefined;
  return { kind: `${String(spec['group'])}/${String(spec['names']['kind'])}`, namespaced: spec['scope'] !== 'Cluster' };
}
