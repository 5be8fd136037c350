import { expect, onTestFinished } from 'vitest';
import { createForge, type ForgeOptions } from '../../src/forge/index.ts';
import {
  createLocalForge,
  type Exchange,
  type LocalForge,
  type LocalForgeOptions,
} from '../../src/local/forge/index.ts';
import type { Forge } from '../../src/spec/ports.ts';
import { Problem } from '../../src/spec/problem.ts';
import { createOpenApiCheck } from '../openapi/check.ts';

export const REPO = 'acme/shop';

const problemsWith = createOpenApiCheck();

export interface Stage {
  /** The GitHub that is talked to. */
  readonly site: LocalForge;
  /** What is tested. */
  readonly forge: Forge;
  /** Method, path and query of what was said since the last call of this. */
  said(): readonly string[];
  exchanges(): readonly Exchange[];
}

/**
 * A GitHub with the repository acme/shop and the App on it. When the test ends, everything that was said is held
 * against GitHub's own description. A second of waiting lasts a millisecond.
 */
export async function stage(
  options: LocalForgeOptions & { readonly files?: Readonly<Record<string, string>> } = {},
  forgeOptions: Partial<ForgeOptions> = {},
): Promise<Stage> {
  const { files = { 'web/values.yaml': 'replicas: 2\n', 'README.md': '# shop\n' }, ...rest } = options;
  const exchanges: Exchange[] = [];
  const site = await createLocalForge({ ...rest, onExchange: (exchange) => exchanges.push(exchange) });
  onTestFinished(async () => {
    await site.close();
    const own = exchanges.filter((exchange) => !exchange.fault && !isBareSha(exchange));
    expect(own.flatMap(problemsWith)).toEqual([]);
  });
  await site.createRepository({ owner: 'acme', name: 'shop', files });
  const forge = createForge({
    appId: site.app.id,
    privateKey: site.app.privateKey,
    url: site.apiUrl,
    secondMs: 1,
    ...forgeOptions,
  });
  let seen = 0;
  return {
    site,
    forge,
    said() {
      const since = exchanges.slice(seen).map(({ method, path, query }) => `${method} ${path}${query}`);
      seen = exchanges.length;
      return since;
    },
    exchanges: () => exchanges,
  };
}

/** A branch with one commit and a pull request for it. */
export async function openPull(
  site: LocalForge,
  branch = 'scale',
  changes: Readonly<Record<string, string | null>> = { 'web/values.yaml': 'replicas: 3\n' },
): Promise<{ readonly number: number; readonly head: string }> {
  const head = await site.commit(REPO, { branch, from: 'main', message: `Change ${branch}`, changes });
  const { number } = await site.openPull(REPO, { title: `Change ${branch}`, head: branch });
  return { number, head };
}

/** What a promise was rejected with, which must be a Problem. */
export async function problemIn(promise: Promise<unknown>): Promise<Problem> {
  const thrown = await promise.then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(Problem);
  return thrown instanceof Problem ? thrown : new Problem('internal', String(thrown));
}

/** The media type `application/vnd.github.sha`: 40 letters instead of the JSON that alone is described. */
function isBareSha({ method, path, status, responseBody }: Exchange): boolean {
  return method === 'GET' && /\/commits\/[^/]+$/.test(path) && status === 200 && responseBody === undefined;
}
