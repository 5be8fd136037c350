import { Problem } from './problem.ts';

/** One of the five fields of a cron schedule: how it is called, its bounds, and names that stand for numbers. */
interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of month', from: 1, to: 31 },
  {
    name: 'month',
    from: 1,
    to: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day of week', from: 0, to: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

/**
 * The schedule of a sync window in the plainest cron: each field `*`, or a list of numbers. What Argo CD's cron reads is
 * read, and nothing else: five fields, `*` or `?`, lists, ranges, steps (`5/15` is `5-59/15`), names of months and days;
 * no `@daily`, no `7` for Sunday, no `L`. Throws Problem `misconfigured` that names the field.
 * https://pkg.go.dev/github.com/robfig/cron/v3#hdr-CRON_Expression_Format
 */
export function plainSchedule(schedule: string): string {
  const texts = schedule.trim().split(/\s+/);
  if (schedule.trim() === '' || texts.length !== FIELDS.length) {
    const found = schedule.trim() === '' ? 0 : texts.length;
    throw unreadable(schedule, `it must have five fields (minute hour day month weekday), found ${found}`);
  }
  return FIELDS.map((field, index) => plainField(texts[index] ?? '', field, schedule)).join(' ');
}

function plainField(text: string, field: Field, schedule: string): string {
  const refuse = (reason: string): Problem => unreadable(schedule, `its ${field.name} "${text}" ${reason}`);
  const values = new Set<number>();
  let every = false;
  const parts = text.split(',').filter((part) => part !== '');
  if (parts.length === 0) throw refuse('is empty');
  for (const part of parts) {
    const found = /^(\*|\?|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part);
    if (found === null) throw refuse('is no number, range, list or step');
    const [, first = '', last, stepText] = found;
    const step = stepText === undefined ? 1 : Number(stepText);
    const isAny = first === '*' || first === '?';
    if (isAny && last !== undefined) throw refuse('is no range');
    if (step === 0) throw refuse('has a step of 0');
    const low = isAny ? field.from : numberOf(first, field);
    // A single number with a step goes on to the end: 5/15 is 5-59/15.
    const high = isAny || (last === undefined && stepText !== undefined) ? field.to : numberOf(last ?? first, field);
    if (low === undefined || high === undefined) throw refuse(`must be from ${field.from} to ${field.to}`);
    if (low < field.from || high > field.to) throw refuse(`must be from ${field.from} to ${field.to}`);
    if (low > high) throw refuse('is a range that runs backwards');
    every ||= isAny && step === 1;
    for (let value = low; value <= high; value += step) values.add(value);
  }
  return every ? '*' : [...values].sort((a, b) => a - b).join(',');
}

function numberOf(text: string, { names, from }: Field): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  return index < 0 ? undefined : index + from;
}

function unreadable(schedule: string, reason: string): Problem {
  return new Problem('misconfigured', `cannot parse schedule '${schedule}': ${reason}`, {
    fix: 'Write five fields of cron: "0 22 * * 1-5" is 22:00 from Monday to Friday.',
  });
}
