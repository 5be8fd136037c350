import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');

/** What of `serverless.yml` decides how functions are bundled. */
interface Stack {
  readonly functions: Readonly<Record<string, { readonly environment: Readonly<Record<string, unknown>> }>>;
  readonly custom: { readonly esbuild: Settings };
}

/** Settings of serverless-esbuild that esbuild does not know, and those that it does. */
interface Settings extends BuildOptions {
  readonly outputFileExtension: string;
  readonly exclude: readonly string[];
  readonly skipRebuild: boolean;
  readonly plugins: never;
}

const stack = parse(readFileSync(join(root, 'serverless.yml'), 'utf8'), { merge: true }) as Stack;

/** The names of the functions, as `serverless.yml` has them. */
export const FUNCTIONS: readonly string[] = Object.keys(stack.functions);

/** One function as it is deployed. */
export interface Bundle {
  readonly file: string;
  /** Node's options, where `serverless.yml` sets some. */
  readonly nodeOptions: string;
  readonly meta: Metafile;
}

/** Bundles a function into `folder` as `npm run package` does: with the options and plugins of `serverless.yml`. */
export async function bundle(name: string, folder: string): Promise<Bundle> {
  const { outputFileExtension, exclude, skipRebuild: _, plugins, ...options } = stack.custom.esbuild;
  const { metafile } = await build({
    ...options,
    absWorkingDir: root,
    entryPoints: [`handlers/${name}.ts`],
    outdir: join(folder, 'handlers'),
    outExtension: { '.js': outputFileExtension },
    external: [...exclude],
    platform: 'node',
    target: 'node24',
    metafile: true,
    plugins: createRequire(import.meta.url)(join(root, plugins)) as Plugin[],
  });
  const nodeOptions = String(stack.functions[name]?.environment['NODE_OPTIONS'] ?? '');
  return {
    file: join(folder, 'handlers', `${name}${outputFileExtension}`),
    nodeOptions,
    meta: metafile,
  };
}
