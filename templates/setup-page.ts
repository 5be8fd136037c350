import type { Problem } from '../src/spec/problem.ts';

/** What the form of the set-up page sends to GitHub. */
export interface SetupForm {
  readonly controlRepository: string;
  readonly githubUrl: string;
  /** Comes back with GitHub's answer. */
  readonly state: string;
  readonly manifest: Readonly<Record<string, unknown>>;
}

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}' +
  'button{font:inherit;padding:.5rem 1rem;margin:.25rem 0;cursor:pointer}code{background:#8882;padding:.1em .3em}';

/** The page that registers the App: one button for the organisation, one for the person's own account. */
export function setupForm({ controlRepository, githubUrl, state, manifest }: SetupForm): string {
  const [owner = ''] = controlRepository.split('/');
  const form = (path: string, words: string): string =>
    `<form method="post" action="${escaped(`${githubUrl}${path}/settings/apps/new?state=${state}`)}">` +
    `<input type="hidden" name="manifest" value="${escaped(JSON.stringify(manifest))}"><button>${words}</button></form>`;
  return document(
    'Register the GitHub App',
    `<p>GitHub asks you for a name, registers the App with the permissions that trimtab needs, and hands its key to the
trimtab that runs on this machine. Then install it on <code>${escaped(controlRepository)}</code>, and on the repositories
that its Applications render from.</p>
${form(`/organizations/${encodeURIComponent(owner)}`, `Register it for the organisation <b>${escaped(owner)}</b>`)}
${form('', 'Register it for my own account')}`,
  );
}

/** One sentence; with a problem, what to do about it. */
export function setupMessage(title: string, problem?: Problem): string {
  const words = problem === undefined ? [] : [problem.message, problem.fix ?? ''].filter((part) => part !== '');
  return document(title, words.map((part) => `<p>${escaped(part)}</p>`).join('\n'));
}

function document(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>trimtab: ${escaped(title)}</title><style>${STYLE}</style>
<h1>${escaped(title)}</h1>
${body}
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
