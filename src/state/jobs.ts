import * as z from 'zod';
import type { Job } from '../spec/event.ts';
import { Problem } from '../spec/problem.ts';

const message = z.object({
  text: z.string(),
  attachments: z.exactOptional(z.string()),
  blocks: z.exactOptional(z.string()),
  groupingKey: z.exactOptional(z.string()),
});

const delivery = z.object({
  once: z.string(),
  application: z.string(),
  service: z.string(),
  recipient: z.string(),
  message,
});

const scope = z.discriminatedUnion('of', [
  z.object({ of: z.literal('all') }),
  z.object({ of: z.literal('cluster'), cluster: z.string() }),
  z.object({ of: z.literal('branch'), repo: z.string(), branch: z.string(), sha: z.string() }),
  z.object({ of: z.literal('pulls'), repo: z.string() }),
  z.object({
    of: z.literal('applications'),
    names: z.array(z.string()),
    again: z.exactOptional(z.int()),
    heals: z.exactOptional(z.boolean()),
  }),
]);

const job: z.ZodType<Job> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('preview'),
    repo: z.string(),
    pull: z.int(),
    head: z.string(),
    requestedBy: z.exactOptional(z.string()),
  }),
  z.object({ kind: z.literal('command'), repo: z.string(), pull: z.int(), comment: z.int() }),
  z.object({ kind: z.literal('refresh'), scope }),
  z.object({
    kind: z.literal('sync'),
    application: z.string(),
    operation: z.string(),
    look: z.int(),
    busy: z.exactOptional(z.int()),
  }),
  z.object({ kind: z.literal('notify'), delivery }),
]);

/**
 * A job from the body of a message. Fields that this version does not know are dropped: while a new version is being
 * deployed, old functions read what new ones sent. Throws Problem `bad-request` for anything that is not a job; such
 * a message fails each time and ends in the dead-letter queue, where a person finds it.
 */
export function readJob(body: string): Job {
  const read = job.safeParse(parse(body));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new Problem('bad-request', `Message on a queue: expected a job, ${field || 'the body'}: ${issue?.message}.`, {
    where: field === '' ? {} : { field },
  });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new Problem('bad-request', 'Message on a queue: expected a job as JSON, the body is not JSON.', { cause });
  }
}
