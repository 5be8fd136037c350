import type { Event } from '../spec/event.ts';

/**
 * What a webhook delivery means to trimtab, by the name in `X-GitHub-Event` and the parsed payload. Total: whatever is
 * missing or of another type makes the delivery `ignored`, with the reason; nothing throws.
 * https://docs.github.com/webhooks/webhook-events-and-payloads
 */
export function readEvent(name: string, payload: unknown): Event {
  const delivery = asObject(payload);
  const repo = asRepoName(asObject(delivery['repository'])['full_name']);
  const read = READERS.get(name);
  if (read === undefined) return ignored(`trimtab does nothing on ${name === '' ? 'a delivery without a name' : name}`);
  if (repo === undefined) return ignored(`${name} names no repository`);
  return read(delivery, repo);
}

type Json = Readonly<Record<string, unknown>>;

/** A map, for an event's name may be anything, `constructor` too. */
const READERS: ReadonlyMap<string, (delivery: Json, repo: string) => Event> = new Map([
  ['pull_request', readPull],
  ['push', readPush],
  ['issue_comment', readComment],
  ['check_run', readCheck],
]);

/** Drafts are previewed as well: who works on one wants to see what it does. */
const CHANGES = new Set(['opened', 'synchronize', 'reopened', 'ready_for_review']);

/** Pull request generators choose by them. */
const LABELS = new Set(['labeled', 'unlabeled']);

function readPull(delivery: Json, repo: string): Event {
  const action = asText(delivery['action']) ?? '';
  const pull = asObject(delivery['pull_request']);
  const number = asId(pull['number']);
  if (number === undefined) return ignored('pull_request has no number');
  if (action === 'closed') {
    const { merged } = pull;
    return typeof merged === 'boolean'
      ? { kind: 'pull-closed', repo, pull: number, merged }
      : ignored('pull_request does not say whether it was merged');
  }
  const changes = asObject(delivery['changes']);
  const isRenamed = action === 'edited' && isObject(changes['title']) && !isObject(changes['base']);
  if (LABELS.has(action) || isRenamed) return { kind: 'pull-renamed', repo, pull: number };
  if (!CHANGES.has(action) && action !== 'edited') return ignored(`trimtab does nothing on pull_request ${action}`);
  if (action === 'edited' && !isObject(changes['base'])) {
    return ignored('only words of the pull request were edited, not its base');
  }
  const head = asSha(asObject(pull['head'])['sha']);
  return head === undefined
    ? ignored('pull_request has no head commit')
    : { kind: 'pull-changed', repo, pull: number, head };
}

const BRANCH = 'refs/heads/';
/** What stands for "no commit" in a push that deletes a branch. */
const NO_COMMIT = /^0+$/;

function readPush(delivery: Json, repo: string): Event {
  const ref = asText(delivery['ref']) ?? '';
  const branch = ref.startsWith(BRANCH) ? ref.slice(BRANCH.length) : '';
  if (branch === '') return ignored('the push is not to a branch');
  const sha = asSha(delivery['after']);
  if (sha === undefined) return ignored('push has no commit');
  if (delivery['deleted'] === true || NO_COMMIT.test(sha)) return ignored(`the branch ${branch} was deleted`);
  return { kind: 'pushed', repo, branch, sha };
}

function readComment(delivery: Json, repo: string): Event {
  if (delivery['action'] !== 'created') return ignored('only new comments are commands');
  const issue = asObject(delivery['issue']);
  if (!isObject(issue['pull_request'])) return ignored('the comment is not on a pull request');
  const comment = asObject(delivery['comment']);
  const author = asObject(comment['user']);
  const login = asText(author['login']);
  if (author['type'] !== 'User' || login === undefined || login.endsWith('[bot]')) {
    return ignored('only comments of people are commands');
  }
  const body = asText(comment['body']) ?? '';
  if (!/^\s*\//.test(body)) return ignored('the comment does not begin with a command');
  const [pull, id] = [asId(issue['number']), asId(comment['id'])];
  return pull === undefined || id === undefined
    ? ignored('issue_comment has no number')
    : { kind: 'commented', repo, pull, comment: id };
}

/** GitHub sends `rerequested` only to the App whose check it is. Pull requests of forks are not listed in it. */
function readCheck(delivery: Json, repo: string): Event {
  if (delivery['action'] !== 'rerequested') return ignored('only a check that is asked for again means something');
  const check = asObject(delivery['check_run']);
  const { pull_requests: pulls } = check;
  const pull = asId(asObject(Array.isArray(pulls) ? pulls[0] : undefined)['number']);
  const head = asSha(check['head_sha']);
  return pull === undefined || head === undefined
    ? ignored('the check belongs to no pull request of this repository')
    : { kind: 'pull-changed', repo, pull, head };
}

function ignored(because: string): Event {
  return { kind: 'ignored', because };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function asId(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/** SHA-1, or SHA-256 where a repository uses it. */
function asSha(value: unknown): string | undefined {
  return typeof value === 'string' && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(value) ? value : undefined;
}

/** Names go into API paths, so nothing else than a name may pass. */
function asRepoName(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w-]+\/(?!\.{1,2}$)[\w.-]+$/.test(value) ? value : undefined;
}
