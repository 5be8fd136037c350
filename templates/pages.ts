/** One block of Markdown that must stay whole if it can, under a heading that is repeated on the next page. */
export interface Block {
  readonly heading: string;
  readonly body: string;
}

/**
 * Splits blocks over as few pages as their order allows; no page is longer than `limit` characters. A block that is
 * longer than a page by itself is cut between lines, and its code fence closed and opened again.
 */
export function paginate(blocks: readonly Block[], limit: number): readonly string[] {
  const pages: string[] = [];
  let page = '';
  let heading = '';
  for (const block of blocks.flatMap((whole) => cut(whole, limit))) {
    const next = block.heading === heading ? block.body : `${block.heading}\n\n${block.body}`;
    if (page !== '' && page.length + 2 + next.length > limit) {
      pages.push(page);
      page = `${block.heading}\n\n${block.body}`;
    } else {
      page = page === '' ? `${block.heading}\n\n${block.body}` : `${page}\n\n${next}`;
    }
    heading = block.heading;
  }
  return page === '' ? pages : [...pages, page];
}

/** The leading blocks that fit into `limit` characters together, headings counted, and how many are left out. */
export function fitting(blocks: readonly Block[], limit: number): { readonly text: string; readonly left: number } {
  let text = '';
  let heading = '';
  for (const [index, block] of blocks.entries()) {
    const next = block.heading === heading ? block.body : `${block.heading}\n\n${block.body}`;
    const grown = text === '' ? next : `${text}\n\n${next}`;
    if (grown.length > limit) return { text, left: blocks.length - index };
    text = grown;
    heading = block.heading;
  }
  return { text, left: 0 };
}

function cut(block: Block, limit: number): readonly Block[] {
  const room = limit - block.heading.length - 2;
  if (block.body.length <= room) return [block];
  const parts: Block[] = [];
  let open: string | undefined;
  let body = '';
  for (const line of block.body.split('\n').flatMap((long) => hardWrap(long, room - 40))) {
    const closing = open === undefined ? '' : `\n${fenceOf(open)}`;
    if (body !== '' && body.length + 1 + line.length + closing.length > room) {
      parts.push({ heading: block.heading, body: `${body}${closing}` });
      body = open === undefined ? line : `${open}\n${line}`;
    } else {
      body = body === '' ? line : `${body}\n${line}`;
    }
    if (open === undefined && /^`{3,}/.test(line)) open = line;
    else if (open !== undefined && line === fenceOf(open)) open = undefined;
  }
  return [...parts, { heading: block.heading, body }];
}

function fenceOf(open: string): string {
  return /^`+/.exec(open)?.[0] ?? '```';
}

function hardWrap(line: string, width: number): readonly string[] {
  if (line.length <= width) return [line];
  const pieces: string[] = [];
  for (let start = 0; start < line.length; start += width) pieces.push(line.slice(start, start + width));
  return pieces;
}
