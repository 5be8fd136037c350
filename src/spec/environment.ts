import { Problem } from './problem.ts';

/**
 * Every environment variable that trimtab reads. Names that end in `_REF` hold references to secrets (`env:NAME`,
 * `file:PATH`, `ssm:NAME`, `secretsmanager:NAME`), resolved only by the function that needs them.
 */
export interface Environment {
  /** `owner/name` of the repository that holds Applications, AppProjects and settings. */
  readonly TRIMTAB_CONTROL_REPOSITORY: string;
  /** The number that GitHub shows as App ID. */
  readonly TRIMTAB_APP_ID: string;
  readonly TRIMTAB_PRIVATE_KEY_REF: string;
  readonly TRIMTAB_WEBHOOK_SECRET_REF: string;
  /** Base of GitHub's API; `https://HOST/api/v3` for GitHub Enterprise Server. */
  readonly TRIMTAB_GITHUB_API: string;
  /** Host in the repoURLs of Applications. */
  readonly TRIMTAB_GITHUB_HOST: string;
  readonly TRIMTAB_TABLE: string;
  /** URLs of the queues, one a kind of job. */
  readonly TRIMTAB_QUEUE_PREVIEW: string;
  readonly TRIMTAB_QUEUE_COMMAND: string;
  readonly TRIMTAB_QUEUE_REFRESH: string;
  readonly TRIMTAB_QUEUE_SYNC: string;
  readonly TRIMTAB_QUEUE_NOTIFY: string;
  /** Kubeconfig (its text) of `https://kubernetes.default.svc`, the cluster that Argo CD calls in-cluster. */
  readonly TRIMTAB_KUBECONFIG_REF: string;
  /**
   * Where the credentials of other clusters stand in SSM and Secrets Manager, ending in `/`: references that cluster
   * Secrets of the control repository make are below it.
   */
  readonly TRIMTAB_CLUSTER_SECRETS: string;
  /** The same for the credentials of chart repositories and registries that repository Secrets name. */
  readonly TRIMTAB_REPOSITORY_SECRETS: string;
  /**
   * `true`: the programs that cluster Secrets of the control repository name as givers of credentials are run, by the
   * command line and `trimtab dev`. Functions never run them.
   */
  readonly TRIMTAB_RUN_CREDENTIAL_PROGRAMS: string;
  readonly TRIMTAB_SLACK_TOKEN_REF: string;
  readonly TRIMTAB_SLACK_API: string;
  /** Keys the marks that stand for the values of Secrets. */
  readonly TRIMTAB_MARK_KEY_REF: string;
  /** Seconds between the waves of a sync, as Argo CD's ARGOCD_SYNC_WAVE_DELAY. */
  readonly TRIMTAB_SYNC_WAVE_DELAY: string;
  /** age identities that decrypt SOPS files, for the functions that refresh and sync; empty: none. */
  readonly TRIMTAB_SOPS_AGE_KEY_REF: string;
  /** Where checkouts and renders are kept between calls. */
  readonly TRIMTAB_CACHE: string;
  /** Paths of helm and kubectl; empty: those of the layer, or of the npm package. */
  readonly TRIMTAB_HELM: string;
  readonly TRIMTAB_KUBECTL: string;
  readonly AWS_REGION: string;
  /** Other endpoints than AWS's own: the embedded table and queues. */
  readonly AWS_ENDPOINT_URL_DYNAMODB: string;
  readonly AWS_ENDPOINT_URL_SQS: string;
}

/** Environment variables as a process has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What holds where a variable is not set. A variable without a default must be set. */
const DEFAULTS: Partial<Environment> = {
  TRIMTAB_GITHUB_API: 'https://api.github.com',
  TRIMTAB_GITHUB_HOST: 'github.com',
  TRIMTAB_KUBECONFIG_REF: '',
  TRIMTAB_CLUSTER_SECRETS: '',
  TRIMTAB_RUN_CREDENTIAL_PROGRAMS: 'false',
  TRIMTAB_REPOSITORY_SECRETS: '',
  TRIMTAB_SLACK_TOKEN_REF: '',
  TRIMTAB_SLACK_API: 'https://slack.com/api/',
  TRIMTAB_SYNC_WAVE_DELAY: '2',
  TRIMTAB_SOPS_AGE_KEY_REF: '',
  TRIMTAB_CACHE: '/tmp/trimtab',
  TRIMTAB_HELM: '',
  TRIMTAB_KUBECTL: '',
  AWS_REGION: 'us-east-1',
  AWS_ENDPOINT_URL_DYNAMODB: '',
  AWS_ENDPOINT_URL_SQS: '',
};

const FORMS: Partial<Record<keyof Environment, readonly [RegExp, string]>> = {
  TRIMTAB_CONTROL_REPOSITORY: [/^[^/\s]+\/[^/\s]+$/, 'owner/name'],
  TRIMTAB_APP_ID: [/^\d+$/, 'a number'],
  TRIMTAB_CLUSTER_SECRETS: [/^$|^\/.*\/$/, 'a path that begins and ends with /'],
  TRIMTAB_REPOSITORY_SECRETS: [/^$|^\/.*\/$/, 'a path that begins and ends with /'],
  TRIMTAB_RUN_CREDENTIAL_PROGRAMS: [/^(true|false)$/, 'true or false'],
  TRIMTAB_SYNC_WAVE_DELAY: [/^\d+(\.\d+)?$/, 'a number of seconds'],
  TRIMTAB_GITHUB_API: [/^https?:\/\//, 'a URL'],
};

/**
 * Reads only the named variables, so that a function starts without what it may not have. Throws Problem
 * `misconfigured` that names every variable that is missing or wrong; it never shows a value.
 */
export function readEnvironment<Name extends keyof Environment>(
  names: readonly Name[],
  values: Variables,
): Pick<Environment, Name> {
  const read: Partial<Record<keyof Environment, string>> = {};
  const wrong: string[] = [];
  for (const name of names) {
    const value = values[name] === undefined || values[name] === '' ? DEFAULTS[name] : values[name];
    const form = FORMS[name];
    if (value === undefined) wrong.push(`${name} is not set`);
    else if (form !== undefined && !form[0].test(value)) wrong.push(`${name} must be ${form[1]}`);
    else read[name] = value;
  }
  if (wrong.length > 0) {
    throw new Problem('misconfigured', `The environment is not complete: ${wrong.join('; ')}.`, {
      fix: 'docs/environment.md says what each variable means.',
    });
  }
  return read as Pick<Environment, Name>;
}
