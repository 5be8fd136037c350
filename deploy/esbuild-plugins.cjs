/** What serverless-esbuild gives to esbuild for each function. */
module.exports = [require('./builtins-plugin.cjs'), require('./engines-plugin.cjs')];
