/**
 * For esbuild: puts the engines beside each bundle that uses them, and beside no other: the WebAssembly module and the
 * thread that runs it (`src/engines` looks for both beside the bundle). serverless-esbuild zips the folder
 * `__only_FUNCTION` of its build folder for that function alone; a function has the name of its file in `handlers/`.
 */
const { build } = require('esbuild');
const { copyFile } = require('node:fs/promises');
const path = require('node:path');

const ENGINES = 'src/engines/index.ts';
const MODULE = 'src/engines/engines.wasm.br';
const WORKER = 'src/engines/worker.ts';

const engines = {
  name: 'engines',
  setup(bundling) {
    const { entryPoints, outdir, target, minify } = bundling.initialOptions;
    bundling.initialOptions.metafile = true;
    bundling.onEnd(async ({ metafile }) => {
      if (metafile === undefined || !Object.keys(metafile.inputs).includes(ENGINES)) return;
      const [entry] = entryPoints;
      const root = path.resolve(outdir, path.relative(path.dirname(entry), '.'));
      const beside = path.join(root, `__only_${path.basename(entry, '.ts')}`, path.dirname(entry));
      await build({
        entryPoints: [WORKER],
        outfile: path.join(beside, 'engines-worker.mjs'),
        bundle: true,
        minify,
        platform: 'node',
        format: 'esm',
        target,
      });
      await copyFile(MODULE, path.join(beside, path.basename(MODULE)));
    });
  },
};

module.exports = engines;
