/** One resource that the server serves: what discovery tells of it, and how its objects behave. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Subresources with endpoints: `status`, `scale`. */
  readonly subresources: readonly string[];
  /** Name of the type in the schema table; undefined for custom resources. */
  readonly type: string | undefined;
  /** Whether `metadata.generation` counts the changes of its spec. */
  readonly generation: boolean;
  /** Set for custom resources: which version of which CustomResourceDefinition. */
  readonly custom?: string;
}

/**
 * The built-in kinds, a line each: kind, plural, scope, then flags. Plurals, short names, categories and subresources are
 * what `kubectl api-resources -o wide` prints on Kubernetes 1.36.
 * Flags: `g` counts generations, `s` has /status, `c` has /scale, `a` is in the category `all`; a word starting with `=` is a short name,
 * one starting with `:` the name of the type where it is not `V1<Kind>`.
 */
const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  v1: [
    'ConfigMap configmaps ns =cm',
    'Endpoints endpoints ns =ep',
    'Event events ns =ev :CoreV1Event',
    'LimitRange limitranges ns =limits',
    'Namespace namespaces - s =ns',
    'Node nodes - s =no',
    'PersistentVolume persistentvolumes - s =pv',
    'PersistentVolumeClaim persistentvolumeclaims ns s =pvc',
    'Pod pods ns gsa =po',
    'PodTemplate podtemplates ns g',
    'ReplicationController replicationcontrollers ns gsca =rc',
    'ResourceQuota resourcequotas ns s =quota',
    'Secret secrets ns',
    'Service services ns sa =svc',
    'ServiceAccount serviceaccounts ns =sa',
  ],
  'admissionregistration.k8s.io/v1': [
    'MutatingWebhookConfiguration mutatingwebhookconfigurations - g',
    'ValidatingAdmissionPolicy validatingadmissionpolicies - gs',
    'ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings - g',
    'ValidatingWebhookConfiguration validatingwebhookconfigurations - g',
  ],
  'apiextensions.k8s.io/v1': ['CustomResourceDefinition customresourcedefinitions - gs =crd =crds'],
  'apiregistration.k8s.io/v1': ['APIService apiservices - s'],
  'apps/v1': [
    'ControllerRevision controllerrevisions ns',
    'DaemonSet daemonsets ns gsa =ds',
    'Deployment deployments ns gsca =deploy',
    'ReplicaSet replicasets ns gsca =rs',
    'StatefulSet statefulsets ns gsca =sts',
  ],
  'autoscaling/v2': ['HorizontalPodAutoscaler horizontalpodautoscalers ns sa =hpa :V2HorizontalPodAutoscaler'],
  'batch/v1': ['CronJob cronjobs ns gsa =cj', 'Job jobs ns gsa'],
  'coordination.k8s.io/v1': ['Lease leases ns'],
  'discovery.k8s.io/v1': ['EndpointSlice endpointslices ns g'],
  'events.k8s.io/v1': ['Event events ns =ev :EventsV1Event'],
  'networking.k8s.io/v1': [
    'Ingress ingresses ns gs =ing',
    'IngressClass ingressclasses - g',
    'NetworkPolicy networkpolicies ns g =netpol',
  ],
  'node.k8s.io/v1': ['RuntimeClass runtimeclasses -'],
  'policy/v1': ['PodDisruptionBudget poddisruptionbudgets ns gs =pdb'],
  'rbac.authorization.k8s.io/v1': [
    'ClusterRole clusterroles -',
    'ClusterRoleBinding clusterrolebindings -',
    'Role roles ns',
    'RoleBinding rolebindings ns',
  ],
  'scheduling.k8s.io/v1': ['PriorityClass priorityclasses - g =pc'],
  'storage.k8s.io/v1': [
    'CSIDriver csidrivers -',
    'CSINode csinodes -',
    'CSIStorageCapacity csistoragecapacities ns',
    'StorageClass storageclasses - =sc',
    'VolumeAttachment volumeattachments - s',
  ],
};

/** The built-in resources, in the order in which discovery lists them. */
export function builtInResources(): readonly Resource[] {
  return Object.entries(BUILT_IN).flatMap(([apiVersion, lines]) => lines.map((line) => parseLine(apiVersion, line)));
}

function parseLine(apiVersion: string, line: string): Resource {
  const [kind = '', plural = '', scope = '', ...rest] = line.split(' ');
  const flags = rest.filter((word) => /^[gsca]+$/.test(word)).join('');
  const slash = apiVersion.indexOf('/');
  return {
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind,
    plural,
    singular: kind.toLowerCase(),
    namespaced: scope === 'ns',
    shortNames: rest.filter((word) => word.startsWith('=')).map((word) => word.slice(1)),
    categories: flags.includes('a') ? ['all'] : kind === 'CustomResourceDefinition' ? ['api-extensions'] : [],
    subresources: [
      ...(flags.includes('s') ? ['status'] : []),
      ...(flags.includes('c') ? ['scale'] : []),
      ...(kind === 'Pod' ? ['log'] : []),
      ...(kind === 'Namespace' ? ['finalize'] : []),
    ],
    type: rest.find((word) => word.startsWith(':'))?.slice(1) ?? `V1${kind}`,
    generation: flags.includes('g'),
  };
}
