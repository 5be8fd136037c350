import { type Problem, whereText } from '../src/spec/problem.ts';

/** GitHub refuses a longer comment, check summary or check text ("Body is too long (maximum is 65536 characters)"). */
export const GITHUB_LIMIT = 65_536;

/** Inline code that can't be left by its own content: the fence is longer than any run of backticks inside. */
export function code(text: string): string {
  const flat = text.replaceAll(/\s+/g, ' ').trim();
  if (flat === '') return '';
  const fence = '`'.repeat(longestRun(flat) + 1);
  const pad = flat.startsWith('`') || flat.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${flat}${pad}${fence}`;
}

/** Inline code for a table cell, where a pipe would end the cell even inside code. */
export function cell(text: string): string {
  return code(text).replaceAll('|', '\\|');
}

/** A fenced block that its content can't end. */
export function fenced(language: string, text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text.replace(/\n+$/, '')}\n${fence}`;
}

/** Text of others (titles, messages) in running Markdown: no mention, no HTML, no formatting comes out of it. */
export function plain(text: string): string {
  return text
    .replaceAll(/[\\`*_{}[\]<>|~#&]/g, (character) => `\\${character}`)
    .replaceAll('@', '@\u200b')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** Running text in which `…` is code, as our own messages are written: code as code, all else as plain as `plain`. */
export function prose(text: string): string {
  const parts = text.split('`');
  // A lonely backtick opens nothing: it is somebody else's
  if (parts.length % 2 === 0) return plain(text);
  const pieces = parts.map((part, index) => (index % 2 === 1 ? code(part) : spaced(part)));
  return pieces.join('').trim();
}

/** `plain`, with the blanks at the ends that part it from the code beside it. */
function spaced(text: string): string {
  return `${/^\s/.test(text) ? ' ' : ''}${plain(text)}${/\S\s+$/.test(text) ? ' ' : ''}`;
}

/** Text inside an HTML tag such as <summary>. */
export function html(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('@', '@\u200b');
}

/** `1 application`, `3 applications`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** A commit as people write it; the digest of an artifact (`sha256:…`) in the same way. */
export function short(sha: string): string {
  return sha.replace(/^sha256:/, '').slice(0, 7);
}

/** A problem in full: where, what, what to do. One Markdown paragraph or, for long tool output, a block. */
export function problemText(problem: Problem): string {
  const where = whereText(problem.where);
  const place = where === '' ? '' : `${code(where)}: `;
  const message = problem.message.trim();
  const body = message.includes('\n') ? `${place}\n\n${fenced('text', message)}` : `${place}${prose(message)}`;
  return problem.fix === undefined ? body : `${body}\n\n${prose(problem.fix)}`;
}

/**
 * A problem as the item of a list: in one paragraph, however long. A message of several lines would end the item, and
 * what follows could be a heading, HTML or a mention.
 */
export function problemItem(problem: Problem): string {
  const where = whereText(problem.where);
  const parts = [`${where === '' ? '' : `${code(where)}: `}${prose(problem.message)}`, prose(problem.fix ?? '')];
  return parts.filter((part) => part !== '').join(' ');
}

/** The same for a check annotation: one line without markup; the annotation itself stands at file and line. */
export function problemLine(problem: Problem): string {
  const text = problem.message.replaceAll(/\s+/g, ' ').trim();
  return problem.fix === undefined ? text : `${text} ${problem.fix}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/`+/g), (run) => run[0].length));
}
