import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../spec/manifest.ts';
import type { Checkout, Engines, OpenDataKey, Renderer, RenderInput, Source } from '../spec/ports.ts';
import { Problem } from '../spec/problem.ts';
import { referencedFiles } from '../spec/referenced-files.ts';
import { createCommits } from './bases.ts';
import { createRenderCache, type RenderCacheOptions } from './cache.ts';
import { closure, closureOf } from './closure.ts';
import { createClosures } from './closures.ts';
import { contentKey, contentOf } from './content-key.ts';
import type { Context } from './context.ts';
import { detectTool, type RenderTool } from './detect.ts';
import { renderDirectory } from './directory.ts';
import { withoutWords } from './encrypted-file.ts';
import { renderHelm } from './helm.ts';
import { walkKustomization } from './kustomization.ts';
import { renderKustomize } from './kustomize.ts';
import { mayDefine } from './may-define.ts';
import { insideCheckout } from './paths.ts';
import { run } from './run.ts';
import { createSlots } from './slots.ts';
import { withOverrides } from './source-overrides.ts';
import type { Tools } from './tools.ts';
import type { Walked } from './walk.ts';

export { locateTools, type Tools } from './tools.ts';

export interface RendererOptions {
  /** Finds helm and kubectl; asked once, when the first render needs one: `() => locateTools({ cacheDir })`. */
  readonly tools: () => Promise<Tools>;
  /** Content ids of a commit's files. With it, renders are kept by content, and nothing is rendered twice. */
  readonly tree?: Source['tree'];
  /** Evaluates Jsonnet. Absent: a Jsonnet file fails its application. */
  readonly jsonnet?: Engines['jsonnet'];
  /** Opens files that SOPS encrypted; `marks` shows their values as marks. Absent: such a file fails its application. */
  readonly sops?: OpenDataKey | 'marks';
  /** Where renders are kept, and how much of them. */
  readonly cache?: RenderCacheOptions;
  /** Programs that run at once. Default: as many as there are processors. */
  readonly concurrency?: number;
}

/**
 * The renderer: real helm and kubectl over files that nobody vouches for, a few at once, each result kept by the content
 * that it was made from. What it returns is shared: nobody may change it.
 */
export function createRenderer(options: RendererOptions): Renderer {
  const slots = createSlots(options.concurrency ?? availableParallelism());
  const cache = createRenderCache(options.cache);
  const commitOf = createCommits();
  const decrypted = new WeakSet<Manifest>();
  let located: Promise<Tools> | undefined;
  const tools = (): Promise<Tools> => {
    located ??= options.tools().catch((thrown) => {
      located = undefined;
      throw thrown;
    });
    return located;
  };
  const versions = async (tool: RenderTool): Promise<readonly string[]> => {
    if (tool === 'directory') return [];
    const { helm, kubectl } = await tools();
    return tool === 'helm' ? [helm.version] : [kubectl.version, helm.version];
  };
  const render = async (given: RenderInput): Promise<readonly Manifest[]> => {
    const { folder, files } = await sourceFolder(given);
    const input = await withOverrides(given);
    const tool = detectTool(input.source, files);
    const { jsonnet, sops } = options;
    const seen = { secrets: false };
    const context: Context = {
      input,
      folder,
      tools,
      jsonnet,
      sops,
      seen,
      run: (command) => slots.run(() => run(command)),
    };
    const walked = tool === 'kustomize' ? await walkKustomization(input, folder, commitOf) : undefined;
    const rendered = async (): Promise<readonly Manifest[]> => {
      try {
        const manifests = await renderWith(tool, context, walked);
        if (seen.secrets) for (const manifest of manifests) decrypted.add(manifest);
        return manifests;
      } catch (thrown) {
        throw await withoutWords(thrown, context);
      }
    };
    if (options.tree === undefined) return rendered();
    const isChart = input.source.chart !== undefined;
    const tree = isChart ? NO_FILES : await options.tree(input.checkout.repoURL, input.checkout.revision);
    const reads = isChart ? [] : await closureOf(tool, input, folder, walked);
    const lent = await lentContent(input, options.tree);
    const key = contentKey(input, {
      tool,
      versions: [...(await versions(tool)), typeof sops],
      closure: reads,
      tree,
      lent,
      walked,
    });
    // What was decrypted stays in memory.
    return cache.get(key, rendered, () => !seen.secrets);
  };
  return {
    render,
    decrypted: (manifest) => decrypted.has(manifest),
    closure: options.tree === undefined ? closure : createClosures(options.tree),
    parameters: async (input) => (await withOverrides(input)).source,
    mayDefine: async (input, reads) => {
      const { repoURL, revision } = input.checkout;
      return mayDefine(
        input,
        reads,
        input.source.chart === undefined ? await options.tree?.(repoURL, revision) : undefined,
      );
    },
  };
}

async function renderWith(tool: RenderTool, context: Context, walked?: Walked): Promise<readonly Manifest[]> {
  if (walked !== undefined) return renderKustomize(context, walked);
  return tool === 'helm' ? renderHelm(context) : renderDirectory(context);
}

const NO_FILES: ReadonlyMap<string, string> = new Map();

/** What the application's other sources lend to this render. */
async function lentContent(
  { source, refs = NO_REFS }: RenderInput,
  treeOf: Source['tree'],
): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  for (const [ref, { repoURL, revision }] of refs) {
    const paths = referencedFiles([source], ref);
    if (paths.length > 0) found.push(...contentOf(paths, await treeOf(repoURL, revision)));
  }
  return found;
}

const NO_REFS: NonNullable<RenderInput['refs']> = new Map();

/** The folder of a source, and the names in it. Throws Problem `not-found` when it is not there. */
async function sourceFolder(
  input: RenderInput,
): Promise<{ readonly folder: string; readonly files: readonly string[] }> {
  const { checkout, source } = input;
  const where = { field: 'spec.source.path' };
  const path = source.path ?? '';
  if (path.startsWith('/')) {
    throw new Problem('unsafe-path', `The path of the source must be relative; ${JSON.stringify(path)} is absolute.`, {
      where,
      fix: 'Write the path from the root of the repository, without a slash at its beginning.',
    });
  }
  const folder = insideCheckout(checkout, '', path === '' ? '.' : path, where);
  try {
    return { folder, files: await readdir(join(checkout.dir, folder)) };
  } catch (thrown) {
    throw notThere(path, checkout, thrown);
  }
}

function notThere(path: string, checkout: Checkout, thrown: unknown): Problem {
  const isFile = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOTDIR';
  const commit = checkout.revision.slice(0, 7);
  const what = isFile ? 'is a file, not a folder,' : 'does not exist';
  return new Problem('not-found', `The path ${path} ${what} in ${checkout.repoURL} at ${commit}.`, {
    where: { field: 'spec.source.path' },
    fix: 'Correct spec.source.path, or add the folder.',
  });
}
