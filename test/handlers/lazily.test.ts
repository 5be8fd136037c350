import { describe, expect, it } from 'vitest';
import { lazily } from '../../handlers/lazily.ts';

describe('a function', () => {
  it('is made once, at its first event', async () => {
    let made = 0;
    const handler = lazily(async () => {
      made += 1;
      return async (event: number) => event * 2;
    });
    expect(made).toBe(0);
    expect(await Promise.all([handler(1), handler(2)])).toEqual([2, 4]);
    expect(await handler(3)).toBe(6);
    expect(made).toBe(1);
  });

  it('whose secret could not be read once is made anew at the next event', async () => {
    let tries = 0;
    const handler = lazily(async () => {
      tries += 1;
      if (tries === 1) throw new Error('SSM did not answer');
      return async (event: string) => `handled ${event}`;
    });
    await expect(handler('first')).rejects.toThrow('SSM did not answer');
    expect(await handler('second')).toBe('handled second');
  });
});
