/**
 * What Slack takes at most. A longer text is refused as a whole (`invalid_blocks`, `msg_too_long`), and a message that is
 * not sent tells nobody anything: so it is cut, and says so.
 * https://docs.slack.dev/reference/block-kit/blocks/ and https://docs.slack.dev/reference/methods/chat.postMessage/
 */
export const SLACK_LIMITS = {
  text: 40_000,
  blocks: 50,
  attachments: 100,
  sectionText: 3000,
  sectionFields: 10,
  sectionField: 2000,
  header: 150,
  contextElements: 10,
  textObject: 3000,
} as const;

type Json = Readonly<Record<string, unknown>>;

const NOTE = '… (cut)';

/** The text, cut to so many characters, the note that says so among them. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = limit - NOTE.length;
  // Not in the middle of a surrogate pair: half an emoji is no character.
  const half = (text.charCodeAt(end - 1) & 0xfc00) === 0xd800 ? 1 : 0;
  return text.slice(0, end - half) + NOTE;
}

/** Blocks that Slack takes: at most 50, the last one saying how many were left out, no text longer than its place. */
export function cutBlocks(blocks: readonly unknown[]): readonly unknown[] {
  const { blocks: most } = SLACK_LIMITS;
  if (blocks.length <= most) return blocks.map(cutBlock);
  const kept = blocks.slice(0, most - 1);
  const note = { type: 'mrkdwn', text: `… ${blocks.length - kept.length} more blocks were left out.` };
  return [...kept.map(cutBlock), { type: 'context', elements: [note] }];
}

/** Attachments that Slack takes; what they hold as blocks is cut as blocks are. */
export function cutAttachments(attachments: readonly unknown[]): readonly unknown[] {
  return attachments.slice(0, SLACK_LIMITS.attachments).map((attachment) => {
    if (!isObject(attachment)) return attachment;
    const { blocks } = attachment;
    return Array.isArray(blocks) ? { ...attachment, blocks: cutBlocks(blocks) } : attachment;
  });
}

function cutBlock(block: unknown): unknown {
  if (!isObject(block)) return block;
  const { text, fields, elements } = block;
  switch (block['type']) {
    case 'section':
      return {
        ...block,
        ...(text === undefined ? {} : { text: cutObject(text, SLACK_LIMITS.sectionText) }),
        ...(Array.isArray(fields)
          ? { fields: cutList(fields, SLACK_LIMITS.sectionFields, SLACK_LIMITS.sectionField) }
          : {}),
      };
    case 'header':
      return { ...block, text: cutObject(text, SLACK_LIMITS.header) };
    case 'context':
      return Array.isArray(elements)
        ? { ...block, elements: cutList(elements, SLACK_LIMITS.contextElements, SLACK_LIMITS.textObject) }
        : block;
    default:
      return block;
  }
}

function cutList(items: readonly unknown[], most: number, limit: number): readonly unknown[] {
  return items.slice(0, most).map((item) => cutObject(item, limit));
}

/** A text object (`{ type: 'mrkdwn', text }`) with its text cut; anything else as it is. */
function cutObject(value: unknown, limit: number): unknown {
  if (!isObject(value) || typeof value['text'] !== 'string') return value;
  return { ...value, text: cutText(value['text'], limit) };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
