import { createHash } from 'node:crypto';
import { entityTag } from '../http.ts';
import { html, type Markup, trusted } from './markup.ts';
import { SCRIPT, STYLE } from './style.ts';

const sha256 = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing but what the pages bring themselves: comments are other people's text. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "base-uri 'none'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "img-src 'self' data:",
  `script-src ${sha256(SCRIPT)}`,
  // Cells of tables in comments are aligned by style attributes; the sanitiser lets nothing else through.
  "style-src 'self' 'unsafe-inline'",
].join('; ');

/** A whole page with its headers; `crumbs` stand at the top, after the name of the site. */
export function showPage(page: {
  readonly title: string;
  readonly crumbs: readonly Markup[];
  readonly body: Markup;
  readonly status?: number;
}): Response {
  const tag = entityTag(page.body.html);
  const text = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title}</title>
<link rel="icon" type="image/svg+xml" href="/avatars/trimtab.svg">
<link rel="stylesheet" href="/_assets/markdown.css">
<style>${trusted(STYLE)}</style>
</head>
<body>
<header><span class="note">embedded forge of trimtab</span><a href="/">Repositories</a>${page.crumbs.map((crumb) => html` / ${crumb}`)}</header>
<main data-tag="${tag}">${page.body}</main>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`.html;
  return new Response(text, {
    status: page.status ?? 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
      etag: tag,
    },
  });
}

/** A time that does not change while one looks at it. */
export function showTime(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`;
}
