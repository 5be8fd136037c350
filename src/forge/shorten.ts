/** GitHub refuses longer comments. */
export const MOST_IN_COMMENT = 65_536;
/** GitHub refuses longer summaries and texts of check runs. https://docs.github.com/rest/checks/runs#create-a-check-run */
export const MOST_IN_CHECK = 65_535;
/** GitHub refuses longer descriptions of deployments and their statuses. https://docs.github.com/rest/deployments/statuses */
const MOST_IN_DESCRIPTION = 140;

const NOTE = '\n\n*Cut here: GitHub takes no more.*\n';
const FENCE = '\n```';

/**
 * The last guard: a Markdown text that is longer than GitHub takes, cut at a line's end with a note. A code block that
 * the cut leaves open is closed. The templates shorten by meaning long before this.
 */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const room = text.slice(0, most - NOTE.length - FENCE.length);
  const end = room.lastIndexOf('\n');
  // Within one endless line: not between the two halves of a letter beyond the basic plane.
  const kept = end > 0 ? room.slice(0, end) : room.replace(/[\uD800-\uDBFF]$/, '');
  const isOpen = (kept.match(/^```/gm)?.length ?? 0) % 2 === 1;
  return `${kept}${isOpen ? FENCE : ''}${NOTE}`;
}

/** A description on one line, cut with an ellipsis. */
export function shortenDescription(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= MOST_IN_DESCRIPTION
    ? line
    : `${line.slice(0, MOST_IN_DESCRIPTION - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
