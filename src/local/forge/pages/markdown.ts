import MarkdownIt from 'markdown-it';
import sanitizeHtml from 'sanitize-html';
import { html, type Markup, trusted } from './markup.ts';

const markdown = new MarkdownIt({
  html: true,
  linkify: true,
  // GitHub keeps the line breaks of comments.
  breaks: true,
  highlight: (code, language) => (language === 'diff' ? showDiff(code).html : ''),
});

/** `> [!WARNING]` and its kin: https://docs.github.com/get-started/writing-on-github (alerts). */
const ALERT = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\n?/;

markdown.core.ruler.after('block', 'alerts', (state) => {
  state.tokens.forEach((token, index) => {
    const inline = state.tokens[index + 2];
    const kind = token.type === 'blockquote_open' ? ALERT.exec(inline?.content ?? '')?.[1]?.toLowerCase() : undefined;
    if (kind === undefined || inline === undefined) return;
    token.attrJoin('class', `markdown-alert markdown-alert-${kind}`);
    const title = `<b class="markdown-alert-title">${kind.charAt(0).toUpperCase()}${kind.slice(1)}</b>`;
    inline.content = `${title}\n${inline.content.replace(ALERT, '')}`;
  });
});

/** `#12` leads to that issue or pull request: https://docs.github.com/get-started/writing-on-github (autolinked references). */
markdown.core.ruler.push('references', (state) => {
  const { repo } = state.env as { readonly repo: string };
  for (const block of state.tokens) {
    if (block.type !== 'inline' || block.children === null) continue;
    let inLink = false;
    block.children = block.children.flatMap((token) => {
      if (token.type === 'link_open' || token.type === 'link_close') inLink = token.type === 'link_open';
      if (token.type !== 'text' || inLink) return [token];
      return token.content.split(/(?<![\w/&#])(#\d+)\b/).flatMap((part, index) => {
        const text = new state.Token('text', '', 0);
        text.content = part;
        if (index % 2 === 0) return [text];
        const open = new state.Token('link_open', 'a', 1);
        open.attrSet('href', `/${repo}/issues/${part.slice(1)}`);
        return [open, text, new state.Token('link_close', 'a', -1)];
      });
    });
  }
});

/** About what GitHub lets through: https://github.github.com/gfm/ and the tags that its sanitiser keeps. */
const ALLOWED: sanitizeHtml.IOptions = {
  allowedTags: [
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'p', 'br', 'hr', 'div', 'span', 'blockquote', 'pre', 'code', 'kbd', 'samp'],
    ...['ul', 'ol', 'li', 'dl', 'dt', 'dd', 'table', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td', 'caption'],
    ...[
      'a',
      'b',
      'strong',
      'i',
      'em',
      'del',
      's',
      'ins',
      'sub',
      'sup',
      'q',
      'small',
      'img',
      'picture',
      'details',
      'summary',
    ],
  ],
  allowedAttributes: {
    a: ['href', 'title'],
    img: ['src', 'alt', 'title', 'width', 'height'],
    th: ['align', 'style', 'colspan', 'rowspan'],
    td: ['align', 'style', 'colspan', 'rowspan'],
    details: ['open'],
    ol: ['start'],
    '*': ['align'],
  },
  allowedStyles: { '*': { 'text-align': [/^(left|right|center)$/] } },
  allowedClasses: {
    code: [/^language-[\w-]+$/],
    blockquote: [/^markdown-alert/],
    b: ['markdown-alert-title'],
    span: ['add', 'del', 'hunk', 'line'],
  },
  allowedSchemes: ['http', 'https', 'mailto'],
};

/** Text in GitHub's Markdown as HTML that can do no harm; `repo` is where it was written. */
export function showMarkdown(text: string, repo: string): Markup {
  return trusted(sanitizeHtml(markdown.render(text, { repo }), ALLOWED));
}

/** A unified diff with its lines coloured. */
export function showDiff(text: string): Markup {
  const lines = text.replace(/\n$/, '').split('\n');
  return html`${lines.map((line) => html`<span class="line ${kind(line)}">${line === '' ? ' ' : line}</span>`)}`;
}

function kind(line: string): string {
  if (line.startsWith('@@')) return 'hunk';
  if (line.startsWith('+')) return 'add';
  return line.startsWith('-') ? 'del' : '';
}
