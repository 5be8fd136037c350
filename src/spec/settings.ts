import type { Customisations } from './customisations.ts';

/**
 * A cluster that applications are deployed to, from a Secret in Argo CD's format
 * (`argocd.argoproj.io/secret-type: cluster`) in the control repository. Credentials are references
 * (`env:NAME`, `ssm:NAME`, `secretsmanager:NAME`), resolved only by the function that connects.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters
 */
export interface ClusterRegistration {
  readonly name: string;
  readonly server: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The namespaces that trimtab may use in it; empty for all. */
  readonly namespaces: readonly string[];
  /** What lives outside of namespaces may be used although `namespaces` are named. */
  readonly clusterResources?: true;
  readonly project?: string;
  /** The user as whom requests are made, never from Git: `system:serviceaccount:shop:deployer`. */
  readonly impersonate?: string;
  readonly config: {
    readonly bearerToken?: string;
    readonly username?: string;
    readonly password?: string;
    /** EKS: the token is made from the role of the function that connects, or from one that it assumes. */
    readonly awsAuthConfig?: { readonly clusterName: string; readonly roleARN?: string; readonly profile?: string };
    /** A program that gives credentials: on a laptop only. */
    readonly execProviderConfig?: {
      readonly command: string;
      readonly args?: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
      readonly apiVersion?: string;
      readonly installHint?: string;
    };
    /** `http://HOST:PORT`, `https://HOST:PORT` or `socks5://HOST:PORT`. */
    readonly proxyUrl?: string;
    /** Answers are not asked for in gzip. */
    readonly disableCompression?: boolean;
    readonly tlsClientConfig?: {
      readonly insecure?: boolean;
      readonly serverName?: string;
      readonly caData?: string;
      readonly certData?: string;
      readonly keyData?: string;
    };
  };
}

/**
 * A repository, or all whose URLs begin alike, from a Secret in Argo CD's format (`argocd.argoproj.io/secret-type:
 * repository` or `repo-creds`) in the control repository. Passwords, tokens and keys are references (`env:NAME`,
 * `ssm:NAME`, `secretsmanager:NAME`), resolved only by what downloads.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#repositories
 */
export interface RepositoryRegistration {
  readonly url: string;
  /** That repository alone, or every one whose URL begins with it. */
  readonly covers: 'one' | 'prefix';
  readonly name?: string;
  /** The only project whose applications it counts for. */
  readonly project?: string;
  readonly username?: string;
  readonly password?: string;
  readonly bearerToken?: string;
  readonly tlsClientCertData?: string;
  readonly tlsClientCertKey?: string;
  /** Certificates are not checked. */
  readonly insecure?: true;
  /** An OCI registry, whether its URL says so or not. */
  readonly oci?: true;
  /** A registry without TLS: `insecureOCIForceHttp`. */
  readonly http?: true;
}

/** How a registered repository is reached. Credentials are references still. */
export interface RepositoryAccess
  extends Pick<
    RepositoryRegistration,
    'username' | 'password' | 'bearerToken' | 'tlsClientCertData' | 'tlsClientCertKey' | 'insecure' | 'oci' | 'http'
  > {
  /** Certificate authorities (PEM) of its host, in place of the usual ones. */
  readonly ca?: string;
}

/** The server by which Argo CD names the cluster that it runs in; for trimtab: the cluster of the kubeconfig. */
export const IN_CLUSTER = { name: 'in-cluster', server: 'https://kubernetes.default.svc' } as const;

/** One condition of a trigger. https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/triggers/ */
export interface TriggerCondition {
  readonly when: string;
  readonly send: readonly string[];
  readonly oncePer?: string;
  readonly description?: string;
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/templates/ */
export interface NotificationTemplate {
  readonly message?: string;
  readonly slack?: { readonly attachments?: string; readonly blocks?: string; readonly groupingKey?: string };
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/subscriptions/#default-subscriptions */
export interface GlobalSubscription {
  readonly recipients: readonly string[];
  readonly triggers: readonly string[];
  readonly selector?: string;
}

/** `argocd-notifications-cm`, read. */
export interface NotificationSettings {
  readonly triggers: Readonly<Record<string, readonly TriggerCondition[]>>;
  readonly templates: Readonly<Record<string, NotificationTemplate>>;
  readonly subscriptions: readonly GlobalSubscription[];
  readonly defaultTriggers: readonly string[];
  /** `defaultTriggers.<service>`: what holds for one service instead. */
  readonly defaultTriggersOf?: Readonly<Record<string, readonly string[]>>;
  readonly context: Readonly<Record<string, string>>;
}

/** Everything that the control repository says beside its applications and projects. */
export interface Settings {
  readonly clusters: readonly ClusterRegistration[];
  readonly repositories: readonly RepositoryRegistration[];
  /** `data` of `argocd-tls-certs-cm`: host → PEM. */
  readonly certificates?: Readonly<Record<string, string>>;
  readonly notifications: NotificationSettings;
  /** What `argocd-cm` says of resources: health, differences, what is left out. */
  readonly customisations: Customisations;
  /** `data` of `argocd-cm`. */
  readonly argocd: Readonly<Record<string, string>>;
  /** `data` of `argocd-rbac-cm`. */
  readonly rbac?: Readonly<Record<string, string>>;
  /** `data` of `argocd-cmd-params-cm`. */
  readonly parameters?: Readonly<Record<string, string>>;
}
