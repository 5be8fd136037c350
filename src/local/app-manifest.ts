/** What a new App is told about. */
export interface AppManifestInput {
  /** `owner/name` of the control repository. */
  readonly controlRepository: string;
  /** Where GitHub's pages are. */
  readonly githubUrl: string;
  /** Where GitHub delivers webhooks to. */
  readonly webhookUrl: string;
  /** Where the browser comes back to, with the code. */
  readonly redirectUrl: string;
}

/** What trimtab's App may do: the README says why for each. */
const PERMISSIONS = {
  checks: 'write',
  contents: 'write',
  deployments: 'write',
  issues: 'write',
  metadata: 'read',
  pull_requests: 'write',
} as const;

/** What it is told of: `src/forge/events.ts` says what each means. */
const EVENTS = ['check_run', 'issue_comment', 'pull_request', 'push'] as const;

/** GitHub takes names of Apps up to this long. They are unique all over GitHub; its page lets a person change it. */
const LONGEST_NAME = 34;

/**
 * The manifest from which GitHub registers the App.
 * https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#github-app-manifest-parameters
 */
export function appManifest(input: AppManifestInput): Readonly<Record<string, unknown>> {
  const [owner = ''] = input.controlRepository.split('/');
  return {
    name: `trimtab-${owner}`.slice(0, LONGEST_NAME),
    description: 'Argo CD Applications: previews on pull requests, syncs on merges, rollbacks on a comment.',
    url: `${input.githubUrl}/${input.controlRepository}`,
    hook_attributes: { url: input.webhookUrl, active: true },
    redirect_url: input.redirectUrl,
    public: false,
    default_permissions: PERMISSIONS,
    default_events: EVENTS,
  };
}
