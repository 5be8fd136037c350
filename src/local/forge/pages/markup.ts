/** HTML that is safe to put into a page. */
export interface Markup {
  readonly html: string;
}

type Part = string | number | Markup | undefined | false | readonly Part[];

/** HTML from a template: what is put in is escaped, unless it is Markup itself; lists are joined, false is nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const text = strings.map((string, index) => string + (index < parts.length ? toHtml(parts[index]) : '')).join('');
  return { html: text };
}

/** HTML that comes from somewhere that is trusted: a sanitiser, a constant. */
export function trusted(text: string): Markup {
  return { html: text };
}

function toHtml(part: Part): string {
  if (part === undefined || part === false) return '';
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escapeHtml(part);
  return 'html' in part ? part.html : part.map(toHtml).join('');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
