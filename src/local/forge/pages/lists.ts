import { type Issue, isPull, pullsOf, type Repository, type State } from '../state.ts';
import { showPage, showTime } from './layout.ts';
import { html, type Markup } from './markup.ts';

/** The first page: every repository with its open pull requests. */
export function showRepositories(state: State): Response {
  const boxes = [...state.repositories.values()].map((repo) => {
    const open = pullsOf(repo).filter((issue) => issue.state === 'open');
    return html`<div class="box">
<div class="head"><b><a href="/${repo.fullName}/pulls">${repo.fullName}</a></b> <span class="dim">${open.length} open</span></div>
${issueRows(repo, open)}
</div>`;
  });
  const none = html`<p class="dim">There is no repository yet.</p>`;
  return showPage({
    title: 'Repositories',
    crumbs: [],
    body: html`<h1>Repositories</h1>${boxes.length === 0 ? none : boxes}`,
  });
}

/** The pull requests and issues of a repository, newest first, and what is deployed where. */
export function showPulls(repo: Repository): Response {
  const issues = [...repo.issues.values()].reverse();
  const environments = new Map(repo.deployments.map((deployment) => [deployment.environment, deployment]));
  const body = html`<h1>${repo.fullName}</h1>
<div class="box"><div class="head"><b>Pull requests</b></div>${issueRows(repo, issues)}</div>
${
  environments.size > 0 &&
  html`<div class="box"><div class="head"><b>Environments</b></div>${[...environments.values()].map((deployment) => {
    const state = deployment.statuses.at(-1)?.state ?? 'pending';
    return html`<div class="row"><span class="${state}">${state}</span> <b>${deployment.environment}</b>
<span class="dim">${deployment.sha.slice(0, 7)} ${showTime(deployment.updatedAt)}</span></div>`;
  })}</div>`
}`;
  return showPage({
    title: `Pull requests of ${repo.fullName}`,
    crumbs: [html`<a href="/${repo.fullName}/pulls">${repo.fullName}</a>`],
    body,
  });
}

function issueRows(repo: Repository, issues: readonly Issue[]): Markup {
  if (issues.length === 0) return html`<div class="row dim">Nothing here.</div>`;
  return html`${issues.map((issue) => {
    const comments = [...repo.comments.values()].filter((comment) => comment.issue === issue).length;
    const state = isPull(issue) && issue.pull.merged ? 'merged' : issue.state;
    const kind = isPull(issue) ? 'pull' : 'issues';
    return html`<div class="row"><span class="dot ${state}-mark">●</span><b><a href="/${repo.fullName}/${kind}/${issue.number}">${issue.title}</a></b>
${issue.labels.map((label) => html`<span class="label">${label.name}</span>`)}
<div class="dim small">#${issue.number} ${state} · by ${issue.user.login} · ${comments} ${comments === 1 ? 'comment' : 'comments'}</div></div>`;
  })}`;
}
