import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { asProblem, type ProblemCode } from '../../../spec/problem.ts';
import type { Server } from '../http.ts';
import type { People } from '../people.ts';
import { showPage } from './layout.ts';
import { showPulls, showRepositories } from './lists.ts';
import { createManifestPage } from './manifest.ts';
import { html } from './markup.ts';
import { actors, showIssuePage } from './pull.ts';

const STATUS: Partial<Record<ProblemCode, number>> = {
  'not-found': 404,
  forbidden: 403,
  conflict: 409,
  'merge-conflict': 409,
  'limit-exceeded': 422,
  'bad-request': 422,
};

/**
 * The pages of the embedded forge: repositories, pull requests, and forms that comment, merge and close.
 * There is no sign-in, as everything is on this machine: so the server answers to its own name only (another site could
 * point its name here), and takes forms from its own pages only (another site could post one).
 */
export function createPages(server: Server, people: People): (request: Request) => Promise<Response> {
  const manifest = createManifestPage(server);
  const stylesheet = readFileSync(
    fileURLToPath(import.meta.resolve('github-markdown-css/github-markdown.css')),
    'utf8',
  );

  return async (request) => {
    const address = new URL(request.url);
    if (!['127.0.0.1', 'localhost', '[::1]'].includes(address.hostname))
      return new Response('Unknown host', { status: 421 });
    const { pathname } = address;
    if (request.method === 'POST') {
      const sent = await manifest(request);
      return sent ?? act(request, address);
    }
    if (request.method !== 'GET') return new Response('Method not allowed', { status: 405 });
    if (pathname === '/') return showRepositories(server.state);
    if (pathname === '/_assets/markdown.css') return text(stylesheet, 'text/css; charset=utf-8');
    const avatar = /^\/avatars\/(.+)\.svg$/.exec(pathname)?.[1];
    if (avatar !== undefined) return text(drawAvatar(decodeURIComponent(avatar)), 'image/svg+xml');
    return (await read(address)) ?? missing();
  };

  async function read(address: URL): Promise<Response | undefined> {
    const [, owner, name, kind, number] =
      /^\/([^/]+)\/([^/]+)(?:\/(pulls|pull|issues)(?:\/(\d+))?)?\/?$/.exec(address.pathname) ?? [];
    const repo = server.state.repositories.get(`${owner}/${name}`.toLowerCase());
    if (repo === undefined) return undefined;
    if (number === undefined) return kind === 'pull' ? undefined : showPulls(repo);
    const issue = repo.issues.get(Number(number));
    const as = address.searchParams.get('as') ?? actors(server.state)[0]?.login ?? '';
    return issue === undefined ? undefined : showIssuePage(server, repo, issue, as);
  }

  async function act(request: Request, address: URL): Promise<Response> {
    if (request.headers.get('origin') !== address.origin)
      return new Response('Forms of other sites are not taken', { status: 403 });
    const [, repo, kind, number, action, id] =
      /^\/([^/]+\/[^/]+)\/(pull|issues)\/(\d+)\/(comment|merge|close|reopen|rerun)(?:\/(\d+))?$/.exec(
        address.pathname,
      ) ?? [];
    if (repo === undefined || number === undefined) return missing();
    const form = await request.formData();
    const field = (name: string) => {
      const value = form.get(name);
      return typeof value === 'string' ? value : '';
    };
    const user = field('user') === '' ? undefined : field('user');
    const body = field('body').replaceAll('\r\n', '\n').trim();
    try {
      if (action === 'comment' && body !== '') await people.comment(repo, Number(number), user ?? '', body);
      if (action === 'merge') await people.merge(repo, Number(number), user);
      if (action === 'close') await people.closePull(repo, Number(number), user);
      if (action === 'reopen') await people.reopenPull(repo, Number(number), user);
      if (action === 'rerun') await people.rerequestCheck(repo, Number(id), user);
    } catch (thrown) {
      const problem = asProblem(thrown);
      const back = `/${repo}/${kind}/${number}`;
      return showPage({
        title: 'That did not work',
        crumbs: [html`<a href="/${repo}/pulls">${repo}</a>`],
        body: html`<h1>That did not work</h1><div class="box wrong"><div class="row">${problem.message}</div></div><a href="${back}">Back to #${number}</a>`,
        status: STATUS[problem.code] ?? 500,
      });
    }
    const as = user === undefined ? '' : `?as=${encodeURIComponent(user)}`;
    return new Response(null, { status: 303, headers: { location: `/${repo}/${kind}/${number}${as}` } });
  }
}

function missing(): Response {
  return showPage({
    title: 'Not found',
    crumbs: [],
    body: html`<h1>Not found</h1><p>There is no such page.</p>`,
    status: 404,
  });
}

function text(content: string, type: string): Response {
  return new Response(content, { headers: { 'content-type': type, 'cache-control': 'max-age=3600' } });
}

/** A circle with an initial, in a colour of the login. */
function drawAvatar(login: string): string {
  const hue = (createHash('sha256').update(login).digest()[0] ?? 0) * 1.4;
  const initial = html`${login.charAt(0).toUpperCase()}`.html;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="hsl(${hue} 45% 45%)"/><text x="20" y="27" font-family="sans-serif" font-size="20" text-anchor="middle" fill="#fff">${initial}</text></svg>`;
}
