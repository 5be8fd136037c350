import { describe, expect, it } from 'vitest';
import { retryDelay } from '../../src/state/retry-delay.ts';

describe('a job that failed', () => {
  it.each([
    [1, 10],
    [2, 20],
    [3, 40],
    [4, 80],
    [5, 160],
    [6, 320],
    [7, 640],
    [8, 900],
    [10, 900],
    [5000, 900],
  ])('for the %d. time comes again after %d s', (times, seconds) => {
    expect(retryDelay({ retryAfterSeconds: undefined }, times)).toBe(seconds);
  });

  it('comes again when the problem says, however often it has failed', () => {
    expect(retryDelay({ retryAfterSeconds: 30 }, 1)).toBe(30);
    expect(retryDelay({ retryAfterSeconds: 3600 }, 7)).toBe(3600);
  });

  it.each([
    [0, 1],
    [0.2, 1],
    [-5, 1],
    [Number.NaN, 1],
    [1.5, 2],
    [1e9, 39_600],
    [Number.POSITIVE_INFINITY, 39_600],
  ])('is hidden for whole seconds that SQS takes, where the problem says %d', (says, seconds) => {
    expect(retryDelay({ retryAfterSeconds: says }, 1)).toBe(seconds);
  });

  it.each([0, Number.NaN])('counts as failed once where the count is %d', (count) => {
    expect(retryDelay({ retryAfterSeconds: undefined }, count)).toBe(10);
  });
});
