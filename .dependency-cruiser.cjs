/**
 * The star: everything may import spec; nobody imports a sibling; only flows imports the pure folders and templates;
 * only handlers, local and cli make edges. `test/architecture.test.ts` plants wrong arrows to see them caught.
 */
const PURE = 'catalog|access|diff|sync|health|notify';
const EDGES = 'aws|secrets|forge|source|render|cluster|state|channels|engines';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'spec-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^src/spec/' },
      to: { path: '^(src/(?!spec/)|handlers|templates|test)' },
    },
    {
      name: 'no-siblings',
      severity: 'error',
      from: { path: `^src/(${PURE}|${EDGES})/` },
      to: { path: '^(src/(?!spec/)|handlers|templates|test)', pathNot: '^src/$1/' },
    },
    {
      name: 'pure-has-no-io',
      severity: 'error',
      from: { path: `^src/(spec|${PURE})/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-has-no-sdk',
      severity: 'error',
      from: { path: `^src/(spec|${PURE})/` },
      to: { path: 'node_modules/(@aws-sdk|@octokit|@slack|@kubernetes|hono)/' },
    },
    {
      name: 'templates-are-pure',
      severity: 'error',
      from: { path: '^templates/' },
      to: { path: '^(src/(?!spec/)|handlers|test)' },
    },
    {
      name: 'flows-get-their-edges',
      severity: 'error',
      from: { path: '^src/flows/' },
      to: { path: `^(src/(${EDGES}|local|cli)/|handlers|test)` },
    },
    {
      name: 'nothing-imports-the-top',
      severity: 'error',
      from: { path: '^(src/(?!local/|cli/)|templates|handlers)' },
      to: { path: '^src/(local|cli)/' },
    },
    {
      name: 'only-sync-writes-clusters',
      severity: 'error',
      from: { path: '^(handlers/(?!sync\\.ts)|src/flows/)' },
      to: { path: '^src/cluster/(apply|remove|release|create|writable|write).*' },
    },
    {
      name: 'only-notify-has-channels',
      severity: 'error',
      from: { path: '^handlers/(?!notify\\.ts)' },
      to: { path: '^src/channels/' },
    },
    {
      name: 'product-imports-no-tests',
      severity: 'error',
      from: { path: '^(src|handlers|templates)/' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
};
