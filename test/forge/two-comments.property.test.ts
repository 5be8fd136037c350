import type { Octokit } from '@octokit/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Client } from '../../src/forge/client.ts';
import { createComments } from '../../src/forge/comments.ts';
import { Problem } from '../../src/spec/problem.ts';

/** Two jobs that write the same comment at once: a message of the queue may come twice, and a push soon after another. */

const REPO = 'acme/shop';
const MARKER = '<!-- trimtab:preview -->';
const BOT = 'trimtab[bot]';

interface Stored {
  readonly id: number;
  body: string;
  readonly login: string;
}

/** Comments are listed by so many a page here. */
const PAGE = 2;

interface Site {
  readonly comments: Stored[];
  next: number;
}

type Given = { readonly page?: number; readonly body?: string; readonly comment_id?: number };

/** A GitHub of which each call waits for its `turn`, and then happens at once. */
function clientOf(site: Site, turn: (call: string) => Promise<unknown>): Client {
  const shown = ({ id, body, login }: Stored) => ({ id, body, html_url: '', user: { login } });
  const find = (id: number | undefined): Stored => {
    const found = site.comments.find((one) => one.id === id);
    if (found === undefined) throw new Problem('not-found', `no comment ${id}`);
    return found;
  };
  const answer = (route: string, given: Given): unknown => {
    switch (route.split(' ')[0]) {
      case 'GET':
        return site.comments.slice(PAGE * ((given.page ?? 1) - 1), PAGE * (given.page ?? 1)).map(shown);
      case 'POST': {
        const made = { id: site.next, body: given.body ?? '', login: BOT };
        site.next += 1;
        site.comments.push(made);
        return shown(made);
      }
      case 'PATCH':
        find(given.comment_id).body = given.body ?? '';
        return {};
      default:
        site.comments.splice(site.comments.indexOf(find(given.comment_id)), 1);
        return undefined;
    }
  };
  const request = async (route: string, given: Given): Promise<{ readonly data: unknown }> => {
    await turn(route);
    return { data: answer(route, given) };
  };
  const github = { request } as unknown as Octokit;
  const at = { owner: 'acme', repo: 'shop' };
  return {
    app: async () => ({ id: 1, login: BOT }),
    ask: async (_repo, _about, call) => (await call(github, at)).data,
    pages: async function* (_repo, _about, call) {
      for (let page = 1; ; page += 1) {
        const { data } = await call(github, { ...at, page, per_page: PAGE });
        yield data;
        if ((data as readonly unknown[]).length < PAGE) return;
      }
    },
    ofOwner: () => expect.unreachable(),
    wait: async () => undefined,
  };
}

const bodyOf = (words: string): string => `${MARKER}\n${words}`;

const ours = ({ comments }: Site): readonly string[] =>
  comments.filter(({ login, body }) => login === BOT && body.startsWith(MARKER)).map(({ body }) => body);

/** Comments of other people, one with our marker, that stand there before. */
function siteWith(others: number): Site {
  const comments = Array.from({ length: others }, (_, id) => ({ id, body: bodyOf('not ours'), login: 'bob' }));
  return { comments, next: others };
}

test('one comment is left, with the words of one of them, in whatever order their calls happen', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.nat(4), fc.integer({ min: 2, max: 3 }), async (scheduler, others, jobs) => {
      const site = siteWith(others);
      const words = ['first', 'second', 'third'].slice(0, jobs);
      const runs = words.map((each) => {
        const { upsertComment } = createComments(
          clientOf(site, (call) => scheduler.schedule(Promise.resolve(), `${each}: ${call}`)),
        );
        return upsertComment(REPO, 1, MARKER, bodyOf(each));
      });
      await scheduler.waitFor(Promise.all(runs));
      expect(ours(site)).toHaveLength(1);
      expect(words.map(bodyOf)).toContain(ours(site)[0]);
      expect(site.comments).toHaveLength(others + 1);
    }),
    { numRuns: 300 },
  );
});

test('one that dies at any call leaves what the next one puts right', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.nat(6), fc.boolean(), async (scheduler, dies, before) => {
      const site = siteWith(0);
      const job = async (each: string, diesAt: number): Promise<void> => {
        let calls = 0;
        const turn = async (call: string): Promise<void> => {
          calls += 1;
          if (before && calls > diesAt) throw new Problem('internal', 'dead');
          await scheduler.schedule(Promise.resolve(), `${each}: ${call}`);
          if (!before && calls > diesAt) throw new Problem('internal', 'dead');
        };
        await createComments(clientOf(site, turn)).upsertComment(REPO, 1, MARKER, bodyOf(each));
      };
      await scheduler.waitFor(Promise.allSettled([job('first', dies), job('second', Number.POSITIVE_INFINITY)]));
      expect(ours(site).length).toBeGreaterThan(0);
      await scheduler.waitFor(job('third', Number.POSITIVE_INFINITY));
      expect(ours(site)).toEqual([bodyOf('third')]);
    }),
    { numRuns: 300 },
  );
});
