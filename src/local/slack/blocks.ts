import * as z from 'zod';

/**
 * The blocks that Slack takes in a message, checked as it does: the length of each text, the number of each list.
 * Kinds that trimtab's users rarely send are only checked for being known.
 * https://docs.slack.dev/reference/block-kit/blocks/
 */
const text = (most: number) =>
  z.object({
    type: z.enum(['mrkdwn', 'plain_text']),
    text: z.string().min(1).max(most),
    emoji: z.boolean().optional(),
  });

const plain = (most: number) => z.object({ type: z.literal('plain_text'), text: z.string().min(1).max(most) });

const image = z.object({ type: z.literal('image'), alt_text: z.string().max(2000), image_url: z.url().optional() });

const section = z
  .object({
    type: z.literal('section'),
    text: text(3000).optional(),
    fields: z.array(text(2000)).min(1).max(10).optional(),
  })
  .refine((block) => block.text !== undefined || block.fields !== undefined, {
    message: 'missing required field: text',
  });

const blockId = { block_id: z.string().max(255).optional() };

const block = z.discriminatedUnion('type', [
  section,
  z.object({ ...blockId, type: z.literal('header'), text: plain(150) }),
  z.object({ ...blockId, type: z.literal('divider') }),
  z.object({
    ...blockId,
    type: z.literal('context'),
    elements: z
      .array(z.union([text(3000), image]))
      .min(1)
      .max(10),
  }),
  z.object({ ...blockId, type: z.literal('markdown'), text: z.string().min(1).max(12_000) }),
  z.object({
    ...blockId,
    type: z.literal('actions'),
    elements: z
      .array(z.looseObject({ type: z.string() }))
      .min(1)
      .max(25),
  }),
  image,
  ...(['rich_text', 'video', 'table', 'file', 'input'] as const).map((type) =>
    z.looseObject({ type: z.literal(type) }),
  ),
]);

const blocks = z.array(block).max(50);

const attachments = z.array(z.looseObject({ blocks: blocks.optional() })).max(100);

/** What Slack finds wrong, as it stands in `response_metadata.messages`; empty when nothing is. */
export function blockFaults(value: unknown): readonly string[] {
  return faults(blocks, value, '/blocks');
}

export function attachmentFaults(value: unknown): readonly string[] {
  return faults(attachments, value, '/attachments');
}

function faults(schema: z.ZodType, value: unknown, root: string): readonly string[] {
  const checked = schema.safeParse(value);
  if (checked.success) return [];
  return checked.error.issues.map(
    ({ message, path }) => `[ERROR] ${message} [json-pointer:${[root, ...path.map(String)].join('/')}]`,
  );
}
