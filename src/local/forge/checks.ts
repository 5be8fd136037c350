import type { Server } from './http.ts';
import { showCheck } from './shapes/check.ts';
import type { Annotation, App, CheckRun, Repository, User } from './state.ts';

/** GitHub refuses longer summaries and texts of check runs. */
export const MAX_OUTPUT = 65_535;
/** GitHub takes so many annotations with one request; later requests add to them. */
export const MAX_ANNOTATIONS = 50;

/** What a check run is set to; what is left out stays as it is. */
export interface CheckChange {
  readonly name?: string | undefined;
  readonly external_id?: string | undefined;
  readonly details_url?: string | undefined;
  readonly status?: string | undefined;
  readonly conclusion?: string | undefined;
  readonly started_at?: string | undefined;
  readonly completed_at?: string | undefined;
  readonly output?:
    | {
        readonly title?: string | undefined;
        readonly summary?: string | undefined;
        readonly text?: string | undefined;
        readonly annotations?: readonly Annotation[] | undefined;
      }
    | undefined;
}

/** Creates a queued check run on a commit; the runs of one app on one commit share a suite. */
export function addCheck(server: Server, repo: Repository, app: App, headSha: string, name: string): CheckRun {
  const { state } = server;
  const sibling = repo.checks.find((check) => check.headSha === headSha && check.app === app);
  const check: CheckRun = {
    id: state.nextId(),
    suite: sibling?.suite ?? state.nextId(),
    app,
    headSha,
    name,
    externalId: '',
    detailsUrl: null,
    status: 'queued',
    conclusion: null,
    startedAt: state.time(),
    completedAt: null,
    output: { title: null, summary: null, text: null },
    annotations: [],
  };
  repo.checks.push(check);
  return check;
}

/** Changes a check run. A conclusion completes it; annotations are added to those that are there. */
export function changeCheck(server: Server, check: CheckRun, change: CheckChange): void {
  const time = server.state.time();
  check.name = change.name ?? check.name;
  check.externalId = change.external_id ?? check.externalId;
  check.detailsUrl = change.details_url ?? check.detailsUrl;
  check.startedAt = change.started_at ?? check.startedAt;
  if (change.conclusion !== undefined) {
    check.status = 'completed';
    check.conclusion = change.conclusion;
    check.completedAt = change.completed_at ?? time;
  } else if (change.status !== undefined && change.status !== 'completed') {
    check.status = change.status;
    check.conclusion = null;
    check.completedAt = null;
  }
  const { output } = change;
  if (output === undefined) return;
  check.output = {
    title: output.title ?? check.output.title,
    summary: output.summary ?? check.output.summary,
    text: output.text ?? check.output.text,
  };
  check.annotations = [...check.annotations, ...(output.annotations ?? [])];
}

/** The newest check run of each name and app on a commit. */
export function latestChecks(repo: Repository, sha: string): CheckRun[] {
  const latest = new Map<string, CheckRun>();
  for (const check of repo.checks) {
    if (check.headSha === sha) latest.set(`${check.app.id} ${check.name}`, check);
  }
  return [...latest.values()];
}

/** Somebody pressed "Re-run": the app that made the check run is asked to do it again. */
export function rerequestCheck(server: Server, repo: Repository, check: CheckRun, by: User): void {
  server.webhooks.emit(repo, 'check_run', 'rerequested', { check_run: showCheck(server, repo, check) }, by);
}
