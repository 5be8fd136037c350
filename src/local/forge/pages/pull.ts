import { latestChecks } from '../checks.ts';
import type { ChangedFile } from '../files.ts';
import type { Server } from '../http.ts';
import { pullFiles, trialMerge } from '../pulls.ts';
import {
  type CheckRun,
  type Comment,
  type Issue,
  isPull,
  type PullRequest,
  permissionOf,
  type Repository,
  type State,
  type User,
} from '../state.ts';
import { showPage, showTime } from './layout.ts';
import { showDiff, showMarkdown } from './markdown.ts';
import { html, type Markup } from './markup.ts';

const EMOJI: Readonly<Record<string, string>> = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  confused: '😕',
  heart: '❤️',
  hooray: '🎉',
  rocket: '🚀',
  eyes: '👀',
};

const SIGN: Readonly<Record<string, string>> = {
  success: '✓',
  failure: '✕',
  error: '✕',
  neutral: '■',
  action_required: '!',
};

/** The page of a pull request or an issue; `as` is who acts in the form. */
export async function showIssuePage(server: Server, repo: Repository, issue: Issue, as: string): Promise<Response> {
  const comments = [...repo.comments.values()].filter((comment) => comment.issue === issue);
  const pull = isPull(issue) ? issue : undefined;
  const state = pull?.pull.merged ? 'merged' : issue.state === 'open' && pull?.pull.draft ? 'draft' : issue.state;
  const body = html`<h1>${issue.title} <span class="number">#${issue.number}</span></h1>
<div><span class="state ${state}">${state.charAt(0).toUpperCase() + state.slice(1)}</span>${
    pull === undefined ? html`<span class="dim">opened by ${issue.user.login}</span>` : summaryLine(pull)
  }${issue.labels.map((label) => html`<span class="label">${label.name}</span>`)}</div>
<div class="timeline">
${showText({ repo, user: issue.user, time: issue.createdAt, edited: false, body: issue.body ?? '' })}
${comments.map((comment) => showComment(repo, comment))}
${pull !== undefined && showEnd(pull)}
</div>
${pull !== undefined && (await showPullParts(repo, pull))}
${await showForm(server, repo, issue, as)}`;
  return showPage({
    title: `${issue.title} · #${issue.number} · ${repo.fullName}`,
    crumbs: [html`<a href="/${repo.fullName}/pulls">${repo.fullName}</a>`],
    body,
  });
}

function summaryLine(issue: PullRequest): Markup {
  const { pull } = issue;
  const verb = pull.merged ? `${pull.mergedBy?.login ?? ''} merged` : `${issue.user.login} wants to merge`;
  return html`<span class="dim">${verb} <span class="branch">${pull.head}</span> into <span class="branch">${pull.base}</span></span>`;
}

function showText(text: {
  readonly repo: Repository;
  readonly user: User;
  readonly time: string;
  readonly edited: boolean;
  readonly body: string;
  readonly id?: string;
  readonly after?: Markup;
}): Markup {
  const bot = text.user.type === 'Bot';
  const author = text.user.login.replace('[bot]', '');
  const what = text.id === undefined ? 'Description' : 'Comment';
  return html`<article class="comment" id="${text.id ?? 'description'}" aria-label="${what} by ${author}">
<img src="/avatars/${encodeURIComponent(text.user.login)}.svg" alt="">
<div class="box"><div class="head"><b>${author}</b>${bot && html`<span class="bot">bot</span>`}
<span class="dim">${showTime(text.time)}${text.edited && ' · edited'}</span></div>
<div class="markdown-body">${text.body.trim() === '' ? html`<em>No description provided.</em>` : showMarkdown(text.body, text.repo.fullName)}</div>
${text.after}</div></article>`;
}

function showComment(repo: Repository, comment: Comment): Markup {
  const counts = new Map<string, number>();
  for (const reaction of comment.reactions) counts.set(reaction.content, (counts.get(reaction.content) ?? 0) + 1);
  const reactions = [...counts].map(([content, count]) => html`<span>${EMOJI[content] ?? content} ${count}</span>`);
  const shown = showText({
    repo,
    user: comment.user,
    time: comment.createdAt,
    edited: comment.updatedAt !== comment.createdAt,
    body: comment.body,
    id: `issuecomment-${comment.id}`,
    ...(reactions.length === 0 ? {} : { after: html`<div class="reactions">${reactions}</div>` }),
  });
  if (comment.minimized === null) return shown;
  return html`<details class="event"><summary>This comment was marked as ${comment.minimized}.</summary>${shown}</details>`;
}

function showEnd(issue: PullRequest): Markup | undefined {
  const { pull } = issue;
  if (pull.merged) {
    return html`<div class="event"><b>${pull.mergedBy?.login ?? ''}</b> <span class="merged-text">merged</span> commit
<span class="branch">${(pull.mergeCommit ?? '').slice(0, 7)}</span> into <span class="branch">${pull.base}</span> ${showTime(pull.mergedAt ?? '')}</div>`;
  }
  return issue.state === 'closed' ? html`<div class="event">Closed ${showTime(issue.closedAt ?? '')}</div>` : undefined;
}

async function showPullParts(repo: Repository, issue: PullRequest): Promise<Markup> {
  const { pull } = issue;
  const checks = latestChecks(repo, pull.headSha);
  const shas = new Set([pull.headSha, pull.mergeCommit]);
  const deployments = repo.deployments.filter((deployment) => shas.has(deployment.sha));
  const files = await pullFiles(repo, issue);
  return html`${
    checks.length > 0 &&
    html`<h2>Checks</h2><div class="box">${checks.map((check) => showCheck(repo, issue, check))}</div>`
  }${
    deployments.length > 0 &&
    html`<h2>Deployments</h2><div class="box">${deployments.map((deployment) => {
      const state = deployment.statuses.at(-1)?.state ?? 'pending';
      const description = deployment.statuses.at(-1)?.description || deployment.description || '';
      return html`<div class="row"><span class="dot ${state}">${SIGN[state] ?? '●'}</span><b>${deployment.environment}</b>
<span class="${state}">${state.replace('_', ' ')}</span> <span class="dim">${description} · ${deployment.sha.slice(0, 7)}</span></div>`;
    })}</div>`
  }<h2>Files changed <span class="dim">${files.length}</span></h2>
${files.map((file) => showFile(file))}`;
}

function showCheck(repo: Repository, issue: PullRequest, check: CheckRun): Markup {
  const state = check.conclusion ?? check.status;
  const { title, summary, text } = check.output;
  return html`<div class="row">
<form method="post" action="/${repo.fullName}/pull/${issue.number}/rerun/${check.id}"><button class="small">Re-run</button></form>
<span class="dot ${state}">${SIGN[state] ?? '●'}</span><b>${check.name}</b> <span class="dim">${title ?? state.replace('_', ' ')}</span>
${
  (summary ?? text) !== null &&
  html`<details><summary class="dim small">Details of ${check.name}</summary><div class="markdown-body">${showMarkdown(`${summary ?? ''}\n\n${text ?? ''}`, repo.fullName)}</div></details>`
}
${check.annotations.map((one) => html`<div class="small ${one.annotation_level === 'failure' ? 'failure' : 'dim'}"><code>${one.path}:${one.start_line}</code> ${one.message}</div>`)}
</div>`;
}

function showFile(file: ChangedFile): Markup {
  const name = file.previousPath === undefined ? file.path : `${file.previousPath} → ${file.path}`;
  return html`<details class="file"><summary>${name} <span class="plus">+${file.additions}</span> <span class="minus">−${file.deletions}</span></summary>
<pre class="diff">${file.patch === undefined ? html`<span class="line dim">Not shown: binary or too large.</span>` : showDiff(file.patch)}</pre></details>`;
}

async function showForm(server: Server, repo: Repository, issue: Issue, as: string): Promise<Markup> {
  const path = `/${repo.fullName}/${isPull(issue) ? 'pull' : 'issues'}/${issue.number}`;
  const people = actors(server.state).map((user) => {
    const label = `${user.login} (${permissionOf(repo, user)})`;
    return user.login === as
      ? html`<option value="${user.login}" selected>${label}</option>`
      : html`<option value="${user.login}">${label}</option>`;
  });
  const open = isPull(issue) && issue.state === 'open';
  const clean = open && !issue.pull.draft && (await trialMerge(server, repo, issue)) !== null;
  const merge = clean
    ? html`<button class="primary" formaction="${path}/merge">Merge pull request</button>`
    : html`<button disabled>Merge pull request</button>`;
  const verdict = !open
    ? ''
    : issue.pull.draft
      ? 'This pull request is a draft.'
      : clean
        ? 'No conflicts with the base branch.'
        : 'This branch has conflicts that must be resolved.';
  return html`<h2>Add a comment</h2>
<form method="post" action="${path}/comment">
<textarea name="body" aria-label="Comment" placeholder="Leave a comment, or a command: /preview, /rollback, /help"></textarea>
<div class="actions"><label>as <select name="user" aria-label="Write as">${people}</select></label>
<button class="primary">Comment</button><span class="grow"></span>
<span class="small ${clean ? 'success' : 'failure'}">${verdict}</span>
${open && html`<button formaction="${path}/close">Close</button>${merge}`}
${isPull(issue) && issue.state === 'closed' && !issue.pull.merged && html`<button formaction="${path}/reopen">Reopen</button>`}
</div></form>`;
}

/** The people that somebody at the browser can be; apps and organisations write no comments. */
export function actors(state: State): User[] {
  return [...state.users.values()].filter((user) => user.type === 'User');
}
