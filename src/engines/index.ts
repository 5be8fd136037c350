import type { Engines, Outcome } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { createRunner, type GivenUp } from './runner.ts';

/** How to run the engines; every field has a default that fits a checkout of this repository. */
export interface EnginesOptions {
  /**
   * The worker's entry file. Default: `worker.ts` beside this file; in a bundle, `engines-worker.mjs` beside the bundle,
   * made by `esbuild src/engines/worker.ts --bundle --platform=node --format=esm --outfile=engines-worker.mjs`.
   */
  readonly worker?: URL | string;
  /** The compressed module. Default: `engines.wasm.br` beside this file, or beside the bundle. */
  readonly module?: URL | string;
  /** How long one item may run, in milliseconds. Default: 5,000 for templates, 30,000 for Jsonnet, 1,000
   * for the others, as in Argo CD. */
  readonly milliseconds?: Partial<Record<Language, number>>;
  /** The greatest memory of the module in bytes, whatever runs in it. Default 256 MiB. */
  readonly maxMemory?: number;
}

type Language = 'template' | 'expression' | 'jq' | 'lua' | 'jsonnet';

const MILLISECONDS: Readonly<Record<Language, number>> = {
  template: 5_000,
  expression: 1_000,
  jq: 1_000,
  lua: 1_000,
  jsonnet: 30_000,
};

/** Jsonnet knows no time; the module wants one all the same. */
const ANY_TIME = '1970-01-01T00:00:00Z';
const MAX_MEMORY = 256 * 1024 * 1024;

/** After so many different programs over their limits in one call the rest of it is not tried. */
const MAX_OVER = 4;

/** One item as the module takes it: `item` in module/main.go. */
interface Item {
  readonly program: string;
  readonly data: unknown;
  readonly options?: readonly string[] | undefined;
  readonly notifications?: boolean;
  readonly openLibraries?: boolean | undefined;
}

/**
 * Argo CD's five languages (see the port `Engines`), run by Argo CD's own libraries in one WebAssembly module without
 * files, network or environment. Nothing is loaded before the first call. Calls may be made at once; they run one after
 * the other in a thread that is ended and replaced when a program runs over its time or memory.
 */
export function createEngines(options: EnginesOptions = {}): Engines {
  const maxMemory = options.maxMemory ?? MAX_MEMORY;
  const runner = createRunner({
    worker: options.worker ?? workerFile(),
    module: options.module ?? new URL('./engines.wasm.br', import.meta.url),
    maxMemory,
  });

  async function outcomes<T>(language: Language, items: readonly Item[], at: string): Promise<readonly Outcome<T>[]> {
    const now = Date.parse(at);
    if (Number.isNaN(now)) throw new Problem('bad-request', `Expected a time like 2026-01-31T08:00:00Z, got "${at}"`);
    const milliseconds = options.milliseconds?.[language] ?? MILLISECONDS[language];
    const done = new Map<Item, Outcome<T>>();
    const over = new Set<string>();
    while (done.size < items.length) {
      const open = items.filter((item) => !done.has(item));
      const ending = await runner.run({ request: requestOf(language, open, maxMemory), now }, milliseconds);
      if ('answer' in ending) {
        const answers = JSON.parse(ending.answer) as readonly Outcome<T>[];
        for (const [index, item] of open.entries()) done.set(item, answers[index] ?? unanswered());
        break;
      }
      const culprit = open[ending.index];
      if (culprit === undefined || over.size === MAX_OVER) throw overLimit(language, over.size, ending);
      over.add(culprit.program);
      const limit = ending.limit === 'time' ? `${milliseconds / 1000} s` : `${maxMemory / 1024 ** 2} MiB`;
      const error = `ran over its limit of ${limit}`;
      for (const item of open.filter((each) => each.program === culprit.program)) {
        done.set(item, { ok: false, error, limit: ending.limit });
      }
    }
    return items.map((item) => done.get(item) ?? unanswered());
  }

  return {
    templates: (items, at) =>
      outcomes(
        'template',
        items.map((item) => ({
          program: item.template,
          data: item.data,
          options: item.options,
          notifications: item.dialect === 'notifications',
        })),
        at,
      ),
    expressions: (items, at) =>
      outcomes(
        'expression',
        items.map((item) => ({ program: item.expression, data: item.environment })),
        at,
      ),
    jq: (items, at) =>
      outcomes(
        'jq',
        items.map((item) => ({ program: item.filter, data: item.input })),
        at,
      ),
    lua: (items, at) =>
      outcomes(
        'lua',
        items.map((item) => ({ program: item.script, data: item.object, openLibraries: item.openLibraries })),
        at,
      ),
    jsonnet: (items) =>
      outcomes(
        'jsonnet',
        items.map(({ file, ...data }) => ({ program: file, data })),
        ANY_TIME,
      ),
    close: () => runner.close(),
  };
}

function workerFile(): URL {
  const here = import.meta.url;
  return here.endsWith('.ts') ? new URL('./worker.ts', import.meta.url) : new URL('./engines-worker.mjs', here);
}

/** The module's request; data that items share is written once. */
function requestOf(language: Language, items: readonly Item[], memory: number): string {
  const places = new Map<unknown, number>();
  for (const item of items) if (!places.has(item.data)) places.set(item.data, places.size);
  return JSON.stringify({
    language,
    memory,
    items: items.map((item) => ({ ...item, data: places.get(item.data) })),
    data: [...places.keys()].map((each) => each ?? null),
  });
}

function overLimit(language: Language, programs: number, ending: GivenUp): Problem {
  const message =
    ending.index < 0
      ? 'The data of one call was more than the engines can read'
      : `More than ${programs} ${language} programs of one call ran over their limits`;
  return new Problem('limit-exceeded', message, {
    fix: 'Look for an endless loop or a very large range in the programs that changed last.',
    ...(ending.words === '' ? {} : { cause: new Error(ending.words) }),
  });
}

function unanswered(): never {
  throw new Problem('internal', 'The engines left an item without an answer');
}
