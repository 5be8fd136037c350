/**
 * For osls: `package` asks AWS whether the layer of the last deployment is still the same, and so needs credentials and a
 * network to write files. Here only `deploy` asks; the packaged template then names the layer as one to upload.
 */
class OfflineLayers {
  constructor(serverless) {
    if (serverless.processedInput.commands[0] !== 'package') return;
    const layers = serverless.pluginManager.plugins.find((plugin) => plugin.constructor.name === 'AwsCompileLayers');
    if (typeof layers?.compareWithLastLayer !== 'function') {
      throw new Error(
        'deploy/offline-layers.cjs does not fit this version of osls: compareWithLastLayer is not there.',
      );
    }
    layers.compareWithLastLayer = async () => {};
  }
}

module.exports = OfflineLayers;
