import { Cron } from 'croner';
import { goDuration } from '../spec/duration.ts';
import { Problem } from '../spec/problem.ts';
import type { SyncWindow } from '../spec/project.ts';
import { plainSchedule } from '../spec/schedule.ts';
import { zoneOffset } from '../spec/time-zone.ts';

/** A window that can be asked for its times; moments are milliseconds. */
export interface ReadWindow {
  /** A time of the schedule lies less than the duration ago, by the clocks of the window's zone at that moment. */
  isActive(at: number): boolean;
  /** The next moment after this one at which it may begin or end. Undefined when its schedule never comes. */
  nextEdge(at: number): number | undefined;
}

/**
 * Reads a sync window. Schedules run by the wall clock of the zone as Argo CD has it: the zone's distance from UTC at the
 * moment that is asked about counts for the whole window, so that a window over a change of clocks keeps its length.
 * Throws Problem `misconfigured` for a schedule, duration or time zone that can't be read.
 */
export function readWindow({ schedule, duration, timeZone }: SyncWindow): ReadWindow {
  const cron = cronOf(schedule);
  const length = goDuration(duration);
  if (length === undefined || length <= 0) {
    throw new Problem('misconfigured', `cannot parse duration '${duration}': it must be Go's and above 0`, {
      fix: 'Write hours, minutes or seconds: 8h, 90m, 1h30m.',
    });
  }
  const offset = (at: number): number => {
    const found = zoneOffset(timeZone, at);
    if (found !== undefined) return found;
    throw new Problem('misconfigured', `unknown time zone '${timeZone}'`, {
      fix: 'Write an IANA name: Europe/Berlin.',
    });
  };
  offset(0);
  const firstAfter = (wall: number): number | undefined => cron.nextRun(new Date(wall))?.getTime();
  return {
    isActive: (at) => {
      const wall = at + offset(at);
      const first = firstAfter(wall - length);
      return first !== undefined && first <= wall;
    },
    nextEdge: (at) => {
      const wall = at + offset(at);
      const [begins, first] = [firstAfter(wall), firstAfter(wall - length)];
      const walls = [begins, first === undefined ? undefined : first + length].filter((each) => each !== undefined);
      const moments = walls.map((each) => each - offset(each - offset(at)));
      const later = moments.filter((each) => each > at);
      return later.length === 0 ? undefined : Math.min(...later);
    },
  };
}

const crons = new Map<string, Cron>();

/** A schedule is read once: every application of a project asks for the same ones. */
function cronOf(schedule: string): Cron {
  const known = crons.get(schedule);
  if (known !== undefined) return known;
  // The time that it is given is the wall clock, written as if it were UTC.
  const cron = new Cron(plainSchedule(schedule), { timezone: 'UTC', mode: '5-part', paused: true });
  crons.set(schedule, cron);
  return cron;
}
