/**
 * For esbuild: takes Node's own modules by `process.getBuiltinModule`, when they are first used. An `import` of one in an ES
 * module reads every export of it at the start, and some are made only then: `node:http` alone loads all of undici
 * for one of them, 20 ms of a function's cold start.
 * https://nodejs.org/api/process.html#processgetbuiltinmoduleid
 */
const { builtinModules } = require('node:module');

const names = builtinModules.filter((name) => !name.startsWith('_')).join('|');

module.exports = {
  name: 'builtins',
  setup(bundling) {
    bundling.onResolve({ filter: new RegExp(`^(node:.+|${names})$`) }, ({ path }) => ({ path, namespace: 'builtin' }));
    bundling.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};
