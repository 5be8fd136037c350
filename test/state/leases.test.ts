import { describe, expect, it } from 'vitest';
import { testClock, useStore } from './store.ts';

const { store, local } = useStore();

describe('a lease', () => {
  it('has one holder at a time', async () => {
    const { leases } = store(testClock().clock);
    const taken = await Promise.all(['a', 'b', 'c', 'd'].map((holder) => leases.take('app/web', holder, 60)));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it('is extended by its holder', async () => {
    const { clock, pass } = testClock();
    const { leases } = store(clock);
    expect(await leases.take('app/extended', 'a', 60)).toBe(true);
    pass(50);
    expect(await leases.take('app/extended', 'a', 60)).toBe(true);
    pass(50);
    expect(await leases.take('app/extended', 'b', 60)).toBe(false);
  });

  it('runs out by itself when its holder died, though DynamoDB has not deleted it yet', async () => {
    const { clock, pass } = testClock();
    const { leases } = store(clock);
    await leases.take('app/died', 'a', 60);
    pass(59.999);
    expect(await leases.take('app/died', 'b', 60)).toBe(false);
    pass(0.001);
    expect(await leases.take('app/died', 'b', 60)).toBe(true);
    expect(await leases.take('app/died', 'a', 60)).toBe(false);
  });

  it('is free once released', async () => {
    const { leases } = store(testClock().clock);
    await leases.take('app/released', 'a', 60);
    await leases.release('app/released', 'a');
    expect(await leases.take('app/released', 'b', 60)).toBe(true);
  });

  it('is not released by a late holder who lost it', async () => {
    const { clock, pass } = testClock();
    const { leases } = store(clock);
    await leases.take('app/late', 'a', 60);
    pass(61);
    await leases.take('app/late', 'b', 60);
    await leases.release('app/late', 'a');
    expect(await leases.take('app/late', 'c', 60)).toBe(false);
  });

  it('carries the TTL by which DynamoDB deletes it, in seconds', async () => {
    const { clock } = testClock('2026-11-24T09:00:00.000Z');
    await store(clock).leases.take('app/ttl', 'a', 60);
    const { aws, table } = local();
    const key = { pk: { S: 'LEASE#app/ttl' }, sk: { S: 'CLAIM' } };
    const { Item: item } = await aws('dynamodb:GetItem', { TableName: table, Key: key });
    expect(item).toMatchObject({ expiresAt: { N: String(Date.parse('2026-11-24T09:01:00Z') / 1000) } });
  });
});

describe('once', () => {
  it('is true for the first of many deliveries of the same event', async () => {
    const { once } = store(testClock().clock);
    const seen = await Promise.all(Array.from({ length: 6 }, () => once('delivery/72d3162e', 3600)));
    expect(seen.filter(Boolean)).toHaveLength(1);
  });

  it('is true again after its seconds', async () => {
    const { clock, pass } = testClock();
    const { once, seen } = store(clock);
    await once('delivery/again', 60);
    expect(await seen('delivery/again')).toBe(true);
    pass(60);
    expect(await seen('delivery/again')).toBe(false);
    expect(await once('delivery/again', 60)).toBe(true);
  });

  it('is true again after it was forgotten', async () => {
    const { once, forget, seen } = store(testClock().clock);
    await once('delivery/forgotten', 60);
    await forget('delivery/forgotten');
    expect(await seen('delivery/forgotten')).toBe(false);
    expect(await once('delivery/forgotten', 60)).toBe(true);
  });

  it('takes names longer than a DynamoDB key, and tells them apart', async () => {
    const { once } = store(testClock().clock);
    const long = 'on-deployed:app-deployed:slack:'.repeat(200);
    expect(await once(`${long}a`, 60)).toBe(true);
    expect(await once(`${long}b`, 60)).toBe(true);
    expect(await once(`${long}a`, 60)).toBe(false);
  });

  it('does not see a lease of the same name', async () => {
    const { once, leases } = store(testClock().clock);
    await leases.take('web', 'a', 60);
    expect(await once('web', 60)).toBe(true);
  });
});
