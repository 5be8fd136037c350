import type { Event, Job, RepoName } from '../spec/event.ts';
import type { Queue, Store } from '../spec/ports.ts';

/** GitHub's own limit for a delivery: https://docs.github.com/webhooks/webhook-events-and-payloads */
const MAX_BYTES = 25 * 1024 * 1024;

/** How long a delivery id is remembered: GitHub lets people redeliver for three days. */
const REMEMBER_SECONDS = 3 * 24 * 3600;

/** A request as the web server got it: header names in lower case, the body as it came. */
export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly message: string;
}

export interface WebhookPorts {
  /** Whether the signature is that of the raw body, compared in constant time. */
  readonly verify: (body: string, signature: string) => Promise<boolean>;
  readonly readEvent: (name: string, payload: unknown) => Event;
  readonly store: Pick<Store, 'seen' | 'once'>;
  readonly queue: Queue;
}

/**
 * Answers one delivery: 401 for a wrong or missing signature, 413 for a body longer than GitHub sends, 400 for one that
 * is not JSON, else 202 once its jobs are queued. A delivery that was seen before is acknowledged and dropped. It is
 * marked as seen after its jobs are queued: a function that dies in between is given the delivery again, and jobs may
 * come twice, but none is lost.
 */
export async function receiveWebhook(request: WebhookRequest, ports: WebhookPorts): Promise<WebhookAnswer> {
  if (request.body.length > MAX_BYTES) return { status: 413, message: 'The body is larger than GitHub sends (25 MB).' };
  const signature = request.headers['x-hub-signature-256'] ?? '';
  if (signature === '' || !(await ports.verify(request.body, signature))) {
    return { status: 401, message: 'The signature is missing or wrong. Is the webhook secret the same on both sides?' };
  }
  const payload = parseJson(request.body);
  if (payload === undefined)
    return { status: 400, message: 'The body is not JSON. Set the content type to application/json.' };

  const delivery = request.headers['x-github-delivery'] ?? '';
  const name = `delivery:${delivery}`;
  if (delivery !== '' && (await ports.store.seen(name))) return { status: 202, message: 'Seen before.' };
  const event = ports.readEvent(request.headers['x-github-event'] ?? '', payload);
  const jobs = jobsOf(event);
  await Promise.all(jobs.map((job) => ports.queue.send(job)));
  if (delivery !== '' && jobs.length > 0) await ports.store.once(name, REMEMBER_SECONDS);
  return {
    status: 202,
    message: event.kind === 'ignored' ? `Nothing to do: ${event.because}` : `Queued ${jobs.length}.`,
  };
}

/** The jobs that an event asks for. They only name what to look at; workers ask GitHub for the rest. */
function jobsOf(event: Event): readonly Job[] {
  switch (event.kind) {
    case 'pull-changed':
      return [{ kind: 'preview', repo: event.repo, pull: event.pull, head: event.head }, ...ofPulls(event.repo)];
    case 'pull-closed':
    case 'pull-renamed':
      return ofPulls(event.repo);
    case 'pushed':
      return [{ kind: 'refresh', scope: { of: 'branch', repo: event.repo, branch: event.branch, sha: event.sha } }];
    case 'commented':
      return [{ kind: 'command', repo: event.repo, pull: event.pull, comment: event.comment }];
    case 'ignored':
      return [];
  }
}

/** An application for each pull request comes, follows and goes with it, not with the next schedule. */
function ofPulls(repo: RepoName): readonly Job[] {
  return [{ kind: 'refresh', scope: { of: 'pulls', repo } }];
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
