import { expect, it } from 'vitest';
import { comeBack, isPassing } from '../../src/flows/come-back.ts';
import type { Application } from '../../src/spec/application.ts';
import type { Job } from '../../src/spec/event.ts';
import { Problem } from '../../src/spec/problem.ts';

function named(name: string): Application {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name },
    spec: { project: 'default', destination: { name: 'in-cluster' } },
  };
}

it('looks again at applications whose source did not answer, once, when it was told to ask again', async () => {
  const seen = new Set<string>();
  const sent: [Job, number | undefined][] = [];
  const ports = {
    store: {
      seen: async (name: string) => seen.has(name),
      once: async (name: string) => !seen.has(name) && seen.add(name) !== undefined,
    },
    queue: {
      send: async (job: Job, options?: { readonly delaySeconds?: number }) => {
        sent.push([job, options?.delaySeconds]);
      },
    },
  };
  const limited = new Problem('rate-limited', 'GitHub: too many requests', { retryAfterSeconds: 42 });
  const wants = [
    { application: named('a'), problem: limited },
    { application: named('b'), problem: new Problem('unavailable', 'GitHub: 502') },
  ];
  const scope = { of: 'applications', names: ['a', 'b'] } as const;
  await comeBack(wants, undefined, ports);
  await comeBack(wants, undefined, ports);
  expect(sent).toEqual([[{ kind: 'refresh', scope }, 42]]);
  // Each push has somebody to tell, though a scheduled look found the silence first
  const push = { repo: 'acme/platform', branch: 'main', sha: 'abc' };
  await comeBack(wants, push, ports);
  await comeBack(wants, push, ports);
  expect(sent.slice(1)).toEqual([[{ kind: 'refresh', scope: { ...scope, push } }, 42]]);
});

it('takes only what passes by itself for a silence of the source', () => {
  expect(isPassing(new Problem('unavailable', 'x'))).toBe(true);
  expect(isPassing(new Problem('render-failed', 'x'))).toBe(false);
  expect(isPassing(undefined)).toBe(false);
});
