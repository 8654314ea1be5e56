// What goes into a release: the entries of the app, and of every npm package that they reach the files that run.

/** Programs of out/main that the desktop app starts; the command line and the server need a Node of their own. */
export const entries = ['index.js', 'engineProcess.js', 'modelWorker.js', 'webgpuThread.js', 'downloadThread.js']

const everyPackage = ['package.json', 'LICEN[CS]E*', 'COPYING*', 'NOTICE*', 'ThirdPartyNotices*']

/**
 * The packages of node_modules that run in the app, with their files. What is not listed is left out: above all what
 * @tensorflow/tfjs-node-gpu brings along to download a published binary (@mapbox/node-pre-gyp, tar 6, adm-zip, rimraf
 * 3), which Layerscope never runs and nobody maintains any more.
 */
const packages = {
  '@anush008/tokenizers': ['index.js'],
  '@huggingface/blake3-jit': ['dist/**/*.js'],
  '@huggingface/hub': ['dist/*.mjs', '!dist/cli*'],
  '@huggingface/xetchunk-wasm': ['dist/**/*.js', 'dist/**/*.wasm'],
  '@tensorflow/tfjs': ['dist/tf.node.js'],
  '@tensorflow/tfjs-backend-cpu': ['dist/tf-backend-cpu.node.js'],
  '@tensorflow/tfjs-backend-wasm': ['dist/tf-backend-wasm.node.js', 'dist/*.wasm'],
  '@tensorflow/tfjs-backend-webgl': ['dist/tf-backend-webgl.node.js'],
  '@tensorflow/tfjs-backend-webgpu': ['dist/tf-backend-webgpu.node.js'],
  '@tensorflow/tfjs-converter': ['dist/tf-converter.node.js'],
  '@tensorflow/tfjs-core': ['dist/tf-core.node.js'],
  '@tensorflow/tfjs-data': ['dist/tf-data.node.js'],
  '@tensorflow/tfjs-layers': ['dist/tf-layers.node.js'],
  // Its entry, dist/index.js, is the downloader. The sources of the binding are compiled where no prebuilt add-on fits.
  '@tensorflow/tfjs-node-gpu': ['dist/**/*.js', 'binding/*.{cc,h}', '!dist/index.js', '!dist/{run_tests,*_test}.js'],
  'apache-arrow': ['**/*.mjs', '!bin/**'],
  commander: ['index.js', 'esm.mjs', 'lib/*.js'],
  'csv-parse': ['lib/**/*.js'],
  flatbuffers: ['js/**/*.js', '!js/flatbuffers.min.js'],
  fzstd: ['esm/*.mjs'],
  'gearhash-jit': ['dist/**/*.js'],
  'google-protobuf': ['google-protobuf.js'],
  hyparquet: ['src/**/*.js'],
  'hyparquet-compressors': ['src/*.js'],
  hysnappy: ['js/*.js'],
  'json-with-bigint': ['json-with-bigint.js'],
  long: ['src/long.js'],
  'node-api-headers': ['include/**/*.h'],
  seedrandom: ['*.js', 'lib/*.js', '!Gruntfile.js', '!seedrandom.min.js'],
  tslib: ['tslib.js', 'modules/*.{js,json}'],
  undici: ['index.js', 'lib/**/*.js'],
  valibot: ['dist/index.mjs'],
  ws: ['index.js', 'wrapper.mjs', 'lib/*.js'],
  yaml: ['dist/**/*.js']
}

/** The package of the tokenizers' library for each system that can have a release. */
export const tokenizerBinaries = {
  'linux-x64': '@anush008/tokenizers-linux-x64-gnu',
  'linux-arm64': '@anush008/tokenizers-linux-arm64-gnu',
  'darwin-x64': '@anush008/tokenizers-darwin-universal',
  'darwin-arm64': '@anush008/tokenizers-darwin-universal',
  'win32-x64': '@anush008/tokenizers-win32-x64-msvc'
}

/** The folder of Dawn in npm's `webgpu`, which has one for each system. */
const dawnFolder = (system) => (system.startsWith('darwin-') ? 'darwin-universal' : system)

/**
 * Names of packages with the globs of their files, for one system.
 * @param system `<platform>-<architecture>` as Node names them
 */
export function shippedPackages(system) {
  const binary = tokenizerBinaries[system]
  if (!binary)
    throw new Error(
      `There is no release for ${system}: the tokenizers library has no binary for it. ` +
        `There are ${Object.keys(tokenizerBinaries).join(', ')}.`
    )
  return Object.fromEntries(
    Object.entries({ ...packages, [binary]: ['*.node'], webgpu: ['index.js', `dist/${dawnFolder(system)}/*`] })
      .sort(([a], [b]) => a.localeCompare(b, 'en'))
      .map(([name, globs]) => [name, [...everyPackage, ...globs]])
  )
}
