import { afterAll, describe, expect, it } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';

const AT = '2026-01-31T08:00:00Z';
const engines = createEngines();
afterAll(() => engines.close());

async function value(expression: string, environment: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
  const [outcome] = await engines.expressions([{ expression, environment }], AT);
  if (outcome?.ok !== true) throw new Error(outcome?.error);
  return outcome.value;
}

describe('expressions, as https://expr-lang.org/docs/language-definition documents them', () => {
  const environment = {
    user: { Name: 'Ada', Group: 'admin', Roles: ['admin', 'dev'] },
    tweets: [
      { Content: 'short', Likes: 3 },
      { Content: 'a longer one', Likes: 10 },
    ],
  };
  it.each([
    ['1 + 2 * 3', 7],
    ['2 ** 8', 256],
    ['10 % 3', 1],
    ['"hello" contains "ell" and "hello" startsWith "he" and not ("hello" endsWith "x")', true],
    ['"foobar" matches "^foo"', true],
    ['user.Group in ["admin", "moderator"] || user.Name == "root"', true],
    ['"Name" in user', true],
    ['user?.Nothing?.Deeper', null],
    ['user.Nothing ?? "Anonymous"', 'Anonymous'],
    ['user.Name != "" ? "named" : "nameless"', 'named'],
    ['1..3', [1, 2, 3]],
    ['[1, 2, 3, 4, 5][1:4]', [2, 3, 4]],
    ['[1, 2, 3][-1]', 3],
    ['"Hello World" | lower() | split(" ")', ['hello', 'world']],
    ['let x = 42; x * 2', 84],
    ['filter(tweets, .Likes > 5) | map(.Content)', ['a longer one']],
    ['all(tweets, len(.Content) < 280)', true],
    ['any(tweets, {.Likes > 9})', true],
    ['none(tweets, .Likes > 100)', true],
    ['one(tweets, .Likes == 3)', true],
    ['count([1, 2, 3], # > 1)', 2],
    ['reduce(1..9, #acc + #)', 45],
    ['sum([1, 2, 3])', 6],
    ['sortBy(tweets, .Likes, "desc")[0].Likes', 10],
    ['trim("  Hello  ")', 'Hello'],
    ['toJSON({"a": 1}) | fromJSON()', { a: 1 }],
    ['duration("1h").Seconds()', 3600],
    ['date("2026-01-31T08:00:00Z") == now()', true],
  ])('%s', async (expression, expected) => {
    expect(await value(expression, environment)).toEqual(expected);
  });
});

describe('triggers of notifications', () => {
  const synced = {
    metadata: { name: 'shop', generation: 3 },
    status: {
      sync: { status: 'Synced' },
      health: { status: 'Healthy', lastTransitionTime: '2026-01-31T07:56:00Z' },
      operationState: {
        phase: 'Succeeded',
        startedAt: '2026-01-31T07:55:00Z',
        finishedAt: '2026-01-31T07:56:30Z',
        syncResult: { revision: 'abc' },
      },
    },
  };
  const fresh = { metadata: { name: 'shop' }, status: { sync: { status: 'Unknown' }, health: { status: 'Degraded' } } };
  const deployed =
    "app.status.operationState != nil and app.status.operationState.phase in ['Succeeded'] and app.status.health.status == 'Healthy' and " +
    '(!time.Parse(app.status.health.lastTransitionTime).Add(1 * time.Minute).Before(time.Parse(app.status.operationState.finishedAt)) or ' +
    'time.Parse(app.status.health.lastTransitionTime).Before(time.Parse(app.status.operationState.startedAt)))';

  it.each([
    ['on-deployed', deployed, true, false],
    ['on-health-degraded', "app.status.health.status == 'Degraded'", false, true],
    [
      'on-sync-failed',
      "app.status.operationState != nil and app.status.operationState.phase in ['Error', 'Failed']",
      false,
      false,
    ],
    ['on-sync-status-unknown', "app.status.sync.status == 'Unknown'", false, true],
    ['on-created', 'true', true, true],
    ['on-deleted', 'app.metadata.deletionTimestamp != nil', false, false],
    [
      'unknown for five minutes',
      'app.status.operationState?.startedAt != nil and time.Now().Sub(time.Parse(app.status.operationState.startedAt)).Minutes() >= 5',
      true,
      false,
    ],
    ['by generation', 'app.metadata.generation == 3', true, false],
  ])('%s', async (_name, when, whenSynced, whenFresh) => {
    expect(await value(when, { app: synced })).toBe(whenSynced);
    expect(await value(when, { app: fresh })).toBe(whenFresh);
  });

  it('gives what oncePer names, and nothing where the part is absent', async () => {
    const oncePer = 'app.status.operationState?.syncResult?.revision';
    expect(await value(oncePer, { app: synced })).toBe('abc');
    expect(await value(oncePer, { app: fresh })).toBeNull();
  });

  it('offers time and strings', async () => {
    expect(await value('time.Now()')).toBe('2026-01-31T08:00:00Z');
    expect(await value('time.Parse("2026-01-31T07:00:00Z").Format(time.Kitchen)')).toBe('7:00AM');
    expect(await value('strings.ReplaceAll("a-b", "-", ".") + strings.ToUpper("x") + strings.ToLower("Y")')).toBe(
      'a.bXy',
    );
  });

  it('fails each alone, with the place', async () => {
    const outcomes = await engines.expressions(
      [
        { expression: '1 +', environment: {} },
        { expression: "app.status.phase == 'x'", environment: {} },
        { expression: 'time.Parse("yesterday")', environment: {} },
        { expression: 'true', environment: {} },
      ],
      AT,
    );
    expect(outcomes).toEqual([
      { ok: false, error: expect.stringContaining('unexpected token EOF'), line: 1, column: 3 },
      { ok: false, error: expect.stringContaining('cannot fetch status from <nil>'), line: 1, column: 5 },
      { ok: false, error: expect.stringContaining('cannot parse "yesterday"'), line: 1, column: 6 },
      { ok: true, value: true },
    ]);
  });
});
