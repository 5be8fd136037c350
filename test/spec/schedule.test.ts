import { describe, expect, it } from 'vitest';
import { goDuration } from '../../src/spec/duration.ts';
import { plainSchedule } from '../../src/spec/schedule.ts';
import { problemOf } from './documents.ts';

// https://pkg.go.dev/github.com/robfig/cron/v3, with the options that Argo CD reads sync windows with.
describe('schedules', () => {
  it.each([
    ['0 22 * * *', '0 22 * * *'],
    ['*/20 * * * *', '0,20,40 * * * *'],
    ['5/20 * * * *', '5,25,45 * * * *'],
    ['0 9-17/4 * * mon-Fri', '0 9,13,17 * * 1,2,3,4,5'],
    ['? * ? JAN,mar ?', '* * * 1,3 *'],
    ['1,*/30 0 1 1 0', '0,1,30 0 1 1 0'],
    ['*/1 * * * *', '* * * * *'],
  ])('%s is %s', (schedule, plain) => {
    expect(plainSchedule(schedule)).toBe(plain);
  });

  it.each([
    ['@daily', 'it must have five fields (minute hour day month weekday), found 1'],
    ['0 0 22 * * *', 'it must have five fields (minute hour day month weekday), found 6'],
    ['60 * * * *', 'its minute "60" must be from 0 to 59'],
    ['0 0 * * 7', 'its day of week "7" must be from 0 to 6'],
    ['0 0 L * *', 'its day of month "L" must be from 1 to 31'],
    ['0 17-9 * * *', 'its hour "17-9" is a range that runs backwards'],
    ['*/0 * * * *', 'its minute "*/0" has a step of 0'],
    ['0 0 * * 1#2', 'its day of week "1#2" is no number, range, list or step'],
  ])('%s is none', (schedule, reason) => {
    expect(problemOf(() => plainSchedule(schedule)).message).toBe(`cannot parse schedule '${schedule}': ${reason}`);
  });
});

it.each([
  ['8h', 28_800_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['.5s', 500],
  ['0', 0],
  ['-1m', -60_000],
  ['90', undefined],
  ['1d', undefined],
  ['', undefined],
])('the duration %j is %j milliseconds', (text, milliseconds) => {
  expect(goDuration(text)).toBe(milliseconds);
});
